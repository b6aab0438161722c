/**
 * The API without a server: handlers for Mock Service Worker that answer with recorded examples.
 *
 * They work offline, in tests and in a browser, over HTTP, server-sent events and sockets.
 */

import { HttpResponse, delay, http, ws, type HttpHandler, type WebSocketHandler } from "msw";
import manifest from "../persisted-query-manifest.json" with { type: "json" };
import { errorExamples, exampleFor, type Example } from "./examples.js";

export { errorExamples, exampleFor, examples, type ErrorExample, type Example } from "./examples.js";

/** How the mocked API behaves. */
export interface MockOptions {
  /** Where it is; by default whatever ends in /graphql. */
  readonly url?: string;
  /** Which example answers an operation: `{ StartCheckout: "GatewayUnavailableError" }`. */
  readonly cases?: Readonly<Record<string, string>>;
  /** A code that every request is refused with: `UNAUTHENTICATED`. */
  readonly refuse?: string;
  /** Milliseconds before an answer, and between two events. */
  readonly delay?: number;
}

interface Asked {
  readonly operationName?: string | null;
  readonly query?: string | null;
  readonly documentId?: string | null;
  readonly variables?: Record<string, unknown> | null;
  readonly extensions?: { readonly persistedQuery?: { readonly sha256Hash?: string } } | null;
}

const NAMES = new Map(manifest.operations.map(({ id, name }) => [id, name]));

/** Handlers of requests and of event streams. */
export function handlers(options: MockOptions = {}): HttpHandler[] {
  const url = options.url ?? "*/graphql";
  return [
    http.post(url, async ({ request }) => {
      const asked = (await request.json()) as Asked;
      return answer(asked, request.headers.get("accept") ?? "", options);
    }),
    http.get(url, ({ request }) => {
      const asked = fromQueryString(new URL(request.url).searchParams);
      return answer(asked, request.headers.get("accept") ?? "", options);
    }),
  ];
}

/** The handler of sockets that speak graphql-transport-ws. */
export function socketHandler(options: MockOptions = {}): WebSocketHandler {
  const socket = ws.link((options.url ?? "*/graphql").replace(/^http/, "ws"));
  return socket.addEventListener("connection", ({ client }) => {
    const say = (message: unknown): void => client.send(JSON.stringify(message));
    client.addEventListener("message", async ({ data }) => {
      const message = JSON.parse(String(data)) as { type: string; id?: string; payload?: Asked };
      if (message.type === "connection_init") say({ type: "connection_ack" });
      if (message.type === "ping") say({ type: "pong" });
      if (message.type !== "subscribe" || message.payload === undefined) return;
      const { id } = message;
      const example = find(message.payload, options);
      for (const payload of resultsOf(example)) {
        await pause(options);
        say({ id, type: "next", payload });
      }
      if (example.events === undefined || example.ends === true) say({ id, type: "complete" });
    });
  });
}

async function answer(asked: Asked, accept: string, options: MockOptions): Promise<Response> {
  await pause(options);
  const refused = options.refuse === undefined ? undefined : errorExamples[options.refuse];
  if (refused !== undefined) {
    const { status = 400, body } = refused.response;
    return HttpResponse.json(body as object, { status });
  }
  const example = find(asked, options);
  const wantsStream = accept.includes("text/event-stream") && !accept.includes("json");
  if (example.events !== undefined || wantsStream) return stream(example, options);
  const type = accept.includes("application/graphql-response+json")
    ? "application/graphql-response+json"
    : "application/json";
  return HttpResponse.json(example.response as object, { headers: { "content-type": type } });
}

function find(asked: Asked, options: MockOptions): Example {
  const name = nameOf(asked);
  const example = exampleFor(name, asked.variables ?? {}, options.cases?.[name]);
  if (example === null) throw new RangeError(`there is no example of the operation "${name}"`);
  return example;
}

/** The operation of a request: by its name, its document's id, or its text. */
function nameOf({ operationName, query, documentId, extensions }: Asked): string {
  if (operationName) return operationName;
  const id = documentId?.replace("sha256:", "") ?? extensions?.persistedQuery?.sha256Hash;
  if (id !== undefined) return NAMES.get(id) ?? id;
  return /\b(?:query|mutation|subscription)\s+(\w+)/.exec(query ?? "")?.[1] ?? "";
}

function fromQueryString(parameters: URLSearchParams): Asked {
  const read = (name: string): unknown => JSON.parse(parameters.get(name) ?? "null");
  return {
    operationName: parameters.get("operationName"),
    query: parameters.get("query"),
    documentId: parameters.get("documentId"),
    variables: read("variables") as Record<string, unknown> | null,
    extensions: read("extensions") as NonNullable<Asked["extensions"]> | null,
  };
}

function resultsOf(example: Example): readonly unknown[] {
  return example.events ?? [example.response];
}

/** Server-sent events; a subscription that does not end stays open. */
function stream(example: Example, options: MockOptions): Response {
  const text = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(text.encode(": ping\n\n"));
      for (const payload of resultsOf(example)) {
        await pause(options);
        controller.enqueue(text.encode(`event: next\ndata: ${JSON.stringify(payload)}\n\n`));
      }
      if (example.events !== undefined && example.ends !== true) return;
      controller.enqueue(text.encode("event: complete\ndata:\n\n"));
      controller.close();
    },
  });
  return new HttpResponse(body, { headers: { "content-type": "text/event-stream" } });
}

async function pause(options: MockOptions): Promise<void> {
  if (options.delay !== undefined) await delay(options.delay);
}
