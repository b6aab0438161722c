/** What can be refused, and what to do about it: errors.json, and a way to look things up in it. */

import catalogue from "../errors.json" with { type: "json" };
import type { NextAction } from "../generated/graphql.js";

/** Everything that the API can refuse. */
export const errors = catalogue;

/** The types of errors that a mutation can answer. */
export type UserErrorType = keyof typeof catalogue.userErrors;
/** The codes that a request can end with, in `errors[].extensions.code`. */
export type RequestErrorCode = keyof typeof catalogue.requestErrors;

/** How a request may be repeated. */
export type Retry =
  | "NO"
  | "FIX_INPUT"
  | "REFRESH"
  | "SAME_KEY"
  | "LATER"
  | "SIGN_IN"
  | "RECONNECT";

/** What to do about an error. */
export interface Advice {
  /** A stable code, to translate by. */
  readonly code: string;
  /** A sentence for people, in English. */
  readonly show: string;
  readonly retry: Retry;
}

/** An entry of an answer's `errors`. */
export interface RequestError {
  readonly message: string;
  readonly extensions?: { readonly code?: unknown } & Readonly<Record<string, unknown>>;
}

const UNKNOWN = {
  show: "Something went wrong. Please try again.",
  retry: "REFRESH",
} as const satisfies Omit<Advice, "code">;

/** Whether a mutation answered an error. Errors that are added later end in the same word. */
export function isUserError<Result extends { readonly __typename: string }>(
  result: Result,
): result is Extract<Result, { readonly code: string; readonly message: string }> {
  return result.__typename.endsWith("Error");
}

/** What to do about an error that a mutation answered; one that is newer than this has its own text. */
export function adviceOf(error: {
  readonly __typename: string;
  readonly code: string;
  readonly message: string;
}): Advice {
  const known: Record<string, { show: string; retry: string }> = catalogue.userErrors;
  const entry = known[error.__typename];
  if (entry === undefined) return { ...UNKNOWN, code: error.code, show: error.message };
  return { code: error.code, show: entry.show, retry: entry.retry as Retry };
}

/** What to do about an entry of `errors`. */
export function requestAdvice(error: RequestError): Advice {
  const code = codeOf(error);
  const known: Record<string, { show: string; retry: string }> = catalogue.requestErrors;
  const entry = known[code];
  if (entry === undefined) return { ...UNKNOWN, code };
  return { code, show: entry.show, retry: entry.retry as Retry };
}

/** The code of an entry of `errors`; empty when it has none, as when a proxy answered. */
export function codeOf(error: RequestError): string {
  const code = error.extensions?.code;
  return typeof code === "string" ? code : "";
}

/** What helps after a payment that did not go through. */
export function nextActionOf(failureCode: string): NextAction {
  const known: Record<string, string> = catalogue.paymentFailures.codes;
  return (known[failureCode] ?? catalogue.paymentFailures.otherwise) as NextAction;
}

/** The sentence and the button for it, in English. */
export function wordsOf(action: NextAction): { readonly show: string; readonly button: string } {
  return catalogue.nextActions[action];
}
