import { describe, expect, it, vi } from "vitest";
import { StreamRefused, resume, type Following, type StreamResult, type Told } from "./resume.js";

interface Event {
  readonly cursor: string;
}
interface Data {
  readonly billingEvents: Event;
}
type Result = StreamResult<Data>;

const event = (cursor: string): Result => ({ data: { billingEvents: { cursor } } });
const refused = (code: string): Result => ({ errors: [{ message: code, extensions: { code } }] });
const LOST = new Error("connection lost");

/** A server whose connections each give some results and then end, or are lost. */
function server(...connections: (readonly (Result | Error)[])[]) {
  const asked: (string | null)[] = [];
  async function* open(after: string | null): AsyncIterable<Result> {
    asked.push(after);
    for (const result of connections[asked.length - 1] ?? []) {
      if (result instanceof Error) throw result;
      yield await Promise.resolve(result);
    }
  }
  return { asked, open };
}

function following(open: Following<Data, Event>["open"], more: object = {}): Following<Data, Event> {
  return { open, eventOf: (data) => data.billingEvents, pause: () => 0, settle: 0, ...more };
}

async function all(told: AsyncIterable<Told<Event>>): Promise<string[]> {
  const found: string[] = [];
  for await (const one of told) found.push(one.kind === "event" ? one.event.cursor : "gap");
  return found;
}

describe("a subscription that is followed", () => {
  it("tells each event and ends with the stream", async () => {
    const { open, asked } = server([event("1"), event("2")]);
    expect(await all(resume(following(open)))).toEqual(["1", "2"]);
    expect(asked).toEqual([null]);
  });

  it("goes on after the last event when the connection is lost", async () => {
    const { open, asked } = server([event("1"), LOST], [LOST], [event("2")]);
    const kept: (string | null)[] = [];
    const keep = (cursor: string | null) => kept.push(cursor);
    expect(await all(resume(following(open, { keep })))).toEqual(["1", "2"]);
    expect(asked).toEqual([null, "1", "1"]);
    expect(kept).toEqual(["1", "2"]);
  });

  it("begins where it ended another day", async () => {
    const { open, asked } = server([event("8")]);
    expect(await all(resume(following(open, { after: "7" })))).toEqual(["8"]);
    expect(asked).toEqual(["7"]);
  });

  it("tells no event twice", async () => {
    const { open } = server([event("1"), LOST], [event("1"), event("2")]);
    expect(await all(resume(following(open)))).toEqual(["1", "2"]);
  });

  it("tells of a gap when the server does not know the cursor", async () => {
    const { open, asked } = server([refused("BAD_CURSOR")], [event("1")]);
    const keep = vi.fn();
    expect(await all(resume(following(open, { after: "old", keep })))).toEqual(["gap", "1"]);
    expect(asked).toEqual(["old", null]);
    expect(keep.mock.calls).toEqual([[null], ["1"]]);
  });

  it("tells of a gap when it was lost before there was any event", async () => {
    const { open, asked } = server([LOST], [event("1")]);
    expect(await all(resume(following(open)))).toEqual(["gap", "1"]);
    expect(asked).toEqual([null, null]);
  });

  it("listens before it tells of a gap", async () => {
    const seen: string[] = [];
    async function* open(after: string | null): AsyncIterable<Result> {
      seen.push(`open ${String(after)}`);
      if (after !== null) yield refused("BAD_CURSOR");
      yield await Promise.resolve(event("1"));
    }
    for await (const told of resume(following(open, { after: "old" }))) seen.push(told.kind);
    expect(seen).toEqual(["open old", "open null", "gap", "event"]);
  });

  it("signs in again and goes on when the token has ended", async () => {
    const { open, asked } = server([event("1"), refused("TOKEN_EXPIRED")], [event("2")]);
    const signIn = vi.fn(async () => {});
    expect(await all(resume(following(open, { signIn })))).toEqual(["1", "2"]);
    expect(signIn).toHaveBeenCalledTimes(1);
    expect(asked).toEqual([null, "1"]);
  });

  it("tries again after a fault of the server", async () => {
    const { open } = server([refused("INTERNAL")], [event("1")]);
    expect(await all(resume(following(open, { after: "0" })))).toEqual(["1"]);
  });

  it.each(["NOT_FOUND", "FORBIDDEN", "TOKEN_EXPIRED", "UNHEARD_OF"])(
    "gives up when it is refused with %s",
    async (code) => {
      const { open, asked } = server([refused(code)]);
      const told = all(resume(following(open)));
      await expect(told).rejects.toThrow(StreamRefused);
      await expect(told).rejects.toMatchObject({ code });
      expect(asked).toHaveLength(1);
    },
  );

  it("ends when nobody wants it any more, and closes the connection", async () => {
    const controller = new AbortController();
    let closed = false;
    async function* open(_: string | null, signal: AbortSignal): AsyncIterable<Result> {
      signal.addEventListener("abort", () => (closed = true));
      yield event("1");
      await new Promise((_resolve, reject) => signal.addEventListener("abort", reject));
    }
    const found: string[] = [];
    for await (const told of resume(following(open, { signal: controller.signal }))) {
      found.push(told.kind);
      controller.abort();
    }
    expect(found).toEqual(["event"]);
    expect(closed).toBe(true);
  });

  it("closes the connection when the reader leaves", async () => {
    let closed = false;
    async function* open(_: string | null, signal: AbortSignal): AsyncIterable<Result> {
      signal.addEventListener("abort", () => (closed = true));
      yield event("1");
      yield event("2");
    }
    for await (const told of resume(following(open))) {
      expect(told.kind).toBe("event");
      break;
    }
    expect(closed).toBe(true);
  });

  it("waits longer after each failure, and never long", async () => {
    vi.useFakeTimers();
    const { open, asked } = server([LOST], [LOST], [LOST], [event("1")]);
    const told = all(resume({ ...following(open, { after: "0" }), pause: undefined } as never));
    await vi.advanceTimersByTimeAsync(249);
    expect(asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(251);
    expect(asked).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1000 + 2000);
    expect(await told).toEqual(["1"]);
    vi.useRealTimers();
  });
});
