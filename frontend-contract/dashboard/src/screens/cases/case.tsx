import { CaseCardFragmentDoc, CaseDetailsFragmentDoc, SupportCaseDocument } from "@paidup/contract/generated/graphql";
import { readFragment } from "@paidup/contract/generated/fragment-masking";
import { lazy, Suspense } from "react";
import { Link } from "wouter";
import { useEvents, useRefreshWhenLive } from "../../api/events.tsx";
import { useData } from "../../api/hooks.ts";
import { useViewer } from "../../api/viewer.tsx";
import { useTexts } from "../../i18n/index.tsx";
import { Amount, Badge, Bones, Empty, Fact, Facts, LoadFault, Notice, Page, Section, StatusBadge } from "../../ui/basics.tsx";
import { Evidence } from "../../ui/evidence.tsx";

const CaseWork = lazy(async () => ({ default: (await import("../desk/case-work.tsx")).CaseWork }));

/** One support case: what was said, seen and found out; and, for staff, what can be done. */
export function CaseScreen({ id }: { id: string }) {
  const { t, moment } = useTexts();
  const { isStaff } = useViewer();
  const { data, fault, loading, refresh } = useData(SupportCaseDocument, { id });
  useRefreshWhenLive(refresh);
  useEvents((event) => {
    if (event.__typename === "SupportCaseChanged" || event.__typename === "PaymentStatusChanged") refresh();
  });
  const node = data?.node;
  const details = node?.__typename === "SupportCase" ? readFragment(CaseDetailsFragmentDoc, node) : null;
  const card = readFragment(CaseCardFragmentDoc, details);
  return (
    <Page
      narrow
      title={card ? t(`reason.${card.reason}`) : t("cases.title.one")}
      back={{ href: "/cases", label: t("cases.title") }}
    >
      {loading && <div className="card padded"><Bones lines={8} /></div>}
      {fault && !data && <LoadFault code={fault.code} onRetry={refresh} />}
      {data && !details && <Empty title={t("app.notFound")}>{t("app.notFoundText")}</Empty>}
      {details && card && (
        <>
          <div className="headline" aria-live="polite">
            <Badge tone={card.status === "OPEN" ? "info" : "good"}>{t(`case.${card.status}`)}</Badge>
          </div>
          {card.resolution && <Notice tone="good" title={t("cases.resolution")}><bdi>{card.resolution}</bdi></Notice>}
          <Facts>
            <Fact label={t("cases.opened")}>
              {moment(card.createdAt)}{" "}
              {t("cases.openedBy", { who: card.openedBy === "service" ? t("cases.byService") : card.openedBy })}
            </Fact>
            {card.resolvedAt && <Fact label={t("cases.closed")}>{moment(card.resolvedAt)}</Fact>}
            {isStaff && (
              <Fact label={t("cases.account")}>
                <Link href={`/desk/accounts/${details.account.id}`}><bdi>{details.account.name}</bdi></Link>
              </Fact>
            )}
            {card.invoice && (
              <Fact label={t("cases.about")}>
                <Link href={`/invoices/${card.invoice.id}`}><bdi dir="ltr">{card.invoice.number}</bdi></Link>{" "}
                <StatusBadge status={card.invoice.displayStatus} />
              </Fact>
            )}
            {card.payment && (
              <Fact label={t("cases.about")}>
                <Amount of={card.payment.amount} /> · {t(`payment.${card.payment.status}`)}
              </Fact>
            )}
            {card.note && <Fact label={t("cases.note")}><bdi>{card.note}</bdi></Fact>}
          </Facts>
          {isStaff && card.status === "OPEN" && (
            <Suspense fallback={<Bones lines={3} />}><CaseWork of={details} card={card} onChange={refresh} /></Suspense>
          )}
          <Section title={t("cases.evidence")}><Evidence pieces={details.evidence} none={t("common.none")} /></Section>
        </>
      )}
    </Page>
  );
}
