import {
  InvoiceCardFragmentDoc,
  type InvoiceCardFragment,
  PayableInvoicesDocument,
} from "@paidup/contract/generated/graphql";
import { readFragment } from "@paidup/contract/generated/fragment-masking";
import { useMemo, useRef } from "react";
import { useRefreshWhenLive } from "../../api/events.tsx";
import { useData } from "../../api/hooks.ts";
import { useTexts } from "../../i18n/index.tsx";
import { Bones, Empty, LoadFault } from "../../ui/basics.tsx";
import { Following } from "./following.tsx";
import type { OrderPlace } from "./order.ts";
import { Start } from "./start.tsx";

export interface FlowProps {
  invoices: string[];
  orderKey: string;
  checkout: string | null;
  place: OrderPlace;
  onCheckout: (id: string) => void;
  /** Begin anew with another key. */
  onRestart: () => void;
  onDone: () => void;
  onPaid?: () => void;
}

/** From "pay" to "paid", wherever it is shown: on the dashboard's page, or inside of another product. */
export function PayFlow(props: FlowProps) {
  const { t } = useTexts();
  const variables = useMemo(() => ({ ids: props.invoices }), [props.invoices.join()]);
  const { data, fault, loading, refresh } = useData(PayableInvoicesDocument, variables, {
    pause: props.invoices.length === 0,
  });
  useRefreshWhenLive(refresh);
  const card = useRef<Window | null>(null);

  if (loading) return <div className="pay-card"><Bones lines={5} /></div>;
  if (fault && !data) return <LoadFault code={fault.code} onRetry={refresh} />;
  const invoices = (data?.nodes ?? [])
    .filter((node) => node?.__typename === "Invoice")
    .map((node) => readFragment(InvoiceCardFragmentDoc, node)) as InvoiceCardFragment[];
  if (invoices.length === 0) return <Empty title={t("pay.goneTitle")}>{t("pay.goneText")}</Empty>;
  return props.checkout ? (
    <Following key={props.checkout} {...props} checkout={props.checkout} card={card} />
  ) : (
    <Start key={props.orderKey} {...props} shown={invoices} card={card} onStale={refresh} />
  );
}
