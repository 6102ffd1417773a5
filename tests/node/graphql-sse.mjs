// The npm client graphql-sse against the server, in distinct connections mode: a query, a mutation, and a subscription that
// sees the mutation's effect. Run as: node graphql-sse.mjs URL AUTHORIZATION
import assert from 'node:assert/strict';
import { createClient } from 'graphql-sse';

const [url, authorization] = process.argv.slice(2);
const client = createClient({ url, headers: { authorization }, retryAttempts: 0 });

const once = async (query, variables) => (await client.iterate({ query, variables }).next()).value;

assert.deepEqual((await once('{ __typename }')).data, { __typename: 'Query' });
assert.equal((await once('{ nothingOfThisName }')).errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');

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
client.dispose();
console.log('all is well');
