/* Every subscription's events, one under the other. GraphiQL shows the newest answer alone, and
   lets a subscription go when another tab is chosen: here it goes on until it is stopped. */

const { createElement: h, useEffect, useRef, useSyncExternalStore } = React;
const EVENTS_MAX = 200;

/* `selected` tells the tab that is chosen now, and `exists` whether a tab is still there. */
export function openFeed({ selected, exists }) {
  let state = { running: [], events: [] };
  const readers = new Set();

  const change = (next) => {
    state = { ...state, ...next };
    for (const reader of readers) reader();
  };
  const note = (name, result) => {
    const event = { key: crypto.getRandomValues(new Uint32Array(2)).join(), name, ...told(result) };
    change({ events: [...state.events, event].slice(-EVENTS_MAX) });
  };
  const forget = (one) => change({ running: state.running.filter((other) => other !== one) });

  function follow(name, source) {
    return {
      subscribe(sink) {
        const tab = selected();
        const one = { name };
        let shown = true;
        let upstream = null;

        const end = (tell) => {
          forget(one);
          if (shown) tell();
        };
        one.stop = () => {
          upstream.unsubscribe();
          end(() => sink.complete());
        };
        for (const other of state.running) if (other.name === name) other.stop();
        change({ running: [...state.running, one] });
        upstream = source.subscribe({
          next(result) {
            note(name, result);
            if (shown) sink.next(result);
          },
          error(failure) {
            note(name, { errors: [failure] });
            end(() => sink.error(failure));
          },
          complete: () => end(() => sink.complete()),
        });
        return {
          unsubscribe() {
            shown = false;
            // Another tab, if that is why, is chosen only after this.
            setTimeout(() => {
              if (selected() === tab || !exists(tab)) one.stop();
            });
          },
        };
      },
    };
  }

  return {
    follow,
    read: () => state,
    watch(reader) {
      readers.add(reader);
      return () => readers.delete(reader);
    },
    stop() {
      for (const one of state.running) one.stop();
    },
    clear: () => change({ events: [] }),
  };
}

/* What a row says of one result: when, what kind of event, and its values by name. */
function told({ data, errors }) {
  if (errors) return { at: new Date(), kind: "Error", words: errors[0].message };
  const [[field, event]] = Object.entries(data ?? { event: null });
  const { __typename: kind = field, cursor, occurredAt, ...rest } = Object(event);
  const words = isPlain(event) ? `${event}` : named(rest).join("  ");
  return { at: occurredAt ? new Date(occurredAt) : new Date(), kind, words };
}

function isPlain(value) {
  return value === null || typeof value !== "object";
}

function named(value, name) {
  if (isPlain(value)) return [`${name} ${value}`];
  return Object.entries(value).flatMap(([key, inner]) => named(inner, name ? `${name}.${key}` : key));
}

const CLOCK = new Intl.DateTimeFormat([], {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  hourCycle: "h23",
});

export function Live({ feed }) {
  const { running, events } = useSyncExternalStore(feed.watch, feed.read);
  const list = useRef(null);
  useEffect(() => {
    if (list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [events]);
  if (running.length + events.length === 0) return null;
  return h(
    "section",
    { className: "live", "aria-label": "Live events" },
    h(
      "header",
      null,
      h("h2", null, "Live events"),
      running.map((one, place) =>
        h(
          "span",
          { key: place, className: "state good" },
          `${one.name} is listening`,
          h("button", { onClick: one.stop, "aria-label": `Stop ${one.name}` }, "Stop"),
        ),
      ),
      events.length > 0 && h("button", { className: "last", onClick: feed.clear }, "Clear"),
    ),
    h(
      "ol",
      { ref: list, role: "log" },
      events.map(({ key, at, name, kind, words }) =>
        h(
          "li",
          { key, title: name },
          h("time", { dateTime: at.toISOString() }, CLOCK.format(at)),
          h("strong", null, kind),
          h("span", null, words),
        ),
      ),
    ),
  );
}
