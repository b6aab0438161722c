import { useEffect } from "react";
import { useLocation, useSearchParams } from "wouter";
import { useTexts } from "../../i18n/index.tsx";
import { Page } from "../../ui/basics.tsx";
import { PayFlow } from "./flow.tsx";
import { keepCheckout } from "./order.ts";

/** The address has all that a reload, or a second tab, needs: what is paid, the key, the checkout. */
export function PayScreen() {
  const { t } = useTexts();
  const [, navigate] = useLocation();
  const [params, setParams] = useSearchParams();
  const invoices = (params.get("invoices") ?? "").split(",").filter(Boolean);
  const key = params.get("key");
  const checkout = params.get("checkout");

  const renew = () =>
    setParams((before) => {
      before.set("key", crypto.randomUUID());
      before.delete("checkout");
      return before;
    }, { replace: true });
  // The key is made when the form opens: however often it is sent, it starts one payment.
  useEffect(() => {
    if (key === null) renew();
  });

  return (
    <Page
      title={t("pay.title", { count: invoices.length })}
      back={{ href: "/invoices", label: t("invoices.title") }}
    >
      {key && (
        <PayFlow
          invoices={invoices}
          orderKey={key}
          checkout={checkout}
          place={{ base: document.baseURI, embedded: false }}
          onCheckout={(id) => {
            keepCheckout(key, id);
            setParams((before) => {
              before.set("checkout", id);
              return before;
            }, { replace: true });
          }}
          onRestart={renew}
          onDone={() => navigate("/invoices")}
        />
      )}
    </Page>
  );
}
