// The menu of ready examples: the documents of examples/documents, which the tests run too. A click opens one in a new tab.
import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';

export const EXAMPLES_PLUGIN = { title: 'Examples', icon: ExamplesIcon, content: ExamplesPanel };

function ExamplesPanel() {
  const { addTab, setOperationName, updateActiveTabValues } = useGraphiQLActions();
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  function open({ query, variables }) {
    addTab();
    updateActiveTabValues({ query, variables });
    queryEditor?.setValue(query);
    variableEditor?.setValue(variables);
    // GraphiQL reads the name a moment later; a tab that is left before that would keep the name of the document before.
    setOperationName(/^(?:query|mutation|subscription) (\w+)/m.exec(query)?.[1]);
    queryEditor?.setPosition({ lineNumber: 1, column: 1 });
    queryEditor?.setScrollPosition({ scrollLeft: 0, scrollTop: 0 });
  }
  return (
    <section className="stockroom-panel">
      <h2>Examples</h2>
      <ul className="stockroom-examples">
        {EXAMPLES.map((example) => (
          <li key={example.name}>
            <button type="button" onClick={() => open(example)}>
              <strong>{example.title}</strong>
              {example.note && <span>{example.note}</span>}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function ExamplesIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" height="1em">
      <path d="M4 5h16M4 12h16M4 19h10" />
    </svg>
  );
}
