import {
  type InvoiceCardFragment,
  type InvoiceDetailsFragment,
  MoneyFieldsFragmentDoc,
} from "@paidup/contract/generated/graphql";
import { type FragmentType, readFragment } from "@paidup/contract/generated/fragment-masking";
import { useId } from "react";
import { useTexts } from "../../i18n/index.tsx";
import { isZero } from "../../money.ts";
import { Amount } from "../../ui/basics.tsx";

type MoneyRef = FragmentType<typeof MoneyFieldsFragmentDoc>;

/** The positions, the taxes, and what is left of it. */
export function Lines({ invoice, card }: { invoice: InvoiceDetailsFragment; card: InvoiceCardFragment }) {
  const { t, money, number, price } = useTexts();
  const id = useId();
  return (
    <section className="section" aria-labelledby={id}>
      <div className="section-head"><h2 id={id}>{t("invoice.lines")}</h2></div>
      <div className="card table-frame">
        <table className="lines" aria-labelledby={id}>
          <thead>
            <tr>
              <th scope="col">{t("invoice.description")}</th>
              <th scope="col" className="figure wide-only">{t("invoice.quantity")}</th>
              <th scope="col" className="figure wide-only">{t("invoice.unitPrice")}</th>
              <th scope="col" className="figure">{t("invoice.amount")}</th>
            </tr>
          </thead>
          <tbody>
            {invoice.lineItems.map((line, at) => (
              <tr key={at}>
                <td><bdi>{line.description}</bdi></td>
                <td className="figure wide-only">{number(line.quantity)}</td>
                <td className="figure wide-only">{price(line.unitPrice, card.currency)}</td>
                <td className="figure"><Amount of={line.amount} /></td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <Foot label={t("invoice.subtotal")} of={invoice.subtotal} />
            {invoice.taxes.map((tax) => (
              <Foot
                key={tax.name}
                label={t("invoice.tax", {
                  name: tax.name,
                  rate: number(tax.rate),
                  base: money(readFragment(MoneyFieldsFragmentDoc, tax.base)),
                })}
                of={tax.amount}
              />
            ))}
            <Foot label={t("invoice.total")} of={card.total} isTotal />
            <Foot label={t("invoice.paidSoFar")} of={invoice.amountPaid} unlessZero />
            <Foot label={t("invoice.refunded")} of={invoice.amountRefunded} unlessZero />
          </tfoot>
        </table>
      </div>
    </section>
  );
}

function Foot({ label, of, isTotal = false, unlessZero = false }: {
  label: string;
  of: MoneyRef;
  isTotal?: boolean;
  unlessZero?: boolean;
}) {
  if (unlessZero && isZero(readFragment(MoneyFieldsFragmentDoc, of))) return null;
  return (
    <tr className={isTotal ? "total" : undefined}>
      <td className="wide-only" colSpan={2} />
      <th scope="row">{label}</th>
      <td className="figure"><Amount of={of} /></td>
    </tr>
  );
}
