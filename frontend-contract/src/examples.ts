/** What the real server answered, by operation and case: see examples/. */

import bundle from "../examples.json" with { type: "json" };

/** An operation that was answered, or that told of events. */
export interface Example {
  readonly about: string;
  readonly operation: string;
  /** The role of who asked. */
  readonly viewer: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** The answer of a query or mutation. */
  readonly response?: unknown;
  /** The results of a subscription, in order. */
  readonly events?: readonly unknown[];
  /** Whether the subscription ends by itself after them. */
  readonly ends?: boolean;
}

/** A request that was refused. */
export interface ErrorExample {
  readonly about: string;
  readonly code: string;
  readonly transport: "http" | "sse" | "websocket";
  readonly response: {
    readonly status?: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  };
}

/** Examples of operations, by operation and case; `default` is the usual one. */
export const examples = bundle.operations as unknown as Readonly<
  Record<string, Readonly<Record<string, Example>>>
>;

/** Examples of refused requests, by code. */
export const errorExamples = bundle.errors as unknown as Readonly<Record<string, ErrorExample>>;

/**
 * The example that fits a request best: that of the wanted case, else the one with the same
 * variables, else the usual one; null for an operation that there is no example of.
 */
export function exampleFor(
  operation: string,
  variables: Readonly<Record<string, unknown>> = {},
  wanted?: string,
): Example | null {
  const cases = examples[operation];
  if (cases === undefined) return null;
  if (wanted !== undefined) {
    const found = cases[wanted];
    if (found === undefined) {
      throw new RangeError(`${operation} has the cases ${Object.keys(cases).join(", ")}`);
    }
    return found;
  }
  const asked = canonical(variables);
  const names = Object.keys(cases).sort((one, other) => rankOf(one) - rankOf(other));
  const same = names.find((name) => canonical(cases[name]?.variables) === asked);
  return cases[same ?? "default"] ?? null;
}

/** The usual answer first, and what went wrong, which is called by its type or code, last. */
function rankOf(name: string): number {
  if (name === "default") return 0;
  return /^[A-Z]/.test(name) ? 2 : 1;
}

/** Variables as text, whatever their order; keys of idempotency differ each time. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (key === "idempotencyKey") return undefined;
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}
