/* The page around GraphiQL: who is asking, the example operations, and what GraphiQL leaves out. */

import { Live, openFeed } from "./live.js";
import { ask, endpoint, listen } from "./server.js";

const { createElement: h, useCallback, useEffect, useLayoutEffect, useMemo, useState } = React;
const TOKEN_KEY = "paidup.explorer.token";

/* ---- running an operation -------------------------------------------------------------- */

function operationOf(document, name) {
  return (document?.definitions ?? []).find(
    (definition) => definition.operation && (!name || definition.name?.value === name),
  );
}

function makeFetcher({ token, report, feed, desk, setAnswer }) {
  return async (params, options) => {
    if (!token) return { errors: [{ message: "Choose whom to ask as, or paste a token." }] };
    const operation = operationOf(options?.documentAST, params.operationName);
    const name = operation?.name?.value ?? "an operation";
    if (operation?.operation === "subscription") {
      return feed.follow(name, listen(params, token, report));
    }
    const answer = await ask(params, token, report);
    // GraphiQL's own question about the schema has no document.
    if (operation) setAnswer({ name, data: answer.data });
    if (operation?.operation === "mutation" && answer.data) renewKeys(params.variables, desk);
    return answer;
  };
}

/* A key belongs to one order. Once that is answered the next run is another order; a run that was
   not answered may be repeated with its key. */
function renewKeys(variables, desk) {
  const editor = desk.variableEditor;
  const text = editor.getValue();
  const renewed = keysIn(variables).reduce((now, key) => now.replaceAll(key, uuid), text);
  if (renewed !== text) editor.setValue(renewed);
}

function keysIn(value) {
  return leaves(value).flatMap(([name, leaf]) =>
    name === "idempotencyKey" && typeof leaf === "string" && leaf ? [leaf] : [],
  );
}

function urlsIn(value) {
  const urls = leaves(value).filter(([, leaf]) => /^https?:\/\//.test(leaf));
  return [...new Map(urls.map(([name, url]) => [url, name]))].map(([url, name]) => [name, url]);
}

/* The innermost values of an answer, each with the name it stands under. */
function leaves(value, name) {
  if (value === null || typeof value !== "object") return [[name, value]];
  return Object.entries(value).flatMap(([key, inner]) =>
    leaves(inner, Array.isArray(value) ? name : key),
  );
}

/* A random UUID (RFC 9562, version 4); crypto.randomUUID exists on secure origins only. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/* ---- the page ------------------------------------------------------------------------ */

/* Until when a JSON Web Token says that it lasts; null for any other token. */
function expiryOf(token) {
  try {
    const claims = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const { exp } = JSON.parse(atob(claims));
    return Number.isFinite(exp) ? new Date(exp * 1000) : null;
  } catch {
    return null;
  }
}

function describe(state, token) {
  if (!token) return ["warn", "No token"];
  if (state === "refused") return ["bad", "Token refused"];
  const expiry = expiryOf(token);
  if (expiry && expiry < new Date()) return ["bad", "Token expired"];
  if (state !== "signed in") return ["warn", "Checking…"];
  if (!expiry) return ["good", "Signed in"];
  const time = expiry.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return ["good", `Signed in until ${time}`];
}

function ViewerPicker({ viewers, token, use }) {
  const known = viewers.some((viewer) => viewer.token === token);
  return h(
    "label",
    null,
    "Ask as",
    h(
      "select",
      { value: known ? token : "", onChange: (event) => use(event.target.value) },
      h("option", { value: "" }, "a token of my own"),
      viewers.map(({ label, token: own }) => h("option", { key: own, value: own }, label)),
    ),
  );
}

function TokenBox({ token, use }) {
  const [draft, setDraft] = useState(token);
  useEffect(() => setDraft(token), [token]);
  const submit = (event) => {
    event.preventDefault();
    use(draft.trim());
  };
  return h(
    "form",
    { onSubmit: submit },
    h(
      "label",
      null,
      "Token",
      h("input", {
        type: "password",
        autoComplete: "off",
        spellCheck: false,
        placeholder: "Bearer token",
        value: draft,
        onChange: (event) => setDraft(event.target.value),
      }),
    ),
    h("button", { className: "primary", disabled: draft.trim() === token }, "Use"),
  );
}

function Bar({ viewers, token, state, use }) {
  const [tone, words] = describe(state, token);
  return h(
    "header",
    { className: "bar" },
    h(
      "h1",
      null,
      h("img", { src: "/static/explorer/icon.svg", alt: "" }),
      "Paidup",
      h("span", null, "API explorer"),
    ),
    h("output", { className: `state ${tone}` }, words),
    viewers.length > 0 && h(ViewerPicker, { viewers, token, use }),
    h(TokenBox, { token, use }),
  );
}

/* What GraphiQL tells its children alone: the tabs, and the editor of the variables. */
function Inside({ desk }) {
  const { tabs, activeTabIndex, variableEditor } = GraphiQL.React.useEditorContext({ nonNull: true });
  useLayoutEffect(() => {
    desk.tabs = tabs.map(({ id }) => id);
    desk.selected = tabs[activeTabIndex]?.id;
    desk.variableEditor = variableEditor;
  });
  return null;
}

/* The pages that the last answer leads to: GraphiQL shows their addresses as text. */
function Links({ answer }) {
  const links = urlsIn(answer.data);
  if (links.length === 0) return null;
  return h(
    "p",
    { className: "links" },
    `Open from ${answer.name}:`,
    links.map(([name, url]) =>
      h("a", { key: url, href: url, target: "_blank", rel: "noopener" }, name),
    ),
  );
}

function Explorer({ viewers, tabs }) {
  const [token, setToken] = useState(
    () => sessionStorage.getItem(TOKEN_KEY) ?? viewers[0]?.token ?? "",
  );
  const [state, report] = useState("checking");
  const [answer, setAnswer] = useState({ name: "", data: null });
  const [desk] = useState({ tabs: [], selected: undefined, variableEditor: null });
  const [feed] = useState(() =>
    openFeed({ selected: () => desk.selected, exists: (tab) => desk.tabs.includes(tab) }),
  );
  const use = useCallback((next) => {
    if (next === token) return;
    sessionStorage.setItem(TOKEN_KEY, next);
    feed.stop();
    setAnswer({ name: "", data: null });
    report("checking");
    setToken(next);
  }, [token]);
  const fetcher = useMemo(
    () => makeFetcher({ token, report, feed, desk, setAnswer }),
    [token],
  );
  return h(
    React.Fragment,
    null,
    h(Bar, { viewers, token, state, use }),
    h(
      GraphiQL,
      {
        fetcher,
        defaultTabs: tabs,
        isHeadersEditorEnabled: false,
        defaultEditorToolsVisibility: "variables",
        inputValueDeprecation: true,
        schemaDescription: true,
      },
      h(GraphiQL.Logo, null, h("span", null)),
      h(
        GraphiQL.Footer,
        null,
        h(Inside, { desk }),
        h(Links, { answer }),
        h("p", { className: "hint" }, "Ctrl-Enter runs the operation, Ctrl-Space completes it."),
      ),
    ),
    h(Live, { feed }),
  );
}

/* `{origin}`, `{uuid}` and `{today}` in an example's variables stand for this server, a fresh key and
   the day in UTC. */
function tabOf({ query, variables }) {
  const text = JSON.stringify(variables, null, 2)
    .replaceAll("{origin}", location.origin)
    .replaceAll("{uuid}", uuid)
    .replaceAll("{today}", new Date().toISOString().slice(0, 10));
  return { query, variables: text };
}

/* GraphiQL takes the variables of its first tab from its own storage only. */
function offerVariables(tab) {
  if (!localStorage.getItem("graphiql:tabState")) {
    localStorage.setItem("graphiql:variables", tab.variables);
  }
}

async function start() {
  const response = await fetch(`${endpoint}/explorer.json`);
  const { viewers, examples } = await response.json();
  const tabs = examples.map(tabOf);
  offerVariables(tabs[0]);
  ReactDOM.createRoot(document.getElementById("explorer")).render(
    h(Explorer, { viewers, tabs }),
  );
}

start().catch((error) => {
  document.querySelector(".loading").textContent = `The API explorer cannot start: ${error.message}`;
});
