import { ResendInvoiceDocument } from "@paidup/contract/generated/graphql";
import { useState } from "react";
import { useAction } from "../../api/hooks.ts";
import { useTexts } from "../../i18n/index.tsx";
import { refusalOf } from "../../ui/action.tsx";
import { Button, errorKey } from "../../ui/basics.tsx";
import { useToast } from "../../ui/toasts.tsx";

/** Mail the invoice again, to everybody who gets the account's invoices. */
export function Resend({ invoiceId, onDone }: { invoiceId: string; onDone: () => void }) {
  const { t } = useTexts();
  const say = useToast();
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [busy, resend] = useAction(ResendInvoiceDocument);
  const send = async () => {
    const answer = await resend({ input: { idempotencyKey: key, invoiceId } });
    const refused = refusalOf(answer, answer.data?.resendInvoice);
    if (answer.data) setKey(crypto.randomUUID());
    say(refused ? { text: t(errorKey(refused.code)), tone: "warn" } : { text: t("invoice.resent"), tone: "good" });
    onDone();
  };
  return <Button icon="mail" busy={busy} onClick={() => void send()}>{t("invoice.resend")}</Button>;
}
