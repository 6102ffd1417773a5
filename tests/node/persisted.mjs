// Automatic persisted queries as Apollo Client and urql speak them: the hash alone, which the server doesn't know; the
// text with it; then the hash alone is enough, by GET as well as by POST. Run as: node persisted.mjs URL
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { Client, fetchExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';

const [url] = process.argv.slice(2);
const sent = [];

/** A fetch that notes what is sent, and what comes of it. */
async function noting(input, init) {
  const { searchParams } = new URL(input);
  const request = init.method === 'GET' ? Object.fromEntries(searchParams) : JSON.parse(init.body);
  const answer = await fetch(input, init);
  const { errors } = await answer.clone().json();
  const came = errors ? errors[0].extensions.code : 'data';
  sent.push([init.method, request.query === undefined ? 'hash' : 'text', came, answer.headers.get('cache-control')].join(' '));
  return answer;
}

/** What was sent since the last time. */
const noted = () => sent.splice(0);

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

function apollo(useGETForHashedQueries) {
  const link = new PersistedQueryLink({ sha256, useGETForHashedQueries }).concat(new HttpLink({ uri: url, fetch: noting }));
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  return async (text, variables) => (await client.query({ query: gql(text), variables, fetchPolicy: 'network-only' })).data;
}

function urql(preferGetForPersistedQueries) {
  const persisted = persistedExchange({ preferGetForPersistedQueries, generateHash: async (text) => sha256(text) });
  const client = new Client({ url, fetch: noting, preferGetMethod: false, exchanges: [persisted, fetchExchange] });
  return async (text, variables) => {
    const { data, error } = await client.query(text, variables, { requestPolicy: 'network-only' });
    if (error) throw error;
    return data;
  };
}

/** How each client sends the text when the hash is not known: Apollo never by GET. */
const REGISTERS = { apollo: 'POST text data no-store', urql: 'GET text data public, max-age=60' };

for (const [name, connect] of Object.entries({ apollo, urql })) {
  const document = `query ${name}($sku: String!) { productVariant(sku: $sku) { sku } }`;
  const byGet = connect(true);
  assert.equal((await byGet(document, { sku: 'SKU-0' })).productVariant.sku, 'SKU-0');
  assert.deepEqual(noted(), ['GET hash PERSISTED_QUERY_NOT_FOUND no-store', REGISTERS[name]]);
  assert.equal((await byGet(document, { sku: 'SKU-1' })).productVariant, null);
  assert.deepEqual(noted(), ['GET hash data public, max-age=60']);
  assert.equal((await connect(false)(document, { sku: 'SKU-0' })).productVariant.sku, 'SKU-0');
  assert.deepEqual(noted(), ['POST hash data no-store']);
}
console.log('all is well');
