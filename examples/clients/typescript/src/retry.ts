// A fetch for a server that limits rates: a request answered with 429 was not carried out, so it's sent again after the
// time that the server names.
import { setTimeout as sleep } from 'node:timers/promises';

/** How often one request is sent at most. */
const ATTEMPTS = 5;
/** Whoever is told to wait longer than this fails at once. */
const LONGEST_WAIT_SECONDS = 60;

export function patientFetch(onWait: (seconds: number) => void = () => {}): typeof fetch {
  return async (input, init) => {
    for (let attempt = 1; ; attempt += 1) {
      const response = await fetch(input, init);
      if (response.status !== 429 || attempt === ATTEMPTS) return response;
      const seconds = Number(response.headers.get('retry-after') ?? 1);
      if (!(seconds <= LONGEST_WAIT_SECONDS)) return response;
      await response.body?.cancel();
      onWait(seconds);
      await sleep(seconds * 1000);
    }
  };
}
