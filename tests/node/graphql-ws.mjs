// The npm client graphql-ws against the server: a query, a mutation, a subscription that sees the mutation's effect, and
// an operation that is refused. Run as: node graphql-ws.mjs URL AUTHORIZATION
import assert from 'node:assert/strict';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { seesItsOwnChange } from './live.mjs';

const [url, authorization] = process.argv.slice(2);
const client = createClient({
  url: url.replace('http', 'ws'),
  webSocketImpl: WebSocket,
  connectionParams: { authorization },
  retryAttempts: 0,
});

await seesItsOwnChange(client);

const refused = await new Promise((resolve, reject) => {
  const unexpected = () => reject(new Error('not refused'));
  client.subscribe({ query: '{ nothingOfThisName }' }, { next: unexpected, complete: unexpected, error: resolve });
});
assert.equal(refused[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
await client.dispose();
console.log('all is well');
