import { useTexts } from "../../i18n/index.tsx";
import { type ExactMoney, sum } from "../../money.ts";
import { Button } from "../../ui/basics.tsx";

/** An invoice that was chosen to be paid, with what the bar says about it. */
export interface Chosen {
  id: string;
  due: ExactMoney;
  charged: ExactMoney | null;
}

/** Appears over the foot of the list; the list does not move. */
export function SelectionBar({ chosen, onClear, onPay }: {
  chosen: readonly Chosen[];
  onClear: () => void;
  onPay: (ids: string[]) => void;
}) {
  const { t, money } = useTexts();
  const due = sum(chosen.map((one) => one.due));
  const estimates = chosen.map((one) => one.charged).filter((one): one is ExactMoney => one !== null);
  const charged = estimates.length === chosen.length ? sum(estimates) : null;
  return (
    <div className="selection" role="region" aria-label={t("invoices.payChosen")} data-open={chosen.length > 0}>
      {chosen.length > 0 && (
        <div className="selection-inner">
          <p role="status">
            <strong>{t("invoices.chosen", { count: chosen.length })}</strong>
            {due && <bdi className="amount">{money(due)}</bdi>}
            {charged && charged.currency !== due?.currency && (
              <span className="quiet-text">{t("invoices.charged", { amount: money(charged) })}</span>
            )}
          </p>
          <Button look="plain" onClick={onClear}>{t("invoices.clear")}</Button>
          <Button look="primary" onClick={() => onPay(chosen.map((one) => one.id))}>
            {t("invoices.payChosen")}
          </Button>
        </div>
      )}
    </div>
  );
}
