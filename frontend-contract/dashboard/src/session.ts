/** Who is signed in, and what the service says about signing in. */

export interface Settings {
  /** Where a browser without a token goes; null where the product has no such page. */
  signInUrl: string | null;
  /** Whom a demonstration can be looked at as; empty anywhere else. */
  viewers: { label: string; token: string }[];
  /** Where the API is, relative to the dashboard. */
  graphql: string;
  /** `text` sends whole documents, for servers that know no ids. */
  documents?: "ids" | "text";
}

const TOKEN = "paidup.token";
const VIEWER = "paidup.viewer";
/** What only the way back from the product's sign-in knows, if it was this page that led there. */
const NONCE = "paidup.nonce";
const SIGNED_IN = "signed_in";
/** A token that ends so soon is not worth starting with. */
const SPARE_S = 20;

declare global {
  interface Window {
    /** The answer that first-paint.js asked for; it can be read once. */
    paidupSettings?: Promise<Response> | undefined;
  }
}

export async function readSettings(): Promise<Settings> {
  const early = window.paidupSettings;
  window.paidupSettings = undefined;
  const response = await (early ?? fetch(new URL("dashboard.json", document.baseURI), { cache: "no-store" }));
  if (!response.ok) throw new Error(`dashboard.json: status ${response.status}`);
  return (await response.json()) as Settings;
}

/** What the address brought, whether this page had asked for just this, and whether for anything. */
let brought: { token: string | null; asked: boolean; returned: boolean };

/** Take the token out of the address before anything else can read it there. */
export function takeToken(): void {
  const address = new URL(location.href);
  const token = new URLSearchParams(address.hash.slice(1)).get("token");
  const nonce = address.searchParams.get(SIGNED_IN);
  const sent = sessionStorage.getItem(NONCE);
  brought = { token, asked: nonce !== null && nonce === sent, returned: sent !== null };
  sessionStorage.removeItem(NONCE);
  if (token === null && nonce === null) return;
  address.searchParams.delete(SIGNED_IN);
  history.replaceState(history.state, "", token === null ? address.href : address.href.split("#")[0]);
}

export interface Session {
  /** The token to ask with; null without one. */
  token: string | null;
  /** Of another viewer, brought by a link that nobody here asked for. */
  offered: string | null;
  /** Why the sign-in that was the last to be asked is not asked again by itself; null if none was. */
  failed: "refused" | "signedOut" | null;
}

/**
 * Who looks. A link with a token signs nobody in over somebody else, and with a sign-in of the
 * product's not at all: whoever sends it would have others pay, or write down, in their account.
 */
export function openSession(settings: Settings): Session {
  const { token, asked, returned } = brought;
  const failed = returned ? (token === null ? "signedOut" : "refused") : null;
  const kept = keptToken();
  if (token !== null) {
    if (asked || (kept === null ? settings.signInUrl === null : isSameViewer(kept, token))) keep(token);
    else if (kept !== null) return { token: kept, offered: token, failed };
  }
  return { token: currentToken(settings), offered: null, failed };
}

/** A token that somebody signed in with, as long as it is good. */
function keptToken(): string | null {
  const kept = sessionStorage.getItem(TOKEN);
  return kept !== null && sessionStorage.getItem(VIEWER) === null && isFresh(kept) ? kept : null;
}

export function keep(token: string): void {
  sessionStorage.setItem(TOKEN, token);
  sessionStorage.removeItem(VIEWER);
}

/** The kept token, or that of a demonstration's viewer. */
function currentToken(settings: Settings): string | null {
  const kept = sessionStorage.getItem(TOKEN);
  if (kept !== null && isFresh(kept)) return kept;
  const label = sessionStorage.getItem(VIEWER);
  const viewer = settings.viewers.find((one) => one.label === label) ?? settings.viewers[0];
  if (viewer === undefined || !isFresh(viewer.token)) return null;
  become(viewer);
  return viewer.token;
}

export function become(viewer: { label: string; token: string }): void {
  sessionStorage.setItem(TOKEN, viewer.token);
  sessionStorage.setItem(VIEWER, viewer.label);
}

export function forgetToken(): void {
  sessionStorage.removeItem(TOKEN);
}

/** Send the browser to the product's own sign-in, which leads back here. */
export function signIn(settings: Settings): boolean {
  if (!settings.signInUrl) return false;
  const url = new URL(settings.signInUrl, document.baseURI);
  const back = new URL(location.href);
  const nonce = crypto.randomUUID();
  sessionStorage.setItem(NONCE, nonce);
  back.searchParams.set(SIGNED_IN, nonce);
  url.searchParams.set("return_to", back.href);
  location.assign(url);
  return true;
}

/** Whether a token is still good for a while; one without an end always is. */
function isFresh(token: string): boolean {
  const expires = claimsOf(token)["exp"];
  return typeof expires !== "number" || expires - SPARE_S > Date.now() / 1000;
}

/** What a token says. It is read, not believed: the service checks it. */
export function claimsOf(token: string): Record<string, unknown> {
  try {
    const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    return (JSON.parse(atob(payload)) ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** What of a token says whose it is; the rest may change when it is renewed. */
const WHOSE = ["iss", "sub", "account"];

/** Whether two tokens are of one viewer, in one account. */
export function isSameViewer(one: string, other: string): boolean {
  const [says, saysElse] = [claimsOf(one), claimsOf(other)];
  return one === other || (Boolean(says["sub"]) && WHOSE.every((name) => says[name] === saysElse[name]));
}
