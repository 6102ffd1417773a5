// The npm client graphql-sse against the server, in distinct connections mode: a query, a mutation, and a subscription that
// sees the mutation's effect. Run as: node graphql-sse.mjs URL AUTHORIZATION
import assert from 'node:assert/strict';
import { createClient } from 'graphql-sse';
import { once, seesItsOwnChange } from './live.mjs';

const [url, authorization] = process.argv.slice(2);
const client = createClient({ url, headers: { authorization }, retryAttempts: 0 });

assert.equal((await once(client, '{ nothingOfThisName }')).errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
await seesItsOwnChange(client);
client.dispose();
console.log('all is well');
