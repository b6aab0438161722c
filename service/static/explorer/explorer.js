"use strict";

/* The page around GraphiQL: who is asking, the example operations, and one way to the server for
   queries (fetch) and one for subscriptions (graphql-transport-ws). */

(() => {
  const { createElement: h, useCallback, useEffect, useMemo, useState } = React;
  const TOKEN_KEY = "paidup.explorer.token";
  const PROTOCOL = "graphql-transport-ws";
  const endpoint = location.origin + location.pathname;

  /* ---- the server ---------------------------------------------------------------------- */

  async function ask(params, token, report) {
    const response = await fetch(endpoint, {
      method: "POST",
      headers: {
        accept: "application/graphql-response+json, application/json;q=0.9",
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
      },
      body: JSON.stringify(params),
    });
    report(response.status === 401 ? "refused" : "signed in");
    return response.json();
  }

  /* An observable, as GraphiQL takes them: one socket for one subscription. */
  function listen(params, token, report) {
    return {
      subscribe(sink) {
        const socket = new WebSocket(endpoint.replace(/^http/, "ws"), PROTOCOL);
        const say = (message) => socket.send(JSON.stringify(message));
        let over = false;

        const end = (failure) => {
          if (over) return;
          over = true;
          if (failure) sink.error(failure);
          else sink.complete();
          socket.close(1000);
        };
        const hear = {
          connection_ack: () => say({ id: "1", type: "subscribe", payload: params }),
          ping: ({ payload }) => say({ type: "pong", payload }),
          next: ({ payload }) => sink.next(payload),
          error: ({ payload }) => {
            sink.next({ errors: payload });
            end();
          },
          complete: () => end(),
        };

        socket.onopen = () =>
          say({ type: "connection_init", payload: { Authorization: `Bearer ${token}` } });
        socket.onmessage = (event) => {
          const message = JSON.parse(event.data);
          if (!over && Object.hasOwn(hear, message.type)) hear[message.type](message);
        };
        socket.onclose = ({ code, reason }) => {
          if (code === 4403) report("refused");
          end({ message: `The server closed the subscription: ${code} ${reason}`.trim() });
        };
        return {
          unsubscribe() {
            over = true;
            if (socket.readyState === WebSocket.OPEN) say({ id: "1", type: "complete" });
            socket.close(1000);
          },
        };
      },
    };
  }

  function isSubscription(document, operationName) {
    return (document?.definitions ?? []).some(
      (definition) =>
        definition.operation === "subscription" &&
        (!operationName || definition.name?.value === operationName),
    );
  }

  function makeFetcher(token, report) {
    return (params, options) => {
      if (!token) return Promise.resolve({ errors: [{ message: "Choose whom to ask as, or paste a token." }] });
      const send = isSubscription(options?.documentAST, params.operationName) ? listen : ask;
      return send(params, token, report);
    };
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

  function Explorer({ viewers, tabs }) {
    const [token, setToken] = useState(
      () => sessionStorage.getItem(TOKEN_KEY) ?? viewers[0]?.token ?? "",
    );
    const [state, report] = useState("checking");
    const use = useCallback((next) => {
      if (next === token) return;
      sessionStorage.setItem(TOKEN_KEY, next);
      report("checking");
      setToken(next);
    }, [token]);
    const fetcher = useMemo(() => makeFetcher(token, report), [token]);
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
          h("p", { className: "hint" }, "Ctrl-Enter runs the operation, Ctrl-Space completes it."),
        ),
      ),
    );
  }

  /* `{origin}` and `{uuid}` in an example's variables stand for this server and a fresh key. */
  function tabOf({ query, variables }) {
    const text = JSON.stringify(variables, null, 2)
      .replaceAll("{origin}", location.origin)
      .replaceAll("{uuid}", () => crypto.randomUUID());
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
})();
