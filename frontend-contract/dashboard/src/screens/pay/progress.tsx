import { ProgressFieldsFragmentDoc } from "@paidup/contract/generated/graphql";
import { type FragmentType, readFragment } from "@paidup/contract/generated/fragment-masking";
import { Link } from "wouter";
import { useTexts } from "../../i18n/index.tsx";
import { useNow } from "../../ui/basics.tsx";
import { fromNow } from "./times.ts";

/** What is waited for, when it is looked at next, and by when there is an answer. */
export function ProgressText({ of }: { of: FragmentType<typeof ProgressFieldsFragmentDoc> | null }) {
  const { t, clock, locale } = useTexts();
  const now = useNow(5_000);
  const progress = readFragment(ProgressFieldsFragmentDoc, of);
  if (!progress) return null;
  const next = progress.nextCheckAt;
  return (
    <div className="progress">
      {progress.reason !== "AWAITING_PAYER" && <p>{t(`progress.${progress.reason}`)}</p>}
      {progress.deadlineAt && <p>{t("progress.deadline", { time: clock(progress.deadlineAt) })}</p>}
      {progress.supportCase && (
        <p><Link href={`/cases/${progress.supportCase.id}`}>{t("progress.case")}</Link></p>
      )}
      {next && progress.reason !== "AWAITING_PAYER" && Date.parse(next) > now && (
        <p className="quiet-text" aria-live="off">{t("progress.nextCheck", { time: fromNow(next, now, locale) })}</p>
      )}
    </div>
  );
}
