import {
  CheckoutStateFragmentDoc,
  GatewayUnavailableFieldsFragmentDoc,
  type InvoiceCardFragment,
  MoneyFieldsFragmentDoc,
  PaymentLinkFieldsFragmentDoc,
  QuoteFieldsFragmentDoc,
  StartCheckoutDocument,
  type StartCheckoutMutation,
  UserErrorFieldsFragmentDoc,
} from "@paidup/contract/generated/graphql";
import { readFragment } from "@paidup/contract/generated/fragment-masking";
import { type RefObject, useState } from "react";
import { useAction } from "../../api/hooks.ts";
import { useViewer } from "../../api/viewer.tsx";
import { useTexts } from "../../i18n/index.tsx";
import { sum } from "../../money.ts";
import { Button, CopyField, errorKey, Notice } from "../../ui/basics.tsx";
import { useToast } from "../../ui/toasts.tsx";
import type { FlowProps } from "./flow.tsx";
import { type KeptLink, keepLink, linkOf, openWindow, prefersRedirect, returnAddress } from "./order.ts";
import { Summary } from "./summary.tsx";

type Result = StartCheckoutMutation["startCheckout"];
type Trouble = { code: string; retryAt?: string };

/** What is about to be paid, and the button that opens the card page. */
export function Start({ shown, orderKey, place, card, onCheckout, onRestart, onStale }: FlowProps & {
  shown: InvoiceCardFragment[];
  card: RefObject<Window | null>;
  onStale: () => void;
}) {
  const { t, money } = useTexts();
  const { mayPay } = useViewer();
  const say = useToast();
  const [busy, start] = useAction(StartCheckoutDocument);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [link, setLink] = useState<KeptLink | null>(() => linkOf(orderKey));

  const payable = shown.filter((one) => one.isPayable);
  const due = sum(payable.map((one) => readFragment(MoneyFieldsFragmentDoc, one.amountDue)));
  const quotes = payable.map((one) => readFragment(QuoteFieldsFragmentDoc, one.chargeEstimate));
  const charged = quotes.every((one) => one !== null && one !== undefined)
    ? sum(quotes.map((one) => readFragment(MoneyFieldsFragmentDoc, one.charged)))
    : null;

  const pay = async () => {
    // Nothing may come between the click and this: a window that opens later is blocked.
    const redirect = prefersRedirect();
    const opened = redirect ? null : openWindow(t("pay.opening"), t("pay.openingText"));
    card.current = opened;
    const ids = payable.map((one) => one.id);
    const { data, fault } = await start({
      input: {
        idempotencyKey: orderKey,
        invoiceIds: ids,
        successUrl: returnAddress(place, orderKey, ids, false),
        cancelUrl: returnAddress(place, orderKey, ids, true),
      },
    });
    const went = data ? take(data.startCheckout) : fail({ code: fault.code });
    if (went === null) {
      opened?.close();
      card.current = null;
    } else if (opened && !opened.closed) opened.location.replace(went);
    else location.assign(went);
  };

  const fail = (found: Trouble): null => {
    setTrouble(found);
    return null;
  };

  /** Where to go on; null when there is nowhere to go. */
  const take = (result: Result): string | null => {
    if (result.__typename === "StartCheckoutSuccess") {
      const session = readFragment(CheckoutStateFragmentDoc, result.checkoutSession);
      if (result.replayed && session.status === "OPEN") say({ text: t("pay.otherTab") });
      onCheckout(session.id);
      return session.url ?? null;
    }
    const { code } = readFragment(UserErrorFieldsFragmentDoc, result);
    if (result.__typename === "GatewayUnavailableError") {
      const down = readFragment(GatewayUnavailableFieldsFragmentDoc, result);
      const made = readFragment(PaymentLinkFieldsFragmentDoc, down.paymentLink);
      if (made?.url) {
        const shownLink = { url: made.url, expiresAt: made.expiresAt };
        keepLink(orderKey, shownLink);
        setLink(shownLink);
      }
      return fail({ code, retryAt: down.retryAt });
    }
    if (result.__typename === "IdempotencyConflictError" || result.__typename === "CheckoutRefusedError") {
      setTrouble({ code });
      if (result.__typename === "IdempotencyConflictError") onRestart();
      return null;
    }
    onStale();
    return fail({ code });
  };

  return (
    <div className="pay">
      <Summary invoices={shown} due={due} charged={charged} />
      <div className="pay-card" aria-live="polite">
        {payable.length === 0 && <NothingDue invoices={shown} />}
        {payable.length > 0 && !mayPay && <Notice tone="warn">{t("pay.forbidden")}</Notice>}
        {payable.length > 0 && mayPay && due === null && <Notice tone="warn">{t("pay.mixed")}</Notice>}
        {trouble && <Trouble trouble={trouble} />}
        {link && <LaterLink link={link} />}
        {payable.length > 0 && mayPay && due && (
          <>
            <Button look="primary" className="large" icon="card" busy={busy} onClick={() => void pay()}>
              {t("pay.start", { amount: money(due) })}
            </Button>
            <p className="quiet-text">{t(prefersRedirect() ? "pay.opensHere" : "pay.opensWindow")}</p>
          </>
        )}
      </div>
    </div>
  );
}

function NothingDue({ invoices }: { invoices: InvoiceCardFragment[] }) {
  const { t } = useTexts();
  return (
    <Notice title={t("pay.notPayable")}>
      {invoices.map((one) => (
        <p key={one.id}>
          {t("pay.notPayableText", { number: one.number ?? "", status: t(`status.${one.displayStatus}`) })}
        </p>
      ))}
    </Notice>
  );
}

function Trouble({ trouble: { code, retryAt } }: { trouble: Trouble }) {
  const { t, clock } = useTexts();
  if (retryAt) {
    return (
      <Notice tone="warn" role="alert" title={t("pay.downTitle")}>
        {t("pay.downText", { time: clock(retryAt) })}
      </Notice>
    );
  }
  return <Notice tone="bad" role="alert">{t(errorKey(code))}</Notice>;
}

function LaterLink({ link }: { link: KeptLink }) {
  const { t, moment } = useTexts();
  return (
    <Notice
      title={t("pay.linkTitle")}
      actions={<a className="button quiet" href={link.url} target="_blank" rel="noopener">{t("pay.openLink")}</a>}
    >
      <p>{t("pay.linkText", { time: moment(link.expiresAt) })}</p>
      <CopyField label={t("pay.linkLabel")} value={link.url} />
    </Notice>
  );
}
