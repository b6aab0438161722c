/* The two ways to the server: queries and mutations by fetch, subscriptions by a socket. */

const PROTOCOL = "graphql-transport-ws";

export const endpoint = location.origin + location.pathname;

export async function ask(params, token, report) {
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
export function listen(params, token, report) {
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
