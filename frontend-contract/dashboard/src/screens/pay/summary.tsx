import type { CheckoutStatus, InvoiceDisplayStatus, QuoteFieldsFragment } from "@paidup/contract/generated/graphql";
import { MoneyFieldsFragmentDoc } from "@paidup/contract/generated/graphql";
import { type FragmentType, readFragment } from "@paidup/contract/generated/fragment-masking";
import { type ReactNode, useId } from "react";
import { useTexts } from "../../i18n/index.tsx";
import { type ExactMoney, isZero } from "../../money.ts";
import { Amount, StatusBadge, useNow } from "../../ui/basics.tsx";
import { countdown } from "./times.ts";

interface Line {
  id: string;
  number?: string | null;
  displayStatus: InvoiceDisplayStatus;
  isPayable: boolean;
  amountDue: FragmentType<typeof MoneyFieldsFragmentDoc>;
}

/** What is paid; the figures at its foot are estimates, or those of the locked quote. */
export function Summary({ invoices, due, charged, locked, status }: {
  invoices: readonly Line[];
  due: ExactMoney | null;
  charged: ExactMoney | null;
  locked?: QuoteFieldsFragment;
  /** Of the checkout that locked the quote. */
  status?: CheckoutStatus;
}) {
  const { t, money } = useTexts();
  const id = useId();
  return (
    <section className="summary" aria-labelledby={id}>
      <h2 id={id}>{t("pay.summary")}</h2>
      <ul>
        {invoices.map((one) => (
          <li key={one.id}>
            <span dir="ltr" className="number">{one.number}</span>
            {isOpen(one) ? <Amount of={one.amountDue} /> : <StatusBadge status={one.displayStatus} />}
          </li>
        ))}
      </ul>
      <dl>
        {due && <Total label={t("pay.total")}>{money(due)}</Total>}
        {charged && charged.currency !== due?.currency && !locked && (
          <Total label={t("pay.estimate")}>{money(charged)}</Total>
        )}
        {locked && (
          <Total label={t(status === "COMPLETE" ? "pay.charged" : "pay.locked")} strong>
            {money(readFragment(MoneyFieldsFragmentDoc, locked.charged))}
          </Total>
        )}
      </dl>
      {locked ? <Rate quote={locked} isOpen={status === "OPEN"} /> : charged && charged.currency !== due?.currency && (
        <p className="quiet-text">
          {t("pay.inCurrency", { currency: charged.currency })} {t("pay.rateEstimate")}
        </p>
      )}
    </section>
  );
}

function Total({ label, strong = false, children }: { label: string; strong?: boolean; children: ReactNode }) {
  return (
    <div className={strong ? "strong" : undefined}>
      <dt>{label}</dt>
      <dd><bdi className="amount">{children}</bdi></dd>
    </div>
  );
}

function isOpen(line: Line): boolean {
  return !isZero(readFragment(MoneyFieldsFragmentDoc, line.amountDue));
}

function Rate({ quote, isOpen }: { quote: QuoteFieldsFragment; isOpen: boolean }) {
  const { t, number, date } = useTexts();
  const holds = <Countdown until={isOpen ? (quote.validUntil ?? null) : null} />;
  if (quote.base === quote.quote) return holds;
  return (
    <div className="quiet-text">
      <p dir="auto">
        <bdi>{t("pay.rate", { base: quote.base, rate: number(quote.rate), quote: quote.quote })}</bdi>
        {" · "}
        {t("pay.rateSource", { source: quote.source, date: date(quote.asOf) })}
      </p>
      {holds}
    </div>
  );
}

/** Not announced each second: who listens is told by the page when it is over. */
function Countdown({ until }: { until: string | null }) {
  const { t, locale } = useTexts();
  const now = useNow();
  if (until === null || Date.parse(until) <= now) return <p className="one-line" />;
  return (
    <p className="quiet-text one-line" role="timer" aria-live="off">
      {t("pay.rateHolds", { time: countdown(Date.parse(until) - now, locale) })}
    </p>
  );
}
