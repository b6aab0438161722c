import {
  CreatePaymentLinkDocument,
  PaymentLinkFieldsFragmentDoc,
  type PaymentLinkState,
  RevokePaymentLinkDocument,
  StaffInvoiceDocument,
} from "@paidup/contract/generated/graphql";
import { readFragment } from "@paidup/contract/generated/fragment-masking";
import { useMemo, useState } from "react";
import { useAction, useData } from "../../api/hooks.ts";
import { useTexts } from "../../i18n/index.tsx";
import { Refused, refusalOf, type Refusal } from "../../ui/action.tsx";
import { Amount, Badge, Bones, Button, CopyField, Notice, Section } from "../../ui/basics.tsx";
import { useToast } from "../../ui/toasts.tsx";

const TONES: Record<PaymentLinkState, string> = {
  OPEN: "info",
  USED: "good",
  REVOKED: "muted",
  EXPIRED: "muted",
  SETTLED: "muted",
};

/** The payment links of an invoice, for staff: make one, tell it once, end it. */
export function StaffLinks({ invoiceId, isPayable }: { invoiceId: string; isPayable: boolean }) {
  const { t, moment } = useTexts();
  const say = useToast();
  const variables = useMemo(() => ({ by: { id: invoiceId } }), [invoiceId]);
  const { data, refresh } = useData(StaffInvoiceDocument, variables);
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [isMaking, make] = useAction(CreatePaymentLinkDocument);
  const [isEnding, revoke] = useAction(RevokePaymentLinkDocument);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [made, setMade] = useState<string | null>(null);

  const create = async () => {
    const answer = await make({ input: { idempotencyKey: key, invoiceId } });
    const result = answer.data?.createPaymentLink;
    setRefusal(refusalOf(answer, result));
    if (result) setKey(crypto.randomUUID());
    if (result?.__typename === "CreatePaymentLinkSuccess")
      setMade(readFragment(PaymentLinkFieldsFragmentDoc, result.paymentLink).url ?? null);
    refresh();
  };
  const end = async (paymentLinkId: string) => {
    const answer = await revoke({ input: { paymentLinkId } });
    const refused = refusalOf(answer, answer.data?.revokePaymentLink);
    setRefusal(refused);
    if (!refused) {
      say({ text: t("desk.revoked"), tone: "good" });
      setMade(null);
    }
    refresh();
  };

  const links = readFragment(PaymentLinkFieldsFragmentDoc, data?.invoice?.paymentLinks);
  return (
    <Section
      title={t("invoice.links")}
      actions={isPayable && <Button busy={isMaking} icon="plus" onClick={() => void create()}>{t("desk.makeLink")}</Button>}
    >
      <div aria-live="polite">
        <Refused refusal={refusal} />
        {made && (
          <Notice title={t("desk.linkMade")}><CopyField label={t("pay.linkLabel")} value={made} /></Notice>
        )}
      </div>
      {!links && <div className="card padded"><Bones lines={2} /></div>}
      {links?.length === 0 && <p className="card padded quiet-text">{t("desk.noLinks")}</p>}
      {links && links.length > 0 && (
        <ul className="card rows">
          {links.map((one) => (
            <li key={one.id}>
              <div className="row-main">
                <p className="row-title"><Amount of={one.amount} /></p>
                <p className="row-sub">{moment(one.createdAt)} · {t("desk.linkUntil", { time: moment(one.expiresAt) })}</p>
              </div>
              <div className="row-side">
                <Badge tone={TONES[one.state]}>{t(`link.${one.state}`)}</Badge>
                {one.state === "OPEN" && (
                  <Button look="danger" busy={isEnding} onClick={() => void end(one.id)}>{t("desk.revoke")}</Button>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
