import {
  AccountCardFragmentDoc,
  AccountsDocument,
  InvoiceCardFragmentDoc,
  InvoiceDetailsFragmentDoc,
  StaffInvoiceDocument,
} from "@paidup/contract/generated/graphql";
import { readFragment } from "@paidup/contract/generated/fragment-masking";
import { type FormEvent, useMemo } from "react";
import { Link, useSearchParams } from "wouter";
import { useData } from "../../api/hooks.ts";
import { useTexts } from "../../i18n/index.tsx";
import { Amount, Bones, Button, Empty, LoadFault, Page, Section, StatusBadge } from "../../ui/basics.tsx";
import { CaseList } from "../cases/cases.tsx";

/** The API searches by two letters or more. */
const SHORTEST = 2;
const MOST = 50;
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
        {NUMBER.test(words.toUpperCase()) && <FoundInvoice number={words.toUpperCase()} />}
        {words.length >= SHORTEST && (
          <FoundAccounts search={words} isOptional={NUMBER.test(words.toUpperCase())} />
        )}
      </div>
      <Section title={t("desk.openCases")}><CaseList status="OPEN" /></Section>
    </Page>
  );
}

/** Accounts by the beginning of a name, an address or a reference, or by an invoice's number. */
function FoundAccounts({ search, isOptional }: {
  search: string;
  /** Whether something else answers the search already. */
  isOptional: boolean;
}) {
  const { t } = useTexts();
  const variables = useMemo(() => ({ search, first: MOST }), [search]);
  const { data, fault, loading, refresh } = useData(AccountsDocument, variables);
  if (isOptional && !data?.accounts.edges.length) return null;
  return (
    <Section title={t("desk.accounts")}>
      <div className="card">
        {loading && <div className="card-bones"><Bones lines={3} /></div>}
        {fault && !data && <LoadFault code={fault.code} onRetry={refresh} />}
        {data?.accounts.edges.length === 0 && <Empty title={t("desk.noneFound")}>{t("desk.noneFoundText")}</Empty>}
        {data && data.accounts.edges.length > 0 && (
          <ul className="rows">
            {data.accounts.edges.map(({ node: found }) => readFragment(AccountCardFragmentDoc, found)).map((node) => (
              <li key={node.id}>
                <div className="row-main">
                  <p className="row-title"><Link href={`/desk/accounts/${node.id}`}><bdi>{node.name}</bdi></Link></p>
                  <p className="row-sub">
                    <bdi dir="ltr">{node.email}</bdi> · {t("details.plan")}: {t(`plan.${node.plan}`)}
                  </p>
                </div>
                <p className="balance"><span>{t("invoices.balance")}</span> <Amount of={node.balanceDue} /></p>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Section>
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
