import { createContext, type ReactNode, use, useSyncExternalStore } from "react";
import { Provider } from "urql";
import type { Api } from "./client.ts";
import type { LiveState } from "./live.ts";

const ApiContext = createContext<Api | null>(null);

export function ApiProvider({ api, children }: { api: Api; children: ReactNode }) {
  return (
    <ApiContext value={api}>
      <Provider value={api.client}>{children}</Provider>
    </ApiContext>
  );
}

export function useApi(): Api {
  const api = use(ApiContext);
  if (api === null) throw new Error("outside of an ApiProvider");
  return api;
}

export function useLiveState(): LiveState {
  const { live } = useApi();
  return useSyncExternalStore(live.watch, () => live.state);
}
