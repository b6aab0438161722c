import type { Client as SocketClient } from "graphql-ws/client";
import { asSent, type Sent } from "./documents.ts";

/** How the stream of changes stands. `lost`: what is shown may be out of date. */
export type LiveState = "connecting" | "live" | "lost";

export interface Sink {
  next(result: { data?: unknown; errors?: readonly unknown[] }): void;
  error(error: unknown): void;
  complete(): void;
}

interface Options {
  endpoint: URL;
  token: () => string;
  byId: boolean;
  onExpired: () => void;
}

const EXPIRED = new Set([4401, 4403]);
const PING_MS = 12_000;
const PONG_WITHIN_MS = 5_000;
const LONGEST_PAUSE_MS = 15_000;
/** So many sockets that never opened mean that something on the way does not let them pass. */
const SOCKETS_TRIED = 2;

/**
 * Streams that survive their connection: each goes on behind the last cursor that it saw. Over one
 * socket for all of them, or, where none can be opened, over event streams.
 */
export class Live {
  state: LiveState = "connecting";
  private readonly watchers = new Set<() => void>();
  private readonly wakers = new Set<() => void>();
  private socket: Promise<SocketClient> | undefined;
  private neverOpened = 0;
  private opened = false;

  constructor(private readonly options: Options) {
    addEventListener("online", this.wake);
    addEventListener("offline", this.drop);
    document.addEventListener("visibilitychange", this.wake);
  }

  close(): void {
    removeEventListener("online", this.wake);
    removeEventListener("offline", this.drop);
    document.removeEventListener("visibilitychange", this.wake);
    void this.socket?.then((socket) => socket.dispose());
  }

  watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  /** Follow a stream until it is complete, or until the returned function is called. */
  follow(request: Sent, sink: Sink): () => void {
    let over = false;
    let pauses = 0;
    let after: unknown = undefined;
    let stop = () => {};

    const connect = () => {
      if (over) return;
      const variables = { ...(request.variables as object), ...(after === undefined ? {} : { after }) };
      const sent = asSent({ ...request, variables }, this.options.byId);
      stop = (this.opened || this.neverOpened < SOCKETS_TRIED ? this.bySocket : this.byEvents)(sent, {
        next: (result) => {
          pauses = 0;
          after = cursorOf(result.data) ?? after;
          sink.next(result);
        },
        complete: () => {
          over = true;
          sink.complete();
        },
        error: (error) => {
          if (over) return;
          if (Array.isArray(error)) {
            over = true;
            sink.next({ errors: error });
            sink.complete();
          } else {
            this.tell("lost");
            stop = this.pause(pauses++, connect);
          }
        },
      });
    };
    connect();
    return () => {
      over = true;
      stop();
    };
  }

  /** The socket's code comes after the first screen, which does not need it. */
  private async openSocket(): Promise<SocketClient> {
    const { createClient } = await import("graphql-ws/client");
    const url = new URL(this.options.endpoint);
    url.protocol = url.protocol.replace("http", "ws");
    let pong: ReturnType<typeof setTimeout> | undefined;
    const socket = createClient({
      url: url.href,
      lazyCloseTimeout: 3_000,
      keepAlive: PING_MS,
      retryAttempts: 0,
      // The library demands a text also where an id stands for it; the server wants one of the two.
      jsonMessageReplacer: (key, value: unknown) => (key === "query" && value === "" ? undefined : value),
      connectionParams: () => ({ Authorization: `Bearer ${this.options.token()}` }),
      on: {
        connected: () => {
          this.opened = true;
          this.tell("live");
        },
        ping: (received) => {
          if (!received) pong = setTimeout(() => socket.terminate(), PONG_WITHIN_MS);
        },
        pong: (received) => {
          if (received) clearTimeout(pong);
        },
        closed: (event) => {
          clearTimeout(pong);
          const code = (event as CloseEvent).code;
          if (EXPIRED.has(code)) this.options.onExpired();
          else if (!this.opened) this.neverOpened += 1;
        },
      },
    });
    return socket;
  }

  private readonly bySocket = (sent: Sent, sink: Sink): (() => void) => {
    let isOver = false;
    let stop = () => {};
    this.socket ??= this.openSocket();
    this.socket.then(
      (socket) => {
        if (!isOver) stop = socket.subscribe({ query: "", ...sent } as { query: string }, sink as never);
      },
      (error: unknown) => {
        this.socket = undefined;
        if (!isOver) sink.error(error);
      },
    );
    return () => {
      isOver = true;
      stop();
    };
  };

  private readonly byEvents = (sent: Sent, sink: Sink): (() => void) => {
    const abort = new AbortController();
    const read = async () => {
      const response = await fetch(this.options.endpoint, {
        method: "POST",
        headers: {
          accept: "text/event-stream",
          "content-type": "application/json",
          authorization: `Bearer ${this.options.token()}`,
        },
        body: JSON.stringify(sent),
        signal: abort.signal,
      });
      if (response.status === 401) this.options.onExpired();
      if (!response.ok || response.body === null) throw new Error(`status ${response.status}`);
      this.tell("live");
      for await (const [kind, data] of eventsOf(response.body)) {
        if (kind === "next") sink.next(JSON.parse(data));
        if (kind === "complete") return sink.complete();
      }
      throw new Error("the stream broke off");
    };
    read().catch((error) => abort.signal.aborted || sink.error(error));
    return () => abort.abort();
  };

  private pause(count: number, then: () => void): () => void {
    const go = () => {
      stop();
      then();
    };
    const longest = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** count);
    const timer = setTimeout(go, longest * (0.5 + Math.random() / 2));
    const stop = () => {
      clearTimeout(timer);
      this.wakers.delete(go);
    };
    this.wakers.add(go);
    return stop;
  }

  private readonly wake = () => {
    if (document.visibilityState === "visible") for (const go of [...this.wakers]) go();
  };

  private readonly drop = () => {
    this.tell("lost");
    void this.socket?.then((socket) => socket.terminate());
  };

  private tell(state: LiveState): void {
    if (state === this.state) return;
    this.state = state;
    for (const watcher of this.watchers) watcher();
  }
}

/** The cursor of the one event that a frame brings. */
function cursorOf(data: unknown): unknown {
  const [event] = Object.values((data ?? {}) as Record<string, { cursor?: unknown } | null>);
  return event?.cursor;
}

/** The events of an event stream: kind and data of each. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<[string, string]> {
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, "m").exec(block)?.[1] ?? "";
      if (field("event")) yield [field("event"), field("data")];
    }
  }
}
