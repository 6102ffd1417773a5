// The log-in panel, and the line at the top right that says who the requests speak for.
import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useState } from 'react';

import { logIn, logOut, useSession } from './session.js';

export const ACCOUNT_PLUGIN = { title: 'Account', icon: AccountIcon, content: AccountPanel };

/** “admin@example.com” or “anonymous”; a click opens the panel. */
export function Who() {
  const session = useSession();
  const { setVisiblePlugin } = useGraphiQLActions();
  const visible = useGraphiQL((state) => state.visiblePlugin === ACCOUNT_PLUGIN);
  return (
    <button type="button" className="stockroom-who" onClick={() => setVisiblePlugin(visible ? null : ACCOUNT_PLUGIN)}>
      <strong>Stockroom</strong>
      <span>{session ? session.email : 'anonymous: log in'}</span>
    </button>
  );
}

function AccountPanel() {
  const session = useSession();
  return (
    <section className="stockroom-panel">
      <h2>Account</h2>
      {session ? <LoggedIn email={session.email} /> : <LogInForm />}
    </section>
  );
}

function LoggedIn({ email }) {
  return (
    <>
      <p>
        Requests and subscriptions speak for <strong>{email}</strong>. The access token is renewed before it expires.
      </p>
      <button type="button" className="graphiql-button" onClick={logOut}>
        Log out
      </button>
    </>
  );
}

function LogInForm() {
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  async function submit(event) {
    event.preventDefault();
    const form = new FormData(event.target);
    setBusy(true);
    setProblem(await logIn(form.get('email'), form.get('password')));
    setBusy(false);
  }
  return (
    <form className="stockroom-form" onSubmit={submit}>
      <p>Anonymous requests see what a visitor of the shop sees. Log in to see what you may.</p>
      <label>
        E-mail
        <input name="email" type="email" autoComplete="username" required />
      </label>
      <label>
        Password
        <input name="password" type="password" autoComplete="current-password" required />
      </label>
      {problem && <p role="alert">{problem}</p>}
      <button type="submit" className="graphiql-button graphiql-button-success" disabled={busy}>
        Log in
      </button>
    </form>
  );
}

function AccountIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" height="1em">
      <circle cx="12" cy="8" r="4" />
      <path d="M4 21c0-4 3.6-7 8-7s8 3 8 7" />
    </svg>
  );
}
