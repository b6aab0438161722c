import {
  AccountCardFragmentDoc,
  AccountDetailsFragmentDoc,
  CaseCardFragmentDoc,
  ContactFieldsFragmentDoc,
  InvoiceCardFragmentDoc,
  PageFieldsFragmentDoc,
  StaffAccountDocument,
} from "@paidup/contract/generated/graphql";
import { readFragment } from "@paidup/contract/generated/fragment-masking";
import { useMemo, useState } from "react";
import { Link } from "wouter";
import { useData } from "../../api/hooks.ts";
import { useTexts } from "../../i18n/index.tsx";
import { Amount, Badge, Bones, Button, Empty, LoadFault, Page, Section, StatusBadge } from "../../ui/basics.tsx";
import { AccountFacts } from "../details.tsx";
import { Period } from "../invoices/row.tsx";

const FEW = 20;
const MANY = 100;

/** One account, as staff sees it: who it is, what it owes, what is open. */
export function AccountScreen({ id }: { id: string }) {
  const { t, moment } = useTexts();
  const [first, setFirst] = useState(FEW);
  const variables = useMemo(() => ({ id, first, filter: { kind: ["USAGE" as const, "ADD_ON" as const] } }), [id, first]);
  const { data, fault, loading, refresh } = useData(StaffAccountDocument, variables);
  const details = readFragment(AccountDetailsFragmentDoc, data?.account);
  const card = readFragment(AccountCardFragmentDoc, details);
  const account = data?.account;
  return (
    <Page
      title={card?.name ?? t("desk.accountTitle")}
      back={{ href: "/desk", label: t("desk.title") }}
      actions={card && <p className="balance"><span>{t("invoices.balance")}</span> <Amount of={card.balanceDue} /></p>}
    >
      {loading && <div className="card padded"><Bones lines={8} /></div>}
      {fault && !data && <LoadFault code={fault.code} onRetry={refresh} />}
      {data && !account && <Empty title={t("app.notFound")}>{t("app.notFoundText")}</Empty>}
      {details && <AccountFacts account={details} />}
      {account && account.supportCases.nodes.length > 0 && (
        <Section title={t("desk.openCases")}>
          <ul className="card rows">
            {readFragment(CaseCardFragmentDoc, account.supportCases.nodes).map((one) => (
              <li key={one.id}>
                <div className="row-main">
                  <p className="row-title"><Link href={`/cases/${one.id}`}>{t(`reason.${one.reason}`)}</Link></p>
                  <p className="row-sub">{moment(one.createdAt)}</p>
                </div>
                <Badge tone="info">{t(`case.${one.status}`)}</Badge>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {account && (
        <Section title={t("invoices.title")}>
          <ul className="card rows">
            {account.invoices.edges.map(({ node }) => {
              const one = readFragment(InvoiceCardFragmentDoc, node);
              return (
                <li key={one.id}>
                  <div className="row-main">
                    <p className="row-title">
                      <Link href={`/invoices/${one.id}`}><Period invoice={one} /></Link>
                    </p>
                    <p className="row-sub"><bdi dir="ltr">{one.number}</bdi></p>
                  </div>
                  <div className="row-side"><Amount of={one.total} /><StatusBadge status={one.displayStatus} /></div>
                </li>
              );
            })}
          </ul>
          {readFragment(PageFieldsFragmentDoc, account.invoices.pageInfo).hasNextPage && first === FEW && (
            <div className="more"><Button onClick={() => setFirst(MANY)}>{t("common.more")}</Button></div>
          )}
        </Section>
      )}
      {account && (
        <Section title={t("desk.contacts")}>
          {account.billingContacts.length === 0 ? (
            <p className="card padded quiet-text">{t("contacts.empty")}</p>
          ) : (
            <ul className="card rows">
              {readFragment(ContactFieldsFragmentDoc, account.billingContacts).map((one) => (
                <li key={one.id}>
                  <div className="row-main">
                    <p className="row-title"><bdi>{one.name}</bdi></p>
                    <p className="row-sub"><bdi dir="ltr">{one.email}</bdi></p>
                  </div>
                  {one.status === "BOUNCING" && <Badge tone="bad">{t("contacts.bouncing")}</Badge>}
                </li>
              ))}
            </ul>
          )}
        </Section>
      )}
    </Page>
  );
}
