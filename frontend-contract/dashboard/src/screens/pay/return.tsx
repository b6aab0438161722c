import { ConfirmCheckoutDocument } from "@paidup/contract/generated/graphql";
import { useEffect, useRef, useState } from "react";
import { useLocation, useSearchParams } from "wouter";
import { useAction } from "../../api/hooks.ts";
import { useTexts } from "../../i18n/index.tsx";
import { Bones, Page } from "../../ui/basics.tsx";
import { announce, checkoutOf, hear, WINDOW } from "./order.ts";

/** So long the page that opened this window has to say that it goes on by itself. */
const NOTICED_WITHIN_MS = 1_500;

/** Where the gateway leads back to: asks how it went, tells the page that waits, and closes. */
export function ReturnScreen() {
  const { t } = useTexts();
  const [, navigate] = useLocation();
  const [params] = useSearchParams();
  const [isDone, setDone] = useState(false);
  const [, confirm] = useAction(ConfirmCheckoutDocument);
  const begun = useRef(false);
  const key = params.get("key") ?? "";
  const invoices = params.get("invoices") ?? "";
  const canceled = params.has("canceled");

  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    const checkout = checkoutOf(key);
    const goOn = () => {
      const order = new URLSearchParams({ invoices, key, ...(checkout ? { checkout } : {}) });
      navigate(`/invoices/pay?${order}`, { replace: true });
    };
    if (checkout && !canceled) void confirm({ input: { checkoutSessionId: checkout } });
    const isCardWindow = window.name === WINDOW || window.opener !== null;
    const unheard = isCardWindow ? setTimeout(goOn, NOTICED_WITHIN_MS) : undefined;
    hear(key, "noticed", () => {
      if (!isCardWindow) return;
      clearTimeout(unheard);
      setDone(true);
      window.close();
    });
    announce({ kind: "returned", key });
    if (!isCardWindow) goOn();
  }, [key, invoices, canceled, navigate, confirm]);

  return (
    <Page title={t("pay.returnTitle")} narrow>
      <div className="pay-card" role="status">
        <p>{t(isDone ? "pay.returnDone" : "pay.returnText")}</p>
        {!isDone && <Bones lines={2} />}
      </div>
    </Page>
  );
}
