// Reading answers: what is in `errors` ends the work, what is in `userErrors` is for the caller to decide.
import type { CombinedError, OperationResult } from '@urql/core';

/** The data of an answer without errors. */
export function dataOf<Data>(result: Pick<OperationResult<Data>, 'data' | 'error'>): Data {
  if (result.error) throw result.error;
  if (!result.data) throw new Error('The server answered without data.');
  return result.data;
}

/** What was wrong with an input, as an error, for those who did not expect it. */
export function refusal(userErrors: { message: string }[]): Error {
  return new Error(userErrors.map((error) => error.message).join(' ') || 'Refused without a reason.');
}

/** Whether one of the errors has this `extensions.code`. */
export function hasCode(error: CombinedError, code: string): boolean {
  return error.graphQLErrors.some((graphQLError) => graphQLError.extensions.code === code);
}

/** Whether the server had carried out this mutation before, under the same idempotency key, and now only told it again. */
export function wasReplayed(result: Pick<OperationResult, 'extensions'>): boolean {
  return result.extensions?.idempotency?.replayed === true;
}
