// Carries what GraphiQL sends: queries and mutations over HTTP, subscriptions over one WebSocket, both in the name of the
// session. A header typed into the headers tab wins over the session's.
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { createClient } from 'graphql-ws';

import { accessToken, onIdentityChange } from './session.js';

const ENDPOINT = '/graphql';

async function authorizedFetch(url, init) {
  const headers = new Headers(init.headers);
  if (!headers.has('authorization')) {
    const token = await accessToken();
    if (token) headers.set('authorization', `Bearer ${token}`);
  }
  return fetch(url, { ...init, headers });
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

export const fetcher = createGraphiQLFetcher({
  url: ENDPOINT,
  fetch: authorizedFetch,
  wsClient: socket,
  enableIncrementalDelivery: false,
});
