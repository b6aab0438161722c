import type { TypedDocumentString } from "@paidup/contract/generated/graphql";
import { useCallback, useEffect, useRef, useState } from "react";
import { type CombinedError, useClient, useQuery } from "urql";
import { operation } from "./documents.ts";

/** Why a request came to nothing, apart from what a mutation's result says by itself. */
export interface Fault {
  /** NETWORK, or the code of the server's error. */
  code: string;
  message: string;
}

export interface Loaded<Data> {
  data: Data | undefined;
  fault: Fault | undefined;
  /** Nothing to show yet. */
  loading: boolean;
  /** Asks again now; what is shown stays until the answer is there. */
  refresh: () => void;
}

const RETRIES_MS = [1_000, 2_000, 4_000, 8_000, 15_000];

/** Read what a screen shows. A network that is away is asked again by itself. */
export function useData<Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  options: { pause?: boolean } = {},
): Loaded<Data> {
  const [result, execute] = useQuery({
    query: operation(document),
    variables: variables as Variables & Record<string, unknown>,
    pause: options.pause ?? false,
  });
  const refresh = useCallback(() => execute({ requestPolicy: "network-only" }), [execute]);
  const tries = useRef(0);
  const offline = result.error?.networkError !== undefined && !result.fetching;
  useEffect(() => {
    if (!offline) {
      if (result.data) tries.current = 0;
      return;
    }
    const pause = RETRIES_MS[Math.min(tries.current, RETRIES_MS.length - 1)];
    tries.current += 1;
    const timer = setTimeout(refresh, pause);
    addEventListener("online", refresh);
    return () => {
      clearTimeout(timer);
      removeEventListener("online", refresh);
    };
  }, [offline, refresh, result.data, result.error]);
  return {
    data: result.data,
    fault: result.error && faultOf(result.error),
    loading: !result.data && !result.error && !options.pause,
    refresh,
  };
}

export type Answer<Data> = { data: Data; fault?: undefined } | { data?: undefined; fault: Fault };

/** Do something: run a mutation, and know while it runs. */
export function useAction<Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
): [busy: boolean, run: (variables: Variables) => Promise<Answer<Data>>] {
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const run = useCallback(
    async (variables: Variables): Promise<Answer<Data>> => {
      setBusy(true);
      try {
        const result = await client
          .mutation(operation(document), variables as Variables & Record<string, unknown>)
          .toPromise();
        if (result.data) return { data: result.data };
        return { fault: faultOf(result.error) };
      } finally {
        setBusy(false);
      }
    },
    [client, document],
  );
  return [busy, run];
}

export function faultOf(error: CombinedError | undefined): Fault {
  const [first] = error?.graphQLErrors ?? [];
  if (first === undefined) return { code: "NETWORK", message: error?.message ?? "" };
  return { code: String(first.extensions?.["code"] ?? "INTERNAL"), message: first.message };
}
