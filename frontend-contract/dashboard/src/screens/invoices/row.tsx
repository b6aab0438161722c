import {
  DocumentFieldsFragmentDoc,
  type InvoiceCardFragment,
  MoneyFieldsFragmentDoc,
  QuoteFieldsFragmentDoc,
} from "@paidup/contract/generated/graphql";
import { readFragment } from "@paidup/contract/generated/fragment-masking";
import { type ReactNode, useState } from "react";
import { Link } from "wouter";
import { useViewer } from "../../api/viewer.tsx";
import { useTexts } from "../../i18n/index.tsx";
import { Amount, ButtonLink, StatusBadge } from "../../ui/basics.tsx";
import { Icon } from "../../ui/icons.tsx";
import { payAddress } from "./addresses.ts";
import type { Chosen } from "./selection.tsx";

export function chosenOf(invoice: InvoiceCardFragment): Chosen {
  const estimate = readFragment(QuoteFieldsFragmentDoc, invoice.chargeEstimate);
  return {
    id: invoice.id,
    due: readFragment(MoneyFieldsFragmentDoc, invoice.amountDue),
    charged: estimate ? readFragment(MoneyFieldsFragmentDoc, estimate.charged) : null,
  };
}

export function InvoiceRow({ invoice, isChosen, onChoose }: {
  invoice: InvoiceCardFragment;
  isChosen: boolean;
  onChoose: (on: boolean) => void;
}) {
  const { t, date } = useTexts();
  const { mayPay } = useViewer();
  const number = invoice.number ?? "";
  const document = readFragment(DocumentFieldsFragmentDoc, invoice.document);
  return (
    <tr role="row" data-chosen={isChosen} data-status={invoice.displayStatus} id={`row-${invoice.id}`}>
      {mayPay && (
        <td role="cell" className="choose">
          <label>
            <input
              type="checkbox"
              aria-label={t("invoices.choose", { number })}
              checked={isChosen}
              disabled={!invoice.isPayable}
              onChange={(event) => onChoose(event.target.checked)}
            />
          </label>
        </td>
      )}
      <th role="rowheader" scope="row" className="month">
        <Link href={`/invoices/${invoice.id}`}><Period invoice={invoice} /></Link>
        <span className="number" dir="ltr">{number}</span>
      </th>
      <td role="cell" className="created" data-label={t("invoices.created")}>{invoice.issuedOn && date(invoice.issuedOn)}</td>
      <td role="cell" data-label={t("invoices.due")} className={invoice.isOverdue ? "due overdue" : "due"}>
        {invoice.dueOn && date(invoice.dueOn)}
      </td>
      <td role="cell" className="status"><Changing value={invoice.displayStatus}><StatusBadge status={invoice.displayStatus} /></Changing></td>
      <td role="cell" className="figure">
        <Amount of={invoice.total} />
        <AlsoCharged invoice={invoice} />
      </td>
      <td role="cell" className="acts">
        <div>
          {mayPay && invoice.isPayable && (
            <ButtonLink look="primary" href={payAddress([invoice.id])} aria-label={t("invoices.payNumber", { number })}>
              {t("invoices.pay")}
            </ButtonLink>
          )}
          <a
            className="button quiet"
            href={document.viewUrl}
            target="_blank"
            rel="noopener"
            aria-label={`${t("invoices.viewPdfOf", { number })} (${t("common.newTab")})`}
          >
            <Icon name="file" />
            <span className="button-text">{t("invoices.viewPdf")}</span>
          </a>
        </div>
      </td>
    </tr>
  );
}

/** The month, or the days, that an invoice bills. */
export function Period({ invoice }: { invoice: Pick<InvoiceCardFragment, "period" | "kind" | "issuedOn"> }) {
  const { t, month, date } = useTexts();
  const { period } = invoice;
  if (!period) return <>{t("invoices.addOn")}</>;
  return <>{isMonth(period) ? month(period.start) : `${date(period.start)} – ${date(period.end)}`}</>;
}

function isMonth({ start, end }: { start: string; end: string }): boolean {
  const after = new Date(`${end}T00:00:00Z`);
  after.setUTCDate(after.getUTCDate() + 1);
  return start.endsWith("-01") && start.slice(0, 7) === end.slice(0, 7) && after.getUTCDate() === 1;
}

/** What of it is left, and what that is in the currency of payment. */
function AlsoCharged({ invoice }: { invoice: InvoiceCardFragment }) {
  const { t, money } = useTexts();
  const estimate = readFragment(QuoteFieldsFragmentDoc, invoice.chargeEstimate);
  const total = readFragment(MoneyFieldsFragmentDoc, invoice.total);
  const due = readFragment(MoneyFieldsFragmentDoc, invoice.amountDue);
  const notes = [
    due.minorUnits !== total.minorUnits && due.minorUnits !== "0" && t("invoices.left", { amount: money(due) }),
    estimate && estimate.base !== estimate.quote &&
      t("invoices.charged", { amount: money(readFragment(MoneyFieldsFragmentDoc, estimate.charged)) }),
  ].filter(Boolean);
  return <span className="also">{notes.map((note) => <span key={String(note)}>{note}</span>)}</span>;
}

/** Lights up for a moment when its value is another than before. */
function Changing({ value, children }: { value: string; children: ReactNode }) {
  const [first] = useState(value);
  return <span key={value} className={value === first ? "" : "changed"}>{children}</span>;
}
