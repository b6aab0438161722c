import {
  InvoiceCardFragmentDoc,
  InvoiceDetailsFragmentDoc,
  InvoiceDocument as InvoiceQuery,
  InvoiceEventsDocument,
  type InvoiceQuery as InvoiceData,
  MoneyFieldsFragmentDoc,
} from "@paidup/contract/generated/graphql";
import { readFragment } from "@paidup/contract/generated/fragment-masking";
import { lazy, Suspense, useEffect, useMemo } from "react";
import { Link } from "wouter";
import { useApi } from "../../api/context.tsx";
import { operation } from "../../api/documents.ts";
import { useRefreshWhenLive } from "../../api/events.tsx";
import { useData } from "../../api/hooks.ts";
import { useViewer } from "../../api/viewer.tsx";
import { useTexts } from "../../i18n/index.tsx";
import { isZero } from "../../money.ts";
import { Amount, Bones, ButtonLink, Empty, Fact, Facts, LoadFault, Page, Section, StatusBadge } from "../../ui/basics.tsx";
import { Evidence } from "../../ui/evidence.tsx";
import { Period } from "../invoices/row.tsx";
import { payAddress } from "../invoices/addresses.ts";
import { ProgressText } from "../pay/progress.tsx";
import { Claim } from "./claim.tsx";
import { Deliveries } from "./deliveries.tsx";
import { DocumentLinks } from "./document-links.tsx";
import { Lines } from "./lines.tsx";
import { Payments } from "./payments.tsx";
import { Resend } from "./resend.tsx";

const StaffLinks = lazy(async () => ({ default: (await import("../desk/links.tsx")).StaffLinks }));
const AGAIN_MS = 250;

/** All about one invoice. */
export function InvoiceScreen({ id }: { id: string }) {
  const { t } = useTexts();
  const { isStaff } = useViewer();
  const variables = useMemo(() => ({ by: { id } }), [id]);
  const { data, fault, loading, refresh } = useData(InvoiceQuery, variables);
  useInvoiceEvents(id, refresh);
  useRefreshWhenLive(refresh);
  const back = isStaff ? { href: "/desk", label: t("menu.desk") } : { href: "/invoices", label: t("invoices.title") };
  const invoice = data?.invoice;
  if (invoice) return <Shown invoice={invoice} back={back} refresh={refresh} />;
  return (
    <Page title={t("invoice.untitled")} back={back}>
      {loading && <div className="card padded"><Bones lines={8} /></div>}
      {fault && <LoadFault code={fault.code} onRetry={refresh} />}
      {data && <Empty title={t("app.notFound")}>{t("app.notFoundText")}</Empty>}
    </Page>
  );
}

/** Ask again shortly after something happened: several events come together. */
function useInvoiceEvents(invoiceId: string, refresh: () => void): void {
  const { client } = useApi();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const { unsubscribe } = client
      .subscription(operation(InvoiceEventsDocument), { invoiceId })
      .subscribe(({ data }) => {
        if (!data) return;
        clearTimeout(timer);
        timer = setTimeout(refresh, AGAIN_MS);
      });
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }, [client, invoiceId, refresh]);
}

function Shown({ invoice, back, refresh }: {
  invoice: NonNullable<InvoiceData["invoice"]>;
  back: { href: string; label: string };
  refresh: () => void;
}) {
  const { t, date } = useTexts();
  const { mayPay, isStaff } = useViewer();
  const details = readFragment(InvoiceDetailsFragmentDoc, invoice);
  const card = readFragment(InvoiceCardFragmentDoc, details);
  const issued = card.issuedOn ? date(card.issuedOn) : "";
  const due = card.dueOn ? date(card.dueOn) : "";
  return (
    <Page
      title={t("invoice.title", { number: card.number ?? "" })}
      back={back}
      actions={
        <>
          {mayPay && card.isPayable && (
            <ButtonLink look="primary" href={payAddress([card.id])}>{t("invoices.pay")}</ButtonLink>
          )}
          <DocumentLinks of={card.document} />
        </>
      }
    >
      <div className="headline" aria-live="polite">
        <StatusBadge status={card.displayStatus} />
        {card.progress && <ProgressText of={card.progress} />}
      </div>
      <Facts>
        {isStaff && (
          <Fact label={t("cases.account")}>
            <Link href={`/desk/accounts/${details.account.id}`}><bdi>{details.account.name}</bdi></Link>
          </Fact>
        )}
        <Fact label={t("invoice.period")}><Period invoice={card} /></Fact>
        <Fact label={t("invoice.created")}>{issued}</Fact>
        <Fact label={t("invoice.due")}>{due}</Fact>
        <Fact label={t("invoice.amountDue")}>
          {isZero(readFragment(MoneyFieldsFragmentDoc, card.amountDue)) ? t("invoices.nothingToPay") : <strong><Amount of={card.amountDue} /></strong>}
        </Fact>
      </Facts>
      <Lines invoice={details} card={card} />
      <Section title={t("invoice.payments")}><Payments payments={invoice.payments.nodes} /></Section>
      {mayPay && card.isPayable && card.number && <Claim number={card.number} onChange={refresh} />}
      {isStaff && (
        <Suspense fallback={null}><StaffLinks invoiceId={card.id} isPayable={card.isPayable} /></Suspense>
      )}
      <Section
        title={t("invoice.deliveries")}
        actions={(mayPay || isStaff) && <Resend invoiceId={card.id} onDone={refresh} />}
      >
        <Deliveries deliveries={details.deliveries} />
      </Section>
      <Section title={t("invoice.why")}>
        <Evidence pieces={details.statusEvidence} none={t("invoice.whyNothing", { issued, due })} />
      </Section>
    </Page>
  );
}
