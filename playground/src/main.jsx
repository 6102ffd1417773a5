// The page: GraphiQL with the explorer, the history, a log-in panel, a menu of examples and a line that tells what an operation cost.
import './workers.js';
import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import './playground.css';

import { explorerPlugin } from '@graphiql/plugin-explorer';
import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';

import { ACCOUNT_PLUGIN, Who } from './account.jsx';
import { EXAMPLES_PLUGIN } from './examples.jsx';
import { Standing } from './standing.jsx';
import { fetcher } from './transport.js';

const PLUGINS = [ACCOUNT_PLUGIN, EXAMPLES_PLUGIN, explorerPlugin({ showAttribution: false }), HISTORY_PLUGIN];

const FIRST_QUERY = EXAMPLES[0]?.query ?? '# Write a query, then press Ctrl-Enter.\n{ __typename }\n';

function Playground() {
  return (
    <GraphiQL
      fetcher={fetcher}
      plugins={PLUGINS}
      visiblePlugin={EXAMPLES_PLUGIN}
      defaultQuery={FIRST_QUERY}
      defaultEditorToolsVisibility={false}
    >
      <GraphiQL.Logo>
        <Who />
      </GraphiQL.Logo>
      <GraphiQL.Footer>
        <Standing />
      </GraphiQL.Footer>
    </GraphiQL>
  );
}

createRoot(document.getElementById('playground')).render(<Playground />);
