import type { Key, Texts } from "../../i18n/index.tsx";

const REASONS: Record<string, Key> = {
  insufficient_funds: "decline.insufficient_funds",
  expired_card: "decline.expired_card",
  incorrect_cvc: "decline.incorrect_cvc",
  invalid_cvc: "decline.incorrect_cvc",
  incorrect_number: "decline.incorrect_number",
  invalid_number: "decline.incorrect_number",
  processing_error: "decline.processing_error",
  issuer_not_available: "decline.processing_error",
  try_again_later: "decline.processing_error",
  authentication_required: "decline.authentication",
  payment_intent_authentication_failure: "decline.authentication",
  amount_mismatch: "decline.amount_mismatch",
};

/** Why a payment did not go through, and what helps, in the reader's language. */
export function failureText(
  failure: { code: string; nextAction: string },
  { t, has }: Texts,
): { reason: string; help: string } {
  const next = `next.${failure.nextAction}`;
  return {
    reason: t(REASONS[failure.code] ?? "decline.generic"),
    help: has(next) ? t(next) : t("next.CONTACT_SUPPORT"),
  };
}
