import {
  InvoiceCardFragmentDoc,
  InvoicesDocument,
  type InvoiceDisplayStatus,
  type InvoiceFilter,
  MoneyFieldsFragmentDoc,
} from "@paidup/contract/generated/graphql";
import { readFragment } from "@paidup/contract/generated/fragment-masking";
import { useCallback, useMemo, useState } from "react";
import { useLocation, useSearchParams } from "wouter";
import { useEvents } from "../../api/events.tsx";
import { useData } from "../../api/hooks.ts";
import { useViewer } from "../../api/viewer.tsx";
import { type Key, useTexts } from "../../i18n/index.tsx";
import { isZero } from "../../money.ts";
import { Amount, Notice, Page } from "../../ui/basics.tsx";
import { Icon } from "../../ui/icons.tsx";
import { payAddress } from "./addresses.ts";
import { type Chosen, SelectionBar } from "./selection.tsx";
import { InvoiceTable } from "./table.tsx";

const VIEWS = {
  all: [],
  unpaid: ["DUE", "OVERDUE", "PARTIALLY_PAID"],
  processing: ["PROCESSING"],
  paid: ["PAID", "REFUNDED", "DISPUTED"],
} satisfies Record<string, InvoiceDisplayStatus[]>;

type View = keyof typeof VIEWS;
const LABELS: Record<View, Key> = {
  all: "invoices.all",
  unpaid: "invoices.unpaid",
  processing: "invoices.processing",
  paid: "invoices.paid",
};

export function InvoicesScreen() {
  const { t } = useTexts();
  const viewer = useViewer();
  const [, navigate] = useLocation();
  const [params, setParams] = useSearchParams();
  const shown = params.get("show");
  const view: View = shown !== null && shown in VIEWS ? (shown as View) : "all";
  const prefix = params.get("number") ?? "";
  const isFree = viewer.account?.hasInvoicesSection === false;
  // What is owed is shown wherever the sum of it is, and a number is looked for among all.
  const withAddOns = isFree || view === "unpaid" || prefix !== "";
  const addOns = withAddOns || params.get("addons") === "1";
  const filter = useMemo(() => filterOf(view, prefix, addOns), [view, prefix, addOns]);
  const [chosen, setChosen] = useState<ReadonlyMap<string, Chosen>>(new Map());

  const choose = useCallback((invoice: Chosen, on: boolean) => {
    setChosen((before) => {
      const after = new Map(before);
      if (on) after.set(invoice.id, invoice);
      else after.delete(invoice.id);
      return after;
    });
  }, []);
  // What was paid meanwhile, here or elsewhere, is chosen no longer.
  useEvents((event) => {
    if (event.__typename !== "InvoiceStatusChanged") return;
    const { id, isPayable } = readFragment(InvoiceCardFragmentDoc, event.invoice);
    if (!isPayable && chosen.has(id)) setChosen((before) => new Map([...before].filter(([one]) => one !== id)));
  });
  const change = (name: string, value: string) =>
    setParams((before) => {
      if (value) before.set(name, value);
      else before.delete(name);
      return before;
    }, { replace: true });
  const pay = (ids: string[]) => navigate(payAddress(ids));

  return (
    <Page
      title={t("invoices.title")}
      actions={<Balance />}
      intro={!viewer.mayPay && !isFree ? t("invoices.readOnly") : undefined}
    >
      {isFree && <FreePlan />}
      {!isFree && (
        <div className="filters" role="group" aria-label={t("invoices.filter")}>
          <div className="segments">
            {(Object.keys(VIEWS) as View[]).map((one) => (
              <button
                key={one}
                type="button"
                aria-pressed={one === view}
                onClick={() => change("show", one === "all" ? "" : one)}
              >
                {t(LABELS[one])}
              </button>
            ))}
          </div>
          <label className="check">
            <input
              type="checkbox"
              checked={addOns}
              disabled={withAddOns}
              onChange={(event) => change("addons", event.target.checked ? "1" : "")}
            />
            {t("invoices.addOns")}
          </label>
          <div className="search">
            <Icon name="search" />
            <input
              type="search"
              aria-label={t("invoices.search")}
              placeholder={t("invoices.search")}
              value={prefix}
              maxLength={16}
              dir="ltr"
              onChange={(event) => change("number", event.target.value.toUpperCase().replace(/[^A-Z0-9/-]/g, ""))}
            />
          </div>
        </div>
      )}
      <InvoiceTable
        key={JSON.stringify(filter)}
        filter={filter}
        chosen={chosen}
        onChoose={choose}
        onShowAll={() => setParams({}, { replace: true })}
      />
      <SelectionBar chosen={[...chosen.values()]} onClear={() => setChosen(new Map())} onPay={pay} />
    </Page>
  );
}

function filterOf(view: View, prefix: string, addOns: boolean): InvoiceFilter {
  return {
    ...(VIEWS[view].length > 0 ? { displayStatus: VIEWS[view] } : {}),
    ...(prefix ? { numberPrefix: prefix } : {}),
    ...(addOns ? { kind: ["USAGE", "ADD_ON"] } : {}),
  };
}

function Balance() {
  const { t } = useTexts();
  const { account } = useViewer();
  if (!account) return null;
  const balance = readFragment(MoneyFieldsFragmentDoc, account.balanceDue);
  return (
    <p className="balance" aria-live="polite">
      {isZero(balance) ? (
        t("invoices.nothingToPay")
      ) : (
        <>
          <span>{t("invoices.balance")}</span> <Amount of={account.balanceDue} />
        </>
      )}
    </p>
  );
}

/** Why there is no list; what is unpaid stays within reach. */
function FreePlan() {
  const { t } = useTexts();
  const { data } = useData(InvoicesDocument, { first: 1, filter: {} });
  const unpaid = data?.viewer.account?.invoices.totalCount;
  return (
    <Notice title={t("invoices.freeTitle")}>
      <p>{t("invoices.freeText")}</p>
      <p className="one-line">
        {unpaid !== undefined &&
          (unpaid > 0 ? t("invoices.freeUnpaid", { count: unpaid }) : t("invoices.freeSettled"))}
      </p>
    </Notice>
  );
}

