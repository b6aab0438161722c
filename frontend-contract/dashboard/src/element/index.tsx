import { createRoot, type Root } from "react-dom/client";
import { openApi, type Api } from "../api/client.ts";
import { isSameViewer } from "../session.ts";
import { Embedded } from "./embedded.tsx";
import base from "../styles/base.css?inline";
import later from "../styles/later.css?inline";
import parts from "../styles/parts.css?inline";
import screens from "../styles/screens.css?inline";
import tokens from "../styles/tokens.css?inline";

/** One sheet for all elements of a page; constructed, so that no policy has to allow inline styles. */
const sheet = new CSSStyleSheet();
sheet.replaceSync([tokens, base, parts, screens, later].join("\n"));

/**
 * `<paidup-invoices>`: the invoices of one account, inside of any page.
 *
 * Properties: `token`, a bearer token; `endpoint`, the URL of the API; `locale`, a BCP 47 tag;
 * `theme`, "light", "dark" or nothing. All but the token are attributes too.
 *
 * Events: `paidup-token-expired`, to be answered by setting another `token`; `paidup-paid` when a
 * payment is complete, with `detail.invoiceIds`.
 */
export class PaidupInvoices extends HTMLElement {
  static readonly observedAttributes = ["endpoint", "locale", "theme"];

  private readonly shadow = this.attachShadow({ mode: "open" });
  private root: Root | undefined;
  private api: Api | undefined;
  private opened = "";
  private secret = "";

  constructor() {
    super();
    this.shadow.adoptedStyleSheets = [sheet];
  }

  get token(): string {
    return this.secret;
  }

  /** Everything is asked for anew as the new token's viewer; the place stays the same one's. */
  set token(value: string) {
    // Whoever leaves, leaves nothing to see; a renewed token stays where its viewer is.
    if (value !== this.secret) {
      if (isSameViewer(value, this.secret)) this.shut();
      else this.leave();
    }
    this.secret = value;
    this.render();
  }

  get endpoint(): string {
    return this.getAttribute("endpoint") ?? "";
  }

  set endpoint(value: string) {
    this.setAttribute("endpoint", value);
  }

  get locale(): string {
    return this.getAttribute("locale") ?? "";
  }

  set locale(value: string) {
    this.setAttribute("locale", value);
  }

  get theme(): string {
    return this.getAttribute("theme") ?? "";
  }

  set theme(value: string) {
    this.setAttribute("theme", value);
  }

  connectedCallback(): void {
    // A property that was set before the element was known hides the accessor.
    if (Object.hasOwn(this, "token")) {
      const early = this.token;
      delete (this as { token?: string }).token;
      this.secret = early;
    }
    this.render();
  }

  disconnectedCallback(): void {
    this.leave();
  }

  attributeChangedCallback(): void {
    this.render();
  }

  private render(): void {
    if (!this.isConnected || this.secret === "" || this.endpoint === "") return;
    const endpoint = new URL(this.endpoint, document.baseURI);
    if (this.api === undefined || this.opened !== endpoint.href) {
      this.shut();
      this.opened = endpoint.href;
      this.api = openApi({
        endpoint,
        token: () => this.secret,
        byId: this.getAttribute("documents") !== "text",
        onExpired: () => this.tell("paidup-token-expired"),
      });
    }
    this.root ??= createRoot(this.shadow);
    this.root.render(
      <Embedded
        api={this.api}
        base={new URL(".", endpoint).href}
        locale={this.locale}
        onPaid={(invoiceIds) => this.tell("paidup-paid", { invoiceIds })}
      />,
    );
  }

  private leave(): void {
    this.root?.unmount();
    this.root = undefined;
    this.shut();
  }

  private shut(): void {
    this.api?.live.close();
    this.api = undefined;
  }

  private tell(name: string, detail: unknown = null): void {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }
}

if (!customElements.get("paidup-invoices")) customElements.define("paidup-invoices", PaidupInvoices);
