// Who the client speaks for. A log-in gives two tokens: an access token for some minutes, and a refresh token that works
// once, for the next pair. Both are kept in a file, so that the next run goes on with the session.
import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Client } from '@urql/core';

import { LoginDocument, RefreshTokenDocument, type LoginMutation } from './generated.ts';
import { dataOf, refusal } from './result.ts';

export interface Credentials {
  email: string;
  password: string;
}

interface Tokens {
  email: string;
  accessToken: string;
  refreshToken: string;
  expiresAt: string;
}

/** A token with less than this left is exchanged before a WebSocket is opened with it. */
const SOON_MS = 30_000;

export class Session {
  private tokens: Tokens | undefined;
  private renewing: Promise<void> | undefined;

  /** `anonymous` is a client that sends no token: a bad token is refused, whatever it comes with. */
  private constructor(
    private readonly anonymous: Client,
    private readonly credentials: Credentials,
    private readonly file: string,
    private readonly onRenewal: () => void,
  ) {}

  /** Goes on with the session in `file`, or else logs in. */
  static async open(anonymous: Client, credentials: Credentials, file: string, onRenewal = () => {}): Promise<Session> {
    const session = new Session(anonymous, credentials, file, onRenewal);
    const tokens = await stored(file);
    if (tokens?.email === credentials.email) session.tokens = tokens;
    if (!session.tokens) await session.logIn();
    return session;
  }

  /** The token for `Authorization: Bearer …`. */
  get accessToken(): string {
    return this.tokens?.accessToken ?? '';
  }

  /** A token that will be good for a while, for a connection that stays open. */
  async freshToken(): Promise<string> {
    const expires = Date.parse(this.tokens?.expiresAt ?? '');
    if (!(expires - Date.now() > SOON_MS)) await this.renew();
    return this.accessToken;
  }

  /** Gets new tokens; those who ask while it happens share them. */
  renew(): Promise<void> {
    this.renewing ??= this.exchange().finally(() => {
      this.renewing = undefined;
    });
    return this.renewing;
  }

  private async exchange(): Promise<void> {
    const input = { refreshToken: this.tokens?.refreshToken ?? '' };
    const { refreshToken: payload } = dataOf(await this.anonymous.mutation(RefreshTokenDocument, { input }));
    // A session ends some time, or is ended: then the password opens the next one.
    if (payload.userErrors.some((error) => error.code === 'INVALID_CREDENTIALS')) return this.logIn();
    await this.keep(payload);
    this.onRenewal();
  }

  private async logIn(): Promise<void> {
    const { login } = dataOf(await this.anonymous.mutation(LoginDocument, { input: this.credentials }));
    await this.keep(login);
  }

  /** Keeps the tokens, in the file first: a refresh token that has been used is worth nothing. */
  private async keep({ accessToken, refreshToken, expiresAt, userErrors }: LoginMutation['login']): Promise<void> {
    if (!accessToken || !refreshToken || !expiresAt) throw refusal(userErrors);
    const tokens = { email: this.credentials.email, accessToken, refreshToken, expiresAt };
    await writeFile(`${this.file}.new`, JSON.stringify(tokens), { mode: 0o600 });
    await rename(`${this.file}.new`, this.file);
    this.tokens = tokens;
  }
}

async function stored(file: string): Promise<Tokens | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Tokens;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
