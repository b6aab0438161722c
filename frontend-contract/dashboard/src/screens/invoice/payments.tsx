import {
  DisputeFieldsFragmentDoc,
  FailureFieldsFragmentDoc,
  MoneyFieldsFragmentDoc,
  PaymentCardFragmentDoc,
  type PaymentCardFragment,
  type PaymentStatus,
  QuoteFieldsFragmentDoc,
  ReceiptFieldsFragmentDoc,
  RefundFieldsFragmentDoc,
} from "@paidup/contract/generated/graphql";
import { type FragmentType, readFragment } from "@paidup/contract/generated/fragment-masking";
import { type Texts, useTexts } from "../../i18n/index.tsx";
import { sum } from "../../money.ts";
import { Badge } from "../../ui/basics.tsx";
import { failureText } from "../pay/failures.ts";

const TONES: Record<PaymentStatus, string> = {
  PENDING: "neutral",
  PROCESSING: "info",
  UNDER_REVIEW: "warn",
  CAPTURED: "good",
  FAILED: "bad",
  CANCELED: "muted",
  EXPIRED: "muted",
};

export function Payments({ payments }: { payments: readonly FragmentType<typeof PaymentCardFragmentDoc>[] }) {
  const { t } = useTexts();
  if (payments.length === 0) return <p className="card padded quiet-text">{t("invoice.noPayments")}</p>;
  return (
    <ul className="card rows">
      {readFragment(PaymentCardFragmentDoc, payments).map((one) => <PaymentRow key={one.id} payment={one} />)}
    </ul>
  );
}

/** One attempt: what was charged at which rate, its receipt, and what became of the money. */
function PaymentRow({ payment }: { payment: PaymentCardFragment }) {
  const texts = useTexts();
  const { t, moment, money, number, date } = texts;
  const quote = readFragment(QuoteFieldsFragmentDoc, payment.quote);
  const charged = readFragment(MoneyFieldsFragmentDoc, quote.charged);
  const receipt = readFragment(ReceiptFieldsFragmentDoc, payment.receipt);
  const failure = readFragment(FailureFieldsFragmentDoc, payment.failure);
  return (
    <li>
      <div className="row-main">
        <p className="row-title">
          <bdi className="amount">{money(charged)}</bdi> · {methodText(payment, texts)}
        </p>
        {/* Of a transfer the bank tells the day: as a time it would be another one elsewhere. */}
        <p className="row-sub">
          {payment.bankReference ? date(quote.asOf) : moment(payment.capturedAt ?? payment.createdAt)}
        </p>
        {quote.base !== quote.quote && (
          <p className="row-sub">
            {t("invoice.fxText", {
              amount: money(readFragment(MoneyFieldsFragmentDoc, payment.amount)),
              charged: money(charged),
              rate: number(quote.rate),
            })}{" "}
            · {t("pay.rateSource", { source: quote.source, date: date(quote.asOf) })}
          </p>
        )}
        {failure && payment.status !== "CAPTURED" && (
          <p className="row-sub">{Object.values(failureText(failure, texts)).join(" ")}</p>
        )}
        {readFragment(RefundFieldsFragmentDoc, payment.refunds).map((one) => (
          <p key={one.id} className="row-sub">
            {t("invoice.refundOf", { amount: money(readFragment(MoneyFieldsFragmentDoc, one.charged)) })} · {t(`refund.${one.status}`)} · {moment(one.updatedAt)}
          </p>
        ))}
        {readFragment(DisputeFieldsFragmentDoc, payment.disputes).map((one) => (
          <p key={one.id} className="row-sub">
            {t("invoice.disputeOf", { amount: money(readFragment(MoneyFieldsFragmentDoc, one.charged)) })} · {t(`dispute.${one.status}`)} · {moment(one.closedAt ?? one.openedAt)}
          </p>
        ))}
      </div>
      <div className="row-side">
        {receipt && (receipt.pdfUrl ? (
          <a className="button quiet" href={receipt.pdfUrl} download>{t("invoice.receipt", { number: receipt.number })}</a>
        ) : (
          <span className="quiet-text">{t("invoice.receiptSoon")}</span>
        ))}
        {isGivenBack(payment) ? (
          <Badge tone="muted">{t("status.REFUNDED")}</Badge>
        ) : (
          <Badge tone={TONES[payment.status]}>{t(`payment.${payment.status}`)}</Badge>
        )}
      </div>
    </li>
  );
}

/** Whether all that was charged is with the payer again. */
function isGivenBack(payment: PaymentCardFragment): boolean {
  const done = readFragment(RefundFieldsFragmentDoc, payment.refunds).filter((one) => one.status === "SUCCEEDED");
  const back = sum(done.map((one) => readFragment(MoneyFieldsFragmentDoc, one.charged)));
  const charged = readFragment(MoneyFieldsFragmentDoc, readFragment(QuoteFieldsFragmentDoc, payment.quote).charged);
  return back !== null && BigInt(back.minorUnits) >= BigInt(charged.minorUnits);
}

function methodText({ method, bankReference }: PaymentCardFragment, { t }: Texts): string {
  if (bankReference) return `${t("method.transfer")} ${bankReference}`;
  if (!method) return t("method.other");
  if (method.brand && method.last4) {
    const brand = method.brand[0]?.toUpperCase() + method.brand.slice(1);
    return t("method.cardNumber", { brand, last4: method.last4 });
  }
  return method.kind === "card" ? t("method.card") : t("method.other");
}
