import { useCallback, useMemo, useState } from "react";
import { Route, Router, Switch, useLocation, useSearchParams } from "wouter";
import { memoryLocation } from "wouter/memory-location";
import { ApiProvider } from "../api/context.tsx";
import type { Api } from "../api/client.ts";
import { EventsProvider } from "../api/events.tsx";
import { ViewerProvider } from "../api/viewer.tsx";
import { languageOf, TextsProvider, useTexts } from "../i18n/index.tsx";
import { InvoiceScreen } from "../screens/invoice/invoice.tsx";
import { InvoicesScreen } from "../screens/invoices/invoices.tsx";
import { PayFlow } from "../screens/pay/flow.tsx";
import { News } from "../shell/news.tsx";
import { Bones, LoadFault, Page } from "../ui/basics.tsx";
import { Toasts } from "../ui/toasts.tsx";

interface Props {
  api: Api;
  /** The service's own address, which the gateway leads back to. */
  base: string;
  locale: string;
  onPaid: (invoiceIds: string[]) => void;
}

/** The dashboard's screens around one account's invoices, with a place of their own to go to. */
export function Embedded({ api, base, locale, onPaid }: Props) {
  const place = useMemo(() => memoryLocation({ path: "/invoices" }), []);
  // Whoever opens a link in a tab of its own is led to the dashboard: its places are not the page's.
  const addressOf = useCallback((path: string) => new URL(path.slice(1), base).href, [base]);
  const language = languageOf([locale, ...navigator.languages]);
  return (
    <div className="embedded" lang={language} dir={language === "ar" ? "rtl" : "ltr"}>
      <ApiProvider api={api}>
        <TextsProvider language={language} region={locale || undefined}>
          <Router hook={place.hook} searchHook={place.searchHook} hrefs={addressOf}>
            <ViewerProvider
              waiting={(asked) => (
                <div className="page">
                  {asked.fault ? <LoadFault code={asked.fault.code} onRetry={asked.refresh} /> : <Bones lines={5} />}
                </div>
              )}
            >
              <EventsProvider>
                <Toasts>
                  <News />
                  <Switch>
                    <Route path="/invoices/pay"><Paying base={base} onPaid={onPaid} /></Route>
                    <Route path="/invoices/:id">{({ id }) => <InvoiceScreen key={id} id={id} />}</Route>
                    <Route><InvoicesScreen /></Route>
                  </Switch>
                </Toasts>
              </EventsProvider>
            </ViewerProvider>
          </Router>
        </TextsProvider>
      </ApiProvider>
    </div>
  );
}

function Paying({ base, onPaid }: Pick<Props, "base" | "onPaid">) {
  const { t } = useTexts();
  const [, navigate] = useLocation();
  const [params] = useSearchParams();
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [checkout, setCheckout] = useState<string | null>(null);
  const invoices = useMemo(() => (params.get("invoices") ?? "").split(",").filter(Boolean), [params]);
  return (
    <Page
      title={t("pay.title", { count: invoices.length })}
      back={{ href: "/invoices", label: t("invoices.title") }}
    >
      <PayFlow
        invoices={invoices}
        orderKey={key}
        checkout={checkout}
        place={{ base, embedded: true }}
        onCheckout={setCheckout}
        onRestart={() => {
          setKey(crypto.randomUUID());
          setCheckout(null);
        }}
        onDone={() => navigate("/invoices")}
        onPaid={() => onPaid(invoices)}
      />
    </Page>
  );
}
