import {
  BillingEventsDocument,
  EventFieldsFragmentDoc,
  type EventFieldsFragment,
} from "@paidup/contract/generated/graphql";
import { readFragment } from "@paidup/contract/generated/fragment-masking";
import { createContext, type ReactNode, use, useEffect, useMemo, useRef, useState } from "react";
import { useApi, useLiveState } from "./context.tsx";
import { operation } from "./documents.ts";
import { useViewer } from "./viewer.tsx";

export type BillingEvent = EventFieldsFragment;
type Listener = (event: BillingEvent) => void;

interface Events {
  listen: (listener: Listener) => () => void;
}

const EventsContext = createContext<Events | null>(null);

const storage = (account: string) => `paidup.cursor.${account}`;

function keptCursor(account: string): string | undefined {
  try {
    return sessionStorage.getItem(storage(account)) ?? undefined;
  } catch {
    return undefined;
  }
}

function keepCursor(account: string, cursor: string | null): void {
  try {
    if (cursor === null) sessionStorage.removeItem(storage(account));
    else sessionStorage.setItem(storage(account), cursor);
  } catch {
    // Without storage a reload starts from now; the lists are read anew then anyway.
  }
}

/**
 * Everything that happens to the account, once and in order. The cursor of the last event outlives
 * a reload, and the way to the gateway and back.
 */
export function EventsProvider({ children }: { children: ReactNode }) {
  const { client } = useApi();
  const account = useViewer().account?.id;
  const listeners = useRef(new Set<Listener>());
  const [restarts, setRestarts] = useState(0);

  useEffect(() => {
    if (account === undefined) return;
    const after = keptCursor(account) ?? null;
    const stream = client.subscription(operation(BillingEventsDocument), { after });
    const { unsubscribe } = stream.subscribe(({ data, error }) => {
      if (error?.graphQLErrors[0]?.extensions?.["code"] === "BAD_CURSOR") {
        keepCursor(account, null);
        setRestarts((count) => count + 1);
      }
      if (!data) return;
      const event = readFragment(EventFieldsFragmentDoc, data.billingEvents);
      keepCursor(account, event.cursor);
      for (const listener of [...listeners.current]) tell(listener, event);
    });
    return unsubscribe;
  }, [client, account, restarts]);

  const value = useMemo<Events>(
    () => ({
      listen: (listener) => {
        listeners.current.add(listener);
        return () => listeners.current.delete(listener);
      },
    }),
    [],
  );
  return <EventsContext value={value}>{children}</EventsContext>;
}

/** A listener that fails must not end the stream for the others. */
function tell(listener: Listener, event: BillingEvent): void {
  try {
    listener(event);
  } catch (error) {
    reportError(error);
  }
}

/** Call a function for each event from now on. */
export function useEvents(listener: Listener): void {
  const events = use(EventsContext);
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => events?.listen((event) => latest.current(event)), [events]);
}

/**
 * Read again what a screen shows when the stream of changes begins: what happened between its first
 * answer and that moment was told to nobody.
 */
export function useRefreshWhenLive(refresh: () => void): void {
  const live = useLiveState();
  const first = useRef(true);
  useEffect(() => {
    if (live !== "live") return;
    if (first.current && performance.now() < 500) return;
    first.current = false;
    refresh();
  }, [live, refresh]);
}
