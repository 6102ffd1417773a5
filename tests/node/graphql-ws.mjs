// The npm client graphql-ws against the server: a query, a mutation, a subscription that sees the mutation's effect, and
// an operation that is refused. Run as: node graphql-ws.mjs URL AUTHORIZATION
import assert from 'node:assert/strict';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const [url, authorization] = process.argv.slice(2);
const client = createClient({
  url: url.replace('http', 'ws'),
  webSocketImpl: WebSocket,
  connectionParams: { authorization },
  retryAttempts: 0,
});

const once = async (query, variables) => (await client.iterate({ query, variables }).next()).value;

assert.deepEqual((await once('{ __typename }')).data, { __typename: 'Query' });

const adjust = `mutation($input: StockAdjustInput!) { stockAdjust(input: $input) { userErrors { code message } } }`;
const input = { reason: 'OTHER', lines: [{ sku: 'SKU-0', locationCode: 'LOC-0', delta: 3 }] };
const events = client.iterate({ query: 'subscription { stockLevelChanged { delta } }' });
const first = events.next();
let seen = false;
first.then(() => { seen = true; });
while (!seen) {
  // Until the subscription is known to listen.
  assert.deepEqual((await once(adjust, { input })).data.stockAdjust.userErrors, []);
  await new Promise((resolve) => setTimeout(resolve, 100));
}
assert.deepEqual((await first).value.data, { stockLevelChanged: { delta: 3 } });
await events.return();

const refused = await new Promise((resolve, reject) => {
  const unexpected = () => reject(new Error('not refused'));
  client.subscribe({ query: '{ nothingOfThisName }' }, { next: unexpected, complete: unexpected, error: resolve });
});
assert.equal(refused[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
await client.dispose();
console.log('all is well');
