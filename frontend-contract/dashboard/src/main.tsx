import { createRoot, type Root } from "react-dom/client";
import { openApi } from "./api/client.ts";
import { App, Standalone } from "./app.tsx";
import { load, useTexts } from "./i18n/index.tsx";
import { claimsOf, forgetToken, keep, openSession, readSettings, type Settings, signIn, takeToken } from "./session.ts";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/screens.css";
import { Button, Empty } from "./ui/basics.tsx";
import { preferredLanguage } from "./ui/preferences.tsx";

const AGAIN_MS = 3_000;
/** A token that is refused so soon after it was brought is no good: another one would not be, either. */
const REFUSED_WITHIN_MS = 30_000;

/** Another product's page opened this window by <paidup-invoices>, and follows the payment itself. */
const isForeign = location.pathname.endsWith("/invoices/pay/return") && location.search.includes("embedded=1");

takeToken();
// A link to where the browser is already loads nothing by itself.
addEventListener("hashchange", () => location.hash.includes("token=") && location.reload());
// Its texts are on their way before anything is known about who reads them.
void load(preferredLanguage());
const root = createRoot(document.getElementById("app") as HTMLElement);
if (isForeign) void stop(root, "returned");
else void start(root);

async function start(into: Root): Promise<void> {
  let settings: Settings;
  try {
    settings = await readSettings();
  } catch {
    into.render(<Standalone><Unreachable onRetry={() => void start(into)} /></Standalone>);
    setTimeout(() => void start(into), AGAIN_MS);
    return;
  }
  const { token, offered, failed } = openSession(settings);
  const again = () => void signIn(settings);
  if (token === null) {
    if (failed) void stop(into, failed, again);
    else if (!signIn(settings)) void stop(into, "signedOut");
    return;
  }
  if (offered !== null) {
    const { Chooser } = await import("./entrance.tsx");
    const choose = (chosen: string) => {
      keep(chosen);
      location.reload();
    };
    const who = String(claimsOf(offered)["email"] ?? "");
    into.render(
      <Standalone><Chooser who={who} onStay={() => choose(token)} onSwitch={() => choose(offered)} /></Standalone>,
    );
    return;
  }
  const begun = Date.now();
  const api = openApi({
    endpoint: new URL(settings.graphql, document.baseURI),
    token: () => token,
    byId: settings.documents !== "text",
    onExpired: () => {
      forgetToken();
      if (failed && Date.now() - begun < REFUSED_WITHIN_MS) void stop(into, failed, again);
      // A demonstration has fresh tokens; a product is asked for one.
      else if (!signIn(settings)) location.reload();
    },
  });
  into.render(<App api={api} settings={settings} />);
}

/** Say why nothing goes on here by itself. */
async function stop(into: Root, why: "returned" | "signedOut" | "refused", onSignIn?: () => void): Promise<void> {
  const { Stop } = await import("./entrance.tsx");
  into.render(<Standalone><Stop why={why} onSignIn={onSignIn} /></Standalone>);
}

function Unreachable({ onRetry }: { onRetry: () => void }) {
  const { t } = useTexts();
  return (
    <main>
      <div className="page narrow">
        <h1>{t("app.unreachable")}</h1>
        <Empty title={t("app.unreachableText")} action={<Button onClick={onRetry}>{t("common.retry")}</Button>} />
      </div>
    </main>
  );
}
