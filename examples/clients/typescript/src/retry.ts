// For a server that limits rates: a request answered with 429, or a subscription refused with RATE_LIMITED, was not carried
// out, so it's sent again after the time that the server names.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client as Socket, Sink, SubscribePayload } from 'graphql-ws';

/** How often one request or subscription is sent at most. */
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

/** Subscribes, again when it is refused for now. Calling what it returns ends it. */
export function patientSubscription(
  socket: Socket,
  payload: SubscribePayload,
  sink: Sink,
  onWait: (seconds: number) => void = () => {},
): () => void {
  let end = () => {};
  function attempt(number: number) {
    end = socket.subscribe(payload, {
      next: (result) => sink.next(result),
      complete: () => sink.complete(),
      error: (reason) => {
        const seconds = toldToWait(reason);
        if (seconds === undefined || number === ATTEMPTS) return sink.error(reason);
        onWait(seconds);
        const waiting = setTimeout(() => attempt(number + 1), seconds * 1000);
        end = () => clearTimeout(waiting);
      },
    });
  }
  attempt(1);
  return () => end();
}

/** The seconds that a refused subscription is told to wait, unless there is another reason or it is too long. */
function toldToWait(reason: unknown): number | undefined {
  const errors: { extensions?: Record<string, unknown> }[] = Array.isArray(reason) ? reason : [];
  const limited = errors.find((error) => error.extensions?.code === 'RATE_LIMITED');
  const seconds = limited && Number(limited.extensions?.retryAfter ?? 1);
  return seconds !== undefined && seconds <= LONGEST_WAIT_SECONDS ? seconds : undefined;
}
