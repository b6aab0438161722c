import {
  InvoiceCardFragmentDoc,
  type InvoiceFilter,
  InvoicesDocument,
  PageFieldsFragmentDoc,
} from "@paidup/contract/generated/graphql";
import { readFragment } from "@paidup/contract/generated/fragment-masking";
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useRefreshWhenLive } from "../../api/events.tsx";
import { useData } from "../../api/hooks.ts";
import { useViewer } from "../../api/viewer.tsx";
import { useTexts } from "../../i18n/index.tsx";
import { Bone, Button, Empty, LoadFault } from "../../ui/basics.tsx";
import { InvoiceRow, chosenOf } from "./row.tsx";
import type { Chosen } from "./selection.tsx";

const PAGE = 20;
/** Links to the documents hold 15 minutes; a list that stays open gets new ones before. */
const FRESH_MS = 10 * 60_000;

interface TableProps {
  filter: InvoiceFilter;
  chosen: ReadonlyMap<string, Chosen>;
  onChoose: (invoice: Chosen, on: boolean) => void;
  onShowAll: () => void;
}

export function InvoiceTable(props: TableProps) {
  const { t } = useTexts();
  const { mayPay } = useViewer();
  const [cursors, setCursors] = useState<(string | null)[]>([null]);
  const more = useCallback((after: string) => {
    setCursors((all) => (all.includes(after) ? all : [...all, after]));
  }, []);
  return (
    <div className="table-frame">
      <table className="invoices" role="table">
        <caption className="visually-hidden">{t("invoices.title")}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {mayPay && <th role="columnheader" scope="col" className="choose"><span className="visually-hidden">{t("invoices.payChosen")}</span></th>}
            <th role="columnheader" scope="col">{t("invoices.month")}</th>
            <th role="columnheader" scope="col" className="created">{t("invoices.created")}</th>
            <th role="columnheader" scope="col" className="due">{t("invoices.due")}</th>
            <th role="columnheader" scope="col" className="status">{t("invoices.status")}</th>
            <th role="columnheader" scope="col" className="figure">{t("invoices.amount")}</th>
            <th role="columnheader" scope="col" className="acts"><span className="visually-hidden">{t("invoices.actions")}</span></th>
          </tr>
        </thead>
        {cursors.map((after, at) => (
          <PageOfInvoices
            key={after ?? "first"}
            {...props}
            after={after}
            isLast={at === cursors.length - 1}
            onMore={more}
          />
        ))}
      </table>
    </div>
  );
}

function PageOfInvoices({ filter, chosen, onChoose, onShowAll, after, isLast, onMore }: TableProps & {
  after: string | null;
  isLast: boolean;
  onMore: (after: string) => void;
}) {
  const { mayPay } = useViewer();
  const variables = useMemo(() => ({ first: PAGE, after, filter }), [after, filter]);
  const { data, fault, refresh } = useData(InvoicesDocument, variables);
  useRefreshWhenLive(refresh);
  useEffect(() => {
    const timer = setInterval(refresh, FRESH_MS);
    return () => clearInterval(timer);
  }, [refresh]);

  const columns = mayPay ? 7 : 6;
  const list = data?.viewer.account?.invoices;
  const wide = (content: ReactNode) => (
    <tbody role="rowgroup"><tr role="row" className="wide"><td role="cell" colSpan={columns}>{content}</td></tr></tbody>
  );
  if (list === undefined) {
    return fault ? wide(<LoadFault code={fault.code} onRetry={refresh} />) : <BoneRows columns={columns} />;
  }
  const page = readFragment(PageFieldsFragmentDoc, list.pageInfo);
  const invoices = list.edges.map((edge) => readFragment(InvoiceCardFragmentDoc, edge.node));
  if (invoices.length === 0) return wide(<NoInvoices filter={filter} onShowAll={onShowAll} />);
  return (
    <>
      <tbody role="rowgroup">
        {invoices.map((invoice) => (
          <InvoiceRow
            key={invoice.id}
            invoice={invoice}
            isChosen={chosen.has(invoice.id)}
            onChoose={(on) => onChoose(chosenOf(invoice), on)}
          />
        ))}
      </tbody>
      {isLast && page.hasNextPage && page.endCursor && wide(<More onMore={() => onMore(page.endCursor as string)} />)}
    </>
  );
}

/** Loads the next page when it comes near the window; the button is for those who do not scroll. */
function More({ onMore }: { onMore: () => void }) {
  const { t } = useTexts();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (place.current === null) return;
    const observer = new IntersectionObserver(
      ([entry]) => entry?.isIntersecting && onMore(),
      { rootMargin: "400px" },
    );
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [onMore]);
  return <div ref={place} className="more"><Button onClick={onMore}>{t("common.more")}</Button></div>;
}

function BoneRows({ columns }: { columns: number }) {
  const { t } = useTexts();
  return (
    <tbody role="rowgroup" className="bone-rows" aria-busy="true" aria-label={t("app.loading")}>
      {Array.from({ length: 8 }, (_, row) => (
        <tr role="row" key={row}>
          {Array.from({ length: columns }, (_, column) => (
            <td role="cell" key={column}>{column > 0 || columns === 6 ? <Bone width="72%" /> : null}</td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}

function NoInvoices({ filter, onShowAll }: { filter: InvoiceFilter; onShowAll: () => void }) {
  const { t } = useTexts();
  const { account } = useViewer();
  if (account?.hasInvoicesSection === false) return <Empty title={t("invoices.freeSettled")} />;
  if (Object.keys(filter).length === 0) return <Empty title={t("invoices.emptyTitle")}>{t("invoices.emptyText")}</Empty>;
  return (
    <Empty title={t("invoices.noneTitle")} action={<Button onClick={onShowAll}>{t("invoices.showAll")}</Button>}>
      {t("invoices.noneText")}
    </Empty>
  );
}
