import { ConfirmCheckoutDocument } from "@paidup/contract/generated/graphql";
import { useEffect, useState } from "react";
import { useSearchParams } from "wouter";
import { useAction } from "../../api/hooks.ts";
import { useTexts } from "../../i18n/index.tsx";
import { Bones, Page } from "../../ui/basics.tsx";
import { announce, checkoutOf, hear, WINDOW } from "./order.ts";

/** So long the page that opened this window has to say that it goes on by itself. */
const NOTICED_WITHIN_MS = 1_500;
/** So long the gateway has to be asked; after it the way goes on without its answer. */
const ASKED_WITHIN_MS = 5_000;

/** Where the gateway leads back to: asks how it went, tells the page that waits, and closes. */
export function ReturnScreen() {
  const { t } = useTexts();
  const [params] = useSearchParams();
  const [isDone, setDone] = useState(false);
  const [, confirm] = useAction(ConfirmCheckoutDocument);
  const key = params.get("key") ?? "";
  const invoices = params.get("invoices") ?? "";
  const canceled = params.has("canceled");

  useEffect(() => {
    const checkout = checkoutOf(key);
    let isOver = false;
    const asked = checkout && !canceled ? confirm({ input: { checkoutSessionId: checkout } }) : undefined;
    const goOn = async () => {
      // Whoever leaves a page takes back what it asks.
      await Promise.race([asked, new Promise((end) => setTimeout(end, ASKED_WITHIN_MS))]);
      if (isOver) return;
      const order = new URLSearchParams({ invoices, key, ...(checkout ? { checkout } : {}) });
      // A document of its own, with its own policy: this one is in the hands of whoever opened it.
      location.replace(new URL(`invoices/pay?${order}`, document.baseURI));
    };
    const isCardWindow = window.name === WINDOW || window.opener !== null;
    const unheard = setTimeout(() => void goOn(), isCardWindow ? NOTICED_WITHIN_MS : 0);
    const end = () => {
      isOver = true;
      clearTimeout(unheard);
      unhear();
    };
    const unhear = hear(key, "noticed", () => {
      if (!isCardWindow) return;
      end();
      setDone(true);
      window.close();
    });
    announce({ kind: "returned", key });
    return end;
  }, [key, invoices, canceled, confirm]);

  return (
    <Page title={t("pay.returnTitle")} narrow>
      <div className="pay-card" role="status">
        <p>{t(isDone ? "pay.returnDone" : "pay.returnText")}</p>
        {!isDone && <Bones lines={2} />}
      </div>
    </Page>
  );
}
