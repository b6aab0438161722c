import { useEffect } from "react";
import { createRoot, type Root } from "react-dom/client";
import { openApi } from "./api/client.ts";
import { App, Standalone } from "./app.tsx";
import { load, useTexts } from "./i18n/index.tsx";
import { currentToken, forgetToken, readSettings, type Settings, signIn, takeToken } from "./session.ts";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/screens.css";
import { Button, Empty } from "./ui/basics.tsx";
import { preferredLanguage } from "./ui/preferences.tsx";

const AGAIN_MS = 3_000;

/** Another product's page opened this window by <paidup-invoices>, and follows the payment itself. */
const isForeign = location.pathname.endsWith("/invoices/pay/return") && location.search.includes("embedded=1");

takeToken();
// Its texts are on their way before anything is known about who reads them.
void load(preferredLanguage());
const root = createRoot(document.getElementById("app") as HTMLElement);
if (isForeign) root.render(<Standalone><Returned /></Standalone>);
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
  const token = currentToken(settings);
  if (token === null) {
    if (!signIn(settings)) into.render(<Standalone><SignedOut /></Standalone>);
    return;
  }
  const api = openApi({
    endpoint: new URL(settings.graphql, document.baseURI),
    token: () => token,
    byId: settings.documents !== "text",
    onExpired: () => {
      forgetToken();
      // A demonstration has fresh tokens; a product is asked for one.
      if (!signIn(settings)) location.reload();
    },
  });
  into.render(<App api={api} settings={settings} />);
}

/** The page that opened this window closes it; where there is none, the payer does. */
function Returned() {
  const { t } = useTexts();
  useEffect(() => window.close(), []);
  return (
    <main>
      <div className="page narrow">
        <h1>{t("pay.returnTitle")}</h1>
        <Empty title={t("pay.returnDone")} />
      </div>
    </main>
  );
}

function SignedOut() {
  const { t } = useTexts();
  return (
    <main>
      <div className="page narrow">
        <h1>{t("app.signIn")}</h1>
        <Empty title={t("app.signInText")} />
      </div>
    </main>
  );
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
