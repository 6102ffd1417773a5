// The client: queries and mutations over HTTP, subscriptions over one WebSocket, both in the name of a session.
import { Client, fetchExchange, subscriptionExchange, type Exchange } from '@urql/core';
import { authExchange } from '@urql/exchange-auth';
import { createClient as createSocket, type Client as Socket } from 'graphql-ws';
import WebSocket from 'ws';

import { hasCode } from './result.ts';
import { patientFetch, patientSubscription } from './retry.ts';
import { Session, type Credentials } from './session.ts';

export interface Options {
  /** The endpoint, `http://…/graphql`. */
  url: string;
  credentials: Credentials;
  /** Where the session's tokens are kept. */
  sessionFile: string;
  onWait?: (seconds: number) => void;
  onRenewal?: () => void;
}

export interface Stockroom {
  client: Client;
  /** Settles when the first subscription has begun. */
  begun: Promise<void>;
  /** Ends the subscriptions. The session stays, for the next run. */
  close: () => void | Promise<void>;
}

/** The protocol has no yes to a subscription, only a no: one that is not refused for so long has begun. */
const BEGUN_MS = 500;

export async function connect(options: Options): Promise<Stockroom> {
  const { url, credentials, sessionFile, onWait, onRenewal } = options;
  const patient = patientFetch(onWait);
  const anonymous = new Client({ url, fetch: patient, exchanges: [fetchExchange] });
  const session = await Session.open(anonymous, credentials, sessionFile, onRenewal);
  const socket = createSocket({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    // Asked for at each connection. When the token of one expires, the server closes it (4403) and graphql-ws connects again.
    connectionParams: async () => ({ Authorization: `Bearer ${await session.freshToken()}` }),
  });
  let standing: NodeJS.Timeout | undefined;
  const begun = new Promise<void>((resolve) => {
    socket.on('connected', () => {
      standing = setTimeout(resolve, BEGUN_MS);
    });
  });
  const subscriptions = live(socket, (seconds) => {
    clearTimeout(standing);
    onWait?.(seconds);
  });
  const client = new Client({ url, fetch: patient, exchanges: [bearer(session), fetchExchange, subscriptions] });
  return { client, begun, close: () => socket.dispose() };
}

/** Sends the access token; when it is refused, gets a new one and repeats the operation once. */
function bearer(session: Session): Exchange {
  return authExchange(async ({ appendHeaders }) => ({
    addAuthToOperation: (operation) => appendHeaders(operation, { Authorization: `Bearer ${session.accessToken}` }),
    didAuthError: (error) => hasCode(error, 'UNAUTHENTICATED'),
    refreshAuth: () => session.renew(),
  }));
}

function live(socket: Socket, onWait: (seconds: number) => void): Exchange {
  return subscriptionExchange({
    forwardSubscription: ({ query = '', variables }) => ({
      subscribe: (sink) => ({ unsubscribe: patientSubscription(socket, { query, variables }, sink, onWait) }),
    }),
  });
}
