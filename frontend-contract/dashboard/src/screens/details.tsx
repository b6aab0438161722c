import {
  AccountCardFragmentDoc,
  type AccountDetailsFragment,
  AccountDetailsFragmentDoc,
  BillingDetailsDocument,
} from "@paidup/contract/generated/graphql";
import { readFragment } from "@paidup/contract/generated/fragment-masking";
import { useState } from "react";
import { useEvents } from "../api/events.tsx";
import { useData } from "../api/hooks.ts";
import { useViewer } from "../api/viewer.tsx";
import { useTexts } from "../i18n/index.tsx";
import { Bones, Button, Fact, Facts, LoadFault, Page } from "../ui/basics.tsx";
import { EditDetails } from "./edit-details.tsx";

/** Where addresses name a region it stands between the town and the code, else the code comes first. */
export function townOf({ city, region, postalCode }: { city: string; region?: string | null; postalCode?: string | null }) {
  return region ? `${city}, ${region} ${postalCode ?? ""}`.trim() : `${postalCode ?? ""} ${city}`.trim();
}

/** What the account's invoices are addressed to. */
export function DetailsScreen() {
  const { t } = useTexts();
  const { data, fault, loading, refresh } = useData(BillingDetailsDocument, {});
  const { mayPay } = useViewer();
  const [isEditing, setEditing] = useState(false);
  useEvents((event) => {
    if (event.__typename === "BillingDetailsChanged") refresh();
  });
  const account = readFragment(AccountDetailsFragmentDoc, data?.viewer.account);
  return (
    <Page
      narrow
      title={t("details.title")}
      intro={t("details.intro")}
      actions={mayPay && account && <Button onClick={() => setEditing(true)}>{t("common.edit")}</Button>}
    >
      {loading && <div className="card padded"><Bones lines={6} /></div>}
      {fault && !data && <LoadFault code={fault.code} onRetry={refresh} />}
      {account && <AccountFacts account={account} />}
      {account && isEditing && (
        <EditDetails account={account} refresh={refresh} onClose={() => setEditing(false)} />
      )}
    </Page>
  );
}

export function AccountFacts({ account }: { account: AccountDetailsFragment }) {
  const { t, locale } = useTexts();
  const card = readFragment(AccountCardFragmentDoc, account);
  const countries = new Intl.DisplayNames(locale, { type: "region" });
  const languages = new Intl.DisplayNames(locale, { type: "language" });
  const { address } = account;
  return (
    <Facts>
      <Fact label={t("details.name")}><bdi>{card.name}</bdi></Fact>
      <Fact label={t("details.email")}><bdi dir="ltr">{card.email}</bdi></Fact>
      <Fact label={t("details.address")}>
        {address ? (
          <address className="address">
            {[...address.lines, townOf(address)].map((line) => <bdi key={line}>{line}</bdi>)}
            <span>{countries.of(address.countryCode)}</span>
          </address>
        ) : (
          t("common.none")
        )}
      </Fact>
      <Fact label={t("details.taxId")}>{account.taxId ? <bdi dir="ltr">{account.taxId}</bdi> : t("common.none")}</Fact>
      <Fact label={t("details.plan")}>{t(`plan.${card.plan}`)}</Fact>
      <Fact label={t("details.currency")}>{card.currency}</Fact>
      <Fact label={t("details.chargeCurrency")}>{card.chargeCurrency}</Fact>
      <Fact label={t("details.locale")}>{languages.of(card.locale)}</Fact>
      <Fact label={t("details.timeZone")}><bdi dir="ltr">{card.timeZone}</bdi></Fact>
    </Facts>
  );
}
