import { CaseCardFragmentDoc, ClaimPaidDocument } from "@paidup/contract/generated/graphql";
import { readFragment } from "@paidup/contract/generated/fragment-masking";
import { type FormEvent, useState } from "react";
import { Link } from "wouter";
import { useAction } from "../../api/hooks.ts";
import { useTexts } from "../../i18n/index.tsx";
import { Refused, refusalOf, type Refusal } from "../../ui/action.tsx";
import { Button, Field, Notice } from "../../ui/basics.tsx";
import { Icon } from "../../ui/icons.tsx";

/** "I have already paid this": the payment is searched for at once, else a person looks. */
export function Claim({ number, onChange }: { number: string; onChange: () => void }) {
  const { t } = useTexts();
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [busy, claim] = useAction(ClaimPaidDocument);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [outcome, setOutcome] = useState<{ caseId: string | null } | null>(null);

  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const answer = await claim({
      input: {
        idempotencyKey: key,
        invoiceNumber: number,
        reference: String(form.get("reference")) || null,
        paidOn: String(form.get("day")) || null,
      },
    });
    const result = answer.data?.claimPaid;
    setRefusal(refusalOf(answer, result));
    if (result?.__typename === "ClaimSettled") setOutcome({ caseId: null });
    if (result?.__typename === "ClaimUnderReview")
      setOutcome({ caseId: readFragment(CaseCardFragmentDoc, result.supportCase).id });
    if (result) setKey(crypto.randomUUID());
    onChange();
  };

  return (
    <details className="card disclosure section">
      <summary>
        <Icon name="chevron" />
        {t("invoice.claim")}
      </summary>
      <form className="form" onSubmit={(event) => void send(event)}>
        <p className="quiet-text">{t("invoice.claimText")}</p>
        <div className="form-row">
          <Field label={t("invoice.claimReference")} optional error={refusal?.fields["reference"]}>
            {(props) => <input {...props} name="reference" maxLength={200} autoComplete="off" />}
          </Field>
          <Field label={t("invoice.claimDay")} optional error={refusal?.fields["paidOn"]}>
            {(props) => <input {...props} name="day" type="date" />}
          </Field>
        </div>
        <div aria-live="polite">
          <Refused refusal={refusal} />
          {outcome && (
            <Notice tone={outcome.caseId === null ? "good" : "info"}>
              {outcome.caseId === null ? t("invoice.claimSettled") : (
                <>
                  {t("invoice.claimReview")} <Link href={`/cases/${outcome.caseId}`}>{t("invoice.case")}</Link>
                </>
              )}
            </Notice>
          )}
        </div>
        <div className="form-actions">
          <Button type="submit" busy={busy}>{t("invoice.claimSend")}</Button>
        </div>
      </form>
    </details>
  );
}
