// What both clients of subscriptions must see: a change of stock that they make themselves. Written for graphql-sse and
// graphql-ws, whose clients iterate alike.
import assert from 'node:assert/strict';

const ADJUST = `mutation($input: StockAdjustInput!) { stockAdjust(input: $input) { userErrors { code message } } }`;
const INPUT = { reason: 'OTHER', lines: [{ sku: 'SKU-0', locationCode: 'LOC-0', delta: 3 }] };

/** The first answer to an operation. */
export const once = async (client, query, variables) => (await client.iterate({ query, variables }).next()).value;

/** A query, and a subscription that tells of a mutation's effect. */
export async function seesItsOwnChange(client) {
  assert.deepEqual((await once(client, '{ __typename }')).data, { __typename: 'Query' });
  const events = client.iterate({ query: 'subscription { stockLevelChanged { delta } }' });
  const first = events.next();
  let seen = false;
  first.then(() => { seen = true; });
  while (!seen) {
    // Until the subscription is known to listen.
    assert.deepEqual((await once(client, ADJUST, { input: INPUT })).data.stockAdjust.userErrors, []);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.deepEqual((await first).value.data, { stockLevelChanged: { delta: 3 } });
  await events.return();
}
