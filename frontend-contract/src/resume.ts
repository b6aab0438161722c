/**
 * Following a subscription for as long as a screen wants it: connections end, events are not lost.
 *
 * Every event has a cursor. The last one is kept, and handed to the next connection as `after`: the
 * server then sends what was missed first, in order. Cursors do not expire. Where a server does not
 * know one, which happens when its database was restored or another account signed in, there is a
 * gap: nothing can be told about what happened meanwhile, so that what is shown has to be read anew.
 */

import { codeOf, requestAdvice, type RequestError } from "./errors.js";

/** One result of a subscription, whatever it was carried by. */
export interface StreamResult<Data> {
  readonly data?: Data | null | undefined;
  readonly errors?: readonly RequestError[] | undefined;
}

/** What a subscription tells. */
export type Told<Event> =
  | { readonly kind: "event"; readonly event: Event }
  /** Read again what is shown: something may have happened that no event will tell of. */
  | { readonly kind: "gap" };

export interface Following<Data, Event extends { readonly cursor: string }> {
  /**
   * Open one connection. It ends by itself when the subscription does, and throws when the
   * connection is lost. It has to close when `signal` is aborted.
   */
  readonly open: (
    after: string | null,
    signal: AbortSignal,
  ) => AsyncIterable<StreamResult<Data>>;
  /** The event of a result. */
  readonly eventOf: (data: Data) => Event;
  /** Where to begin; absent: with what happens from now on. */
  readonly after?: string | null;
  /** Get another token; called when the old one is not good any more. */
  readonly signIn?: () => Promise<void>;
  /** Keep the cursor, so that a reload or another day goes on from there. */
  readonly keep?: (cursor: string | null) => void;
  /** Ends everything. */
  readonly signal?: AbortSignal;
  /** How long to wait before a try, in milliseconds: by default 0.5 s, growing to 30 s, scattered. */
  readonly pause?: (failures: number) => number;
  /** How long a new connection has before it is taken to listen, in milliseconds; 1000 by default. */
  readonly settle?: number;
}

/** A subscription ended in a way that no repetition helps against. */
export class StreamRefused extends Error {
  override readonly name = "StreamRefused";
  constructor(readonly error: RequestError) {
    super(error.message);
  }
  /** The code, such as `NOT_FOUND`. */
  get code(): string {
    return codeOf(this.error);
  }
}

/**
 * Follow a subscription over as many connections as it takes.
 *
 * Each event comes once. It ends when the server ends the stream, or when `signal` is aborted.
 *
 * @throws StreamRefused when the server refuses, for example because there is no such invoice.
 */
export async function* resume<Data, Event extends { readonly cursor: string }>(
  following: Following<Data, Event>,
): AsyncGenerator<Told<Event>, void, void> {
  const pause = following.pause ?? usualPause;
  let after = following.after ?? null;
  let failures = 0;
  let isFirst = true;
  while (!isAborted(following)) {
    try {
      // Without a cursor a connection begins with what happens from now on.
      const hasGap = after === null && !isFirst;
      isFirst = false;
      for await (const told of once(following, after, hasGap)) {
        if (told.kind === "event") {
          if (told.event.cursor === after) continue;
          after = told.event.cursor;
          following.keep?.(after);
        }
        failures = 0;
        yield told;
      }
      return;
    } catch (error) {
      if (isAborted(following)) return;
      if (error instanceof StreamRefused && error.code === "BAD_CURSOR" && after !== null) {
        after = null;
        following.keep?.(null);
        continue;
      }
      await recover(following, error);
      failures += 1;
      await sleep(pause(failures), following.signal);
    }
  }
}

function isAborted(following: { readonly signal?: AbortSignal }): boolean {
  return following.signal?.aborted ?? false;
}

/** What one connection tells. A gap is told once it listens, so that nothing falls in between. */
async function* once<Data, Event extends { readonly cursor: string }>(
  following: Following<Data, Event>,
  after: string | null,
  hasGap: boolean,
): AsyncGenerator<Told<Event>, void, void> {
  const connection = new AbortController();
  const stop = (): void => connection.abort();
  following.signal?.addEventListener("abort", stop, { once: true });
  try {
    const results = following.open(after, connection.signal)[Symbol.asyncIterator]();
    let next = results.next();
    if (hasGap) {
      await Promise.race([next, sleep(following.settle ?? SETTLE_MS, following.signal)]);
      yield { kind: "gap" };
    }
    for (let result = await next; !result.done; result = await next) {
      const { data, errors } = result.value;
      if (errors?.[0] !== undefined) throw new StreamRefused(errors[0]);
      if (data != null) yield { kind: "event", event: following.eventOf(data) };
      // Whoever was told may have asked for the end.
      if (connection.signal.aborted) return;
      next = results.next();
    }
  } finally {
    following.signal?.removeEventListener("abort", stop);
    connection.abort();
  }
}

/**
 * Do what has to be done before another try.
 *
 * @throws StreamRefused when no other try helps.
 */
async function recover(
  following: { readonly signIn?: () => Promise<void> },
  error: unknown,
): Promise<void> {
  if (!(error instanceof StreamRefused)) return;
  const { retry } = requestAdvice(error.error);
  if (retry === "SIGN_IN" && following.signIn !== undefined) await following.signIn();
  else if (retry !== "SAME_KEY" && retry !== "LATER") throw error;
}

const SETTLE_MS = 1000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** Twice as long after each failure; scattered, lest all clients come back at the same moment. */
function usualPause(failures: number): number {
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
  return longest / 2 + (Math.random() * longest) / 2;
}

function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
    signal?.addEventListener("abort", done, { once: true });
  });
}
