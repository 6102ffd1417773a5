// Who the playground speaks for: logs in and out, and exchanges the refresh token for a new access token before the old one
// expires. The tokens live in this tab only (sessionStorage), so that a reload keeps them and closing the tab forgets them.
import { useSyncExternalStore } from 'react';

const STORAGE_KEY = 'stockroom.session';
/** A token with less than this left is exchanged before it is used. */
const REFRESH_BEFORE_MS = 30_000;

const LOGIN = `mutation PlaygroundLogin($email: String!, $password: String!) {
  login(input: { email: $email, password: $password }) { accessToken refreshToken userErrors { message } }
}`;
const REFRESH = `mutation PlaygroundRefresh($token: String!) {
  refreshToken(input: { refreshToken: $token }) { accessToken refreshToken userErrors { message } }
}`;
const LOGOUT = 'mutation PlaygroundLogout { logout { userErrors { message } } }';

let session = restore();
let refreshing = null;
let timer = null;
const watchers = new Set();
const identityWatchers = new Set();

/** Calls `watch` when somebody logs in or out; a refreshed token is still the same identity. */
export function onIdentityChange(watch) {
  identityWatchers.add(watch);
}

/** The session as React sees it: null, or an object with `email`. */
export function useSession() {
  return useSyncExternalStore(
    (watch) => {
      watchers.add(watch);
      return () => watchers.delete(watch);
    },
    () => session,
  );
}

/** A token that is good for the next request, or null for an anonymous one. */
export async function accessToken() {
  if (session && session.expiresAt - Date.now() < REFRESH_BEFORE_MS) await refresh();
  return session?.accessToken ?? null;
}

/** Logs in; answers the reason as text when it was refused, null when it worked. */
export async function logIn(email, password) {
  const { payload, problem } = await send(LOGIN, { email, password }, 'login');
  if (problem) return problem;
  keep({ email, ...tokens(payload) });
  identityWatchers.forEach((watch) => watch());
  return null;
}

/** Ends the session at the server, and forgets it here even when the server can't be reached. */
export async function logOut() {
  const ended = session;
  forget();
  if (ended) await send(LOGOUT, {}, 'logout', ended.accessToken);
}

function refresh() {
  refreshing ??= exchange().finally(() => {
    refreshing = null;
  });
  return refreshing;
}

async function exchange() {
  const old = session;
  const { payload, refused } = await send(REFRESH, { token: old.refreshToken }, 'refreshToken');
  if (session !== old) return;
  if (payload) keep({ email: old.email, ...tokens(payload) });
  else if (refused) forget();
}

/** One request of our own. `refused` tells a refusal from a server that couldn't be reached, after which a token is still good. */
async function send(query, variables, field, token) {
  const headers = { 'content-type': 'application/json', accept: 'application/graphql-response+json' };
  if (token) headers.authorization = `Bearer ${token}`;
  try {
    const response = await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    const answer = await response.json();
    const payload = answer.data?.[field];
    const problem = answer.errors?.[0]?.message ?? payload?.userErrors?.[0]?.message;
    if (problem || !payload) return { refused: response.status < 500, problem: problem ?? `The server answered ${response.status}.` };
    return { payload };
  } catch {
    return { refused: false, problem: 'The server can’t be reached.' };
  }
}

/** The pair of tokens and when the first one expires by this computer's clock, which may differ from the server's. */
function tokens({ accessToken, refreshToken }) {
  const claims = JSON.parse(atob(accessToken.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')));
  return { accessToken, refreshToken, expiresAt: Date.now() + (claims.exp - claims.iat) * 1000 };
}

function restore() {
  try {
    return JSON.parse(sessionStorage.getItem(STORAGE_KEY));
  } catch {
    return null;
  }
}

function keep(next) {
  session = next;
  sessionStorage.setItem(STORAGE_KEY, JSON.stringify(next));
  schedule();
  watchers.forEach((watch) => watch());
}

function forget() {
  session = null;
  sessionStorage.removeItem(STORAGE_KEY);
  clearTimeout(timer);
  watchers.forEach((watch) => watch());
  identityWatchers.forEach((watch) => watch());
}

function schedule() {
  clearTimeout(timer);
  if (session) timer = setTimeout(refresh, Math.max(session.expiresAt - Date.now() - REFRESH_BEFORE_MS, 1000));
}

schedule();
