// The line below the answers: what the last operation cost, whether the server is there and willing, and whether mutations carry
// a fresh idempotency key. It knows no document.
import { useSyncExternalStore } from 'react';

let standing = { cost: null, problem: null, freshKeys: true };
const watchers = new Set();

function change(next) {
  standing = { ...standing, ...next };
  watchers.forEach((watch) => watch());
}

/** Notes what an answer, or the lack of one, tells. Hands the answer on. */
export async function noted(answering) {
  let response;
  try {
    response = await answering;
  } catch (reason) {
    // A stopped request tells nothing about the server.
    if (reason.name !== 'AbortError') change({ problem: 'The server can’t be reached: is it still running?' });
    throw reason;
  }
  change({ problem: response.status === 429 ? wait(response.headers.get('retry-after')) : null });
  const answer = await response.clone().json().catch(() => null);
  if (answer?.extensions?.cost) change({ cost: answer.extensions.cost });
  return response;
}

function wait(seconds) {
  const howLong = Number(seconds) > 0 ? `${seconds} ${Number(seconds) === 1 ? 'second' : 'seconds'}` : 'a moment';
  return `Too many requests: wait ${howLong}, then run it again.`;
}

/** A key that no mutation had before, or nothing where the switch is off. */
export function freshKey() {
  if (!standing.freshKeys) return null;
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function Standing() {
  const { cost, problem, freshKeys } = useSyncExternalStore(
    (watch) => {
      watchers.add(watch);
      return () => watchers.delete(watch);
    },
    () => standing,
  );
  return (
    <div className="stockroom-standing">
      <span role="alert">{problem}</span>
      <span role="status">{cost && costInWords(cost)}</span>
      <label title="Each run of a mutation is then one of its own, and a lost answer can be asked for again.">
        <input type="checkbox" checked={freshKeys} onChange={(event) => change({ freshKeys: event.target.checked })} />
        Fresh Idempotency-Key for mutations
      </label>
    </div>
  );
}

function costInWords({ requested, limit, remaining }) {
  const left = remaining == null ? '' : `, ${remaining} left`;
  return `Cost: ${requested} of at most ${limit} points${left}`;
}
