/** One order to pay: its key, where the browser comes back to, and which checkout it became. */

/** The name of the window with the card page: a second click uses it again. */
export const WINDOW = "paidup-pay";
const CHANNEL = "paidup-pay";
const WIDTH = 520;
const HEIGHT = 760;

export interface Returned {
  kind: "returned" | "noticed";
  key: string;
}

export interface OrderPlace {
  /** The dashboard's own base, or that of the service which an element belongs to. */
  base: string;
  /** Whether the page that comes back has a dashboard around it. */
  embedded: boolean;
}

export function returnAddress(place: OrderPlace, key: string, invoices: readonly string[], canceled: boolean): string {
  const url = new URL("invoices/pay/return", place.base);
  url.searchParams.set("key", key);
  url.searchParams.set("invoices", invoices.join(","));
  if (canceled) url.searchParams.set("canceled", "1");
  if (place.embedded) url.searchParams.set("embedded", "1");
  return url.href;
}

/** Phones show one page at a time: there the browser goes to the card page and comes back. */
export function prefersRedirect(): boolean {
  return matchMedia("(max-width: 640px), (pointer: coarse) and (hover: none)").matches;
}

/** To be called in the click itself: a window that opens later is blocked. Null where it is. */
export function openWindow(title: string, text: string): Window | null {
  const left = Math.max(0, screenX + (outerWidth - WIDTH) / 2);
  const top = Math.max(0, screenY + (outerHeight - HEIGHT) / 3);
  const opened = window.open("", WINDOW, `popup,width=${WIDTH},height=${HEIGHT},left=${left},top=${top}`);
  try {
    if (opened && opened.location.href === "about:blank") describe(opened.document, title, text);
  } catch {
    // It shows a card page already, which is about to be replaced.
  }
  return opened;
}

function describe(page: Document, title: string, text: string): void {
  page.title = title;
  page.documentElement.lang = document.documentElement.lang;
  page.documentElement.dir = document.documentElement.dir;
  const said = page.createElement("p");
  said.textContent = text;
  said.style.cssText = "font:16px/1.5 system-ui,sans-serif;margin:3rem 2rem;color:CanvasText";
  page.documentElement.style.colorScheme = "light dark";
  page.body.replaceChildren(said);
}

/** Tell the page that opened this window, and any other tab with this order, that the payer is back. */
export function announce(message: Returned): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(message);
  channel.close();
  (window.opener as Window | null)?.postMessage({ ...message, from: CHANNEL }, location.origin);
}

/** Listen for what other windows of this origin tell about an order. */
export function hear(key: string, kind: Returned["kind"], heard: () => void): () => void {
  const channel = new BroadcastChannel(CHANNEL);
  const take = (message: unknown) => {
    const told = message as Partial<Returned> | null;
    if (told?.key === key && told.kind === kind) heard();
  };
  channel.onmessage = (event) => take(event.data);
  const posted = (event: MessageEvent) => {
    if (event.origin === location.origin && (event.data as { from?: string } | null)?.from === CHANNEL) take(event.data);
  };
  addEventListener("message", posted);
  return () => {
    channel.close();
    removeEventListener("message", posted);
  };
}

const kept = (key: string) => `paidup.order.${key}`;
const link = (key: string) => `paidup.link.${key}`;

/** Remember which checkout an order became: the window that comes back knows its key alone. */
export function keepCheckout(key: string, checkout: string): void {
  try {
    localStorage.setItem(kept(key), checkout);
  } catch {
    // Without storage the invoice's own page tells how it went.
  }
}

export function checkoutOf(key: string): string | null {
  try {
    return localStorage.getItem(kept(key));
  } catch {
    return null;
  }
}

export interface KeptLink {
  url: string;
  expiresAt: string;
}

/** A link to pay by is told once: it outlives a reload here. */
export function keepLink(key: string, shown: KeptLink): void {
  try {
    sessionStorage.setItem(link(key), JSON.stringify(shown));
  } catch {
    // It is on the screen.
  }
}

export function linkOf(key: string): KeptLink | null {
  try {
    return JSON.parse(sessionStorage.getItem(link(key)) ?? "null") as KeptLink | null;
  } catch {
    return null;
  }
}
