import { InvoiceCardFragmentDoc, InvoiceDetailsFragmentDoc, StaffInvoiceDocument } from "@paidup/contract/generated/graphql";
import { readFragment } from "@paidup/contract/generated/fragment-masking";
import { type FormEvent, useMemo } from "react";
import { Link, useSearchParams } from "wouter";
import { useData } from "../../api/hooks.ts";
import { useTexts } from "../../i18n/index.tsx";
import { Amount, Bones, Button, Empty, LoadFault, Page, Section, StatusBadge } from "../../ui/basics.tsx";
import { CaseList } from "../cases/cases.tsx";

const NUMBER = /^[A-Z0-9]+[-/][A-Z0-9/-]*\d$/;

/** Where staff starts: find somebody, or work on what is open. */
export function DeskScreen() {
  const { t } = useTexts();
  const [params, setParams] = useSearchParams();
  const words = (params.get("find") ?? "").trim();
  const search = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const typed = String(new FormData(event.currentTarget).get("find")).trim();
    setParams(typed ? { find: typed } : {});
  };
  return (
    <Page narrow title={t("desk.title")} intro={t("desk.intro")}>
      <form className="search-form" role="search" onSubmit={search} key={words}>
        <input type="search" name="find" aria-label={t("desk.search")} placeholder={t("desk.search")} defaultValue={words} maxLength={100} />
        <Button look="primary" type="submit" icon="search">{t("desk.find")}</Button>
      </form>
      <div aria-live="polite">
        {words && (NUMBER.test(words.toUpperCase()) ? <FoundInvoice number={words.toUpperCase()} /> : null)}
      </div>
      <Section title={t("desk.openCases")}><CaseList status="OPEN" /></Section>
    </Page>
  );
}

function FoundInvoice({ number }: { number: string }) {
  const { t } = useTexts();
  const variables = useMemo(() => ({ by: { number } }), [number]);
  const { data, fault, loading, refresh } = useData(StaffInvoiceDocument, variables);
  const details = readFragment(InvoiceDetailsFragmentDoc, data?.invoice);
  const card = readFragment(InvoiceCardFragmentDoc, details);
  return (
    <Section title={t("invoices.title")}>
      <div className="card">
        {loading && <div className="card-bones"><Bones lines={2} /></div>}
        {fault && !data && <LoadFault code={fault.code} onRetry={refresh} />}
        {data && !card && <Empty title={t("desk.noneFound")}>{t("desk.noneFoundText")}</Empty>}
        {card && (
          <ul className="rows">
            <li>
              <p className="row-title">
                <Link href={`/invoices/${card.id}`}><bdi dir="ltr">{card.number}</bdi></Link>
              </p>
              <div className="row-side"><Amount of={card.total} /><StatusBadge status={card.displayStatus} /></div>
            </li>
          </ul>
        )}
      </div>
    </Section>
  );
}
