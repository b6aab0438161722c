import {
  AccountCardFragmentDoc,
  type AccountDetailsFragment,
  UpdateBillingDetailsDocument,
} from "@paidup/contract/generated/graphql";
import { readFragment } from "@paidup/contract/generated/fragment-masking";
import { type FormEvent, useState } from "react";
import { useAction } from "../api/hooks.ts";
import { useTexts } from "../i18n/index.tsx";
import { Refused, refusalOf, type Refusal } from "../ui/action.tsx";
import { Button, Field, Notice } from "../ui/basics.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { useToast } from "../ui/toasts.tsx";
import { COUNTRIES } from "./countries.ts";

/**
 * Change what the next invoices are addressed to. The form stays on what it began with: a change of
 * somebody else, which arrives by itself, is shown once this one is refused for it. Each field has its
 * stored value for a key: one that was changed begins anew, the others keep what was typed.
 */
export function EditDetails({ account: newest, refresh, onClose }: {
  account: AccountDetailsFragment;
  refresh: () => void;
  onClose: () => void;
}) {
  const { t, locale } = useTexts();
  const say = useToast();
  const [busy, update] = useAction(UpdateBillingDetailsDocument);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [account, setAccount] = useState(newest);
  const isStale = refusal?.code === "STALE_VERSION";
  if (isStale && newest.version > account.version) setAccount(newest);
  const card = readFragment(AccountCardFragmentDoc, account);
  const { address } = account;
  const lines = address?.lines.join("\n") ?? "";
  const names = new Intl.DisplayNames(locale, { type: "region" });
  const order = new Intl.Collator(locale);
  const countries = COUNTRIES.map((code) => ({ code, name: names.of(code) ?? code }))
    .sort((one, other) => order.compare(one.name, other.name));

  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name)).trim();
    const answer = await update({
      input: {
        expectedVersion: account.version,
        name: text("name"),
        email: text("email"),
        taxId: text("taxId") || null,
        address: {
          lines: text("lines").split("\n").map((line) => line.trim()).filter(Boolean),
          city: text("city"),
          region: text("region") || null,
          postalCode: text("postalCode") || null,
          countryCode: text("country"),
        },
      },
    });
    const refused = refusalOf(answer, answer.data?.updateBillingDetails);
    setRefusal(refused);
    if (refused) {
      if (refused.code === "STALE_VERSION") refresh();
      return;
    }
    say({ text: t("details.saved"), tone: "good" });
    onClose();
  };

  const errors = refusal?.fields ?? {};
  return (
    <Dialog title={t("details.title")} onClose={onClose}>
      <form className="form" onSubmit={(event) => void send(event)}>
        {isStale ? (
          <Notice tone="warn" role="alert">{t("details.stale")}</Notice>
        ) : (
          <Refused refusal={refusal} />
        )}
        <Field label={t("details.name")} error={errors["name"]}>
          {(props) => <input key={card.name} {...props} name="name" required maxLength={200} autoComplete="organization" defaultValue={card.name} autoFocus />}
        </Field>
        <Field label={t("details.email")} error={errors["email"]}>
          {(props) => <input key={card.email} {...props} name="email" type="email" required dir="ltr" autoComplete="email" defaultValue={card.email} />}
        </Field>
        <Field label={t("details.lines")} error={errors["lines"]}>
          {(props) => <textarea key={lines} {...props} name="lines" rows={3} autoComplete="street-address" defaultValue={lines} />}
        </Field>
        <div className="form-row">
          <Field label={t("details.postalCode")} error={errors["postalCode"]}>
            {(props) => <input key={address?.postalCode ?? ""} {...props} name="postalCode" autoComplete="postal-code" defaultValue={address?.postalCode ?? ""} />}
          </Field>
          <Field label={t("details.city")} error={errors["city"]}>
            {(props) => <input key={address?.city} {...props} name="city" required autoComplete="address-level2" defaultValue={address?.city} />}
          </Field>
          <Field label={t("details.region")} error={errors["region"]} optional>
            {(props) => <input key={address?.region ?? ""} {...props} name="region" autoComplete="address-level1" defaultValue={address?.region ?? ""} />}
          </Field>
          <Field label={t("details.country")} error={errors["countryCode"]}>
            {(props) => (
              <select key={address?.countryCode ?? ""} {...props} name="country" required autoComplete="country" defaultValue={address?.countryCode ?? ""}>
                {!address && <option value="" />}
                {countries.map(({ code, name }) => <option key={code} value={code}>{name}</option>)}
              </select>
            )}
          </Field>
        </div>
        <Field label={t("details.taxId")} error={errors["taxId"]} optional>
          {(props) => <input key={account.taxId ?? ""} {...props} name="taxId" maxLength={32} dir="ltr" autoComplete="off" defaultValue={account.taxId ?? ""} />}
        </Field>
        <div className="form-actions">
          <Button look="plain" onClick={onClose}>{t("common.cancel")}</Button>
          <Button look="primary" type="submit" busy={busy}>{t("common.save")}</Button>
        </div>
      </form>
    </Dialog>
  );
}
