// Carries what GraphiQL sends: queries and mutations over HTTP, subscriptions over one WebSocket, both in the name of the
// session. A header typed into the headers tab wins over the session's.
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { Kind, parse } from 'graphql';
import { createClient } from 'graphql-ws';

import { accessToken, onIdentityChange } from './session.js';
import { freshKey, noted } from './standing.jsx';

const ENDPOINT = '/graphql';

async function authorizedFetch(url, init) {
  const headers = new Headers(init.headers);
  if (!headers.has('authorization')) {
    const token = await accessToken();
    if (token) headers.set('authorization', `Bearer ${token}`);
  }
  return noted(fetch(url, { ...init, headers }));
}

const socket = createClient({
  url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${ENDPOINT}`,
  connectionParams: async () => {
    const token = await accessToken();
    return token ? { Authorization: `Bearer ${token}` } : {};
  },
});

// A socket keeps the identity it was opened with: open it anew for another one.
onIdentityChange(() => socket.terminate());

const carry = createGraphiQLFetcher({
  url: ENDPOINT,
  fetch: authorizedFetch,
  wsClient: socket,
  enableIncrementalDelivery: false,
});

/**
 * Sends what the editor holds. GraphiQL reads a document a moment after it has changed: whoever runs an example at once would send
 * it with the operation of the document before.
 */
export function fetcher(params, options) {
  const documentAST = parsed(params.query);
  if (!documentAST) return carry(params, options);
  const operations = documentAST.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const names = operations.map((operation) => operation.name?.value);
  const operationName = names.length === 1 ? names[0] : params.operationName;
  const running = operations.find((operation) => operation.name?.value === operationName) ?? operations[0];
  const headers = running?.operation === 'mutation' ? withKey(options?.headers) : options?.headers;
  return carry({ ...params, operationName }, { ...options, headers, documentAST });
}

/** An idempotency key, unless one was typed into the headers tab. */
function withKey(headers = {}) {
  const typed = Object.keys(headers).some((name) => name.toLowerCase() === 'idempotency-key');
  const key = typed ? null : freshKey();
  return key ? { ...headers, 'Idempotency-Key': key } : headers;
}

/** The document, or nothing when the server will have to say what is wrong with it. */
function parsed(text) {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
