import {
  UserErrorFieldsFragmentDoc,
  ValidationErrorFieldsFragmentDoc,
} from "@paidup/contract/generated/graphql";
import { readFragment } from "@paidup/contract/generated/fragment-masking";
import type { Answer } from "../api/hooks.ts";
import { useTexts } from "../i18n/index.tsx";
import { errorKey, Notice } from "./basics.tsx";

/** Why something was not done: the code, and what is wrong with each field. */
export interface Refusal {
  code: string;
  fields: Record<string, string>;
}

type AnyResult = { __typename?: string };

/** The refusal in a mutation's answer; null when it was done. */
export function refusalOf(answer: Answer<unknown>, result: AnyResult | undefined): Refusal | null {
  if (answer.fault || result === undefined) return { code: answer.fault?.code ?? "other", fields: {} };
  if (!result.__typename?.endsWith("Error")) return null;
  const { code } = readFragment(UserErrorFieldsFragmentDoc, result as never) as { code: string };
  const fields: Record<string, string> = {};
  if (result.__typename === "ValidationError") {
    const { issues } = readFragment(ValidationErrorFieldsFragmentDoc, result as never) as {
      issues: { path: string[]; message: string }[];
    };
    for (const issue of issues) fields[issue.path.at(-1) ?? ""] ??= issue.message;
  }
  return { code, fields };
}

export function Refused({ refusal }: { refusal: Refusal | null }) {
  const { t } = useTexts();
  if (refusal === null) return null;
  const shown = Object.values(refusal.fields);
  return (
    <Notice tone="bad" role="alert" title={t(errorKey(refusal.code))}>
      {shown.length > 0 && <ul>{shown.map((one) => <li key={one}>{one}</li>)}</ul>}
    </Notice>
  );
}
