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

/** Take the token out of the address before anything else can read it there. */
export function takeToken(): void {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null) return;
  sessionStorage.setItem(TOKEN, token);
  sessionStorage.removeItem(VIEWER);
  history.replaceState(history.state, "", location.href.split("#")[0]);
}

/** The token to ask with: the kept one, or that of a demonstration's viewer. */
export function currentToken(settings: Settings): string | null {
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
  url.searchParams.set("return_to", location.href);
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
    return JSON.parse(atob(payload)) as Record<string, unknown>;
  } catch {
    return {};
  }
}
