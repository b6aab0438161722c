import { Client, fetchExchange, subscriptionExchange } from "urql";
import { normalised } from "./cache.ts";
import { asSent, type Sent } from "./documents.ts";
import { Live } from "./live.ts";

export interface ApiOptions {
  endpoint: URL;
  token: () => string;
  /** Whether the server knows the documents by their ids. */
  byId: boolean;
  onExpired: () => void;
}

export interface Api {
  client: Client;
  live: Live;
}

/** The way to the API of one viewer. */
export function openApi(options: ApiOptions): Api {
  const live = new Live(options);
  const client = new Client({
    url: options.endpoint.href,
    preferGetMethod: false,
    requestPolicy: "cache-and-network",
    fetch: async (url, init) => {
      const body = asSent(JSON.parse(String(init?.body)) as Sent, options.byId);
      const response = await fetch(url, { ...init, body: JSON.stringify(body) });
      if (response.status === 401) options.onExpired();
      return response;
    },
    fetchOptions: () => ({ headers: { authorization: `Bearer ${options.token()}` } }),
    exchanges: [
      normalised(),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({ unsubscribe: live.follow(request as Sent, sink as never) }),
        }),
      }),
    ],
  });
  return { client, live };
}
