import {
  CheckoutEventsDocument,
  CheckoutSessionDocument,
  CheckoutStateFragmentDoc,
  type CheckoutStateFragment,
  ConfirmCheckoutDocument,
  FailureFieldsFragmentDoc,
  MoneyFieldsFragmentDoc,
  QuoteFieldsFragmentDoc,
} from "@paidup/contract/generated/graphql";
import { readFragment } from "@paidup/contract/generated/fragment-masking";
import { type ReactNode, type RefObject, useCallback, useEffect, useRef, useState } from "react";
import { useApi } from "../../api/context.tsx";
import { operation } from "../../api/documents.ts";
import { useAction, useData } from "../../api/hooks.ts";
import { useTexts } from "../../i18n/index.tsx";
import { Bones, Button, Empty, LoadFault, Notice } from "../../ui/basics.tsx";
import { Icon, type IconName } from "../../ui/icons.tsx";
import { failureText } from "./failures.ts";
import type { FlowProps } from "./flow.tsx";
import { announce, hear, openWindow, prefersRedirect } from "./order.ts";
import { ProgressText } from "./progress.tsx";
import { Summary } from "./summary.tsx";

const LOOK_MS = 400;
const RETURN_S = 8;

type Props = FlowProps & { checkout: string; card: RefObject<Window | null> };

/** One checkout, followed until it is over: by its events, and by what the other window tells. */
export function Following(props: Props) {
  const { t } = useTexts();
  const { data, fault, loading, refresh } = useCheckout(props.checkout);
  const [checking, confirm] = useConfirm(props.checkout, refresh);
  const isClosed = useCardWindow(props, confirm);
  if (loading) return <div className="pay-card"><Bones lines={5} /></div>;
  if (fault && !data) return <LoadFault code={fault.code} onRetry={refresh} />;
  const session = readFragment(CheckoutStateFragmentDoc, data?.checkoutSession);
  if (!session) {
    return (
      <Empty title={t("pay.goneTitle")} action={<Button onClick={props.onDone}>{t("pay.toInvoices")}</Button>}>
        {t("pay.goneText")}
      </Empty>
    );
  }
  return (
    <div className="pay">
      <Summary
        invoices={session.invoices}
        due={readFragment(MoneyFieldsFragmentDoc, session.amount)}
        charged={null}
        locked={readFragment(QuoteFieldsFragmentDoc, session.quote)}
        status={session.status}
      />
      <div className="pay-card" aria-live="polite" data-status={session.status}>
        <State {...props} session={session} isClosed={isClosed} checking={checking} confirm={confirm} />
      </div>
    </div>
  );
}

function useCheckout(id: string) {
  const { client } = useApi();
  const asked = useData(CheckoutSessionDocument, { id });
  const { refresh } = asked;
  useEffect(() => {
    const stream = client.subscription(operation(CheckoutEventsDocument), { checkoutSessionId: id });
    // What an event nests is in the cache by now; how the checkout stands is asked for.
    const { unsubscribe } = stream.subscribe(() => refresh());
    return unsubscribe;
  }, [client, id, refresh]);
  return asked;
}

/** Have the gateway asked now. */
function useConfirm(checkoutSessionId: string, refresh: () => void): [boolean, () => void] {
  const [busy, run] = useAction(ConfirmCheckoutDocument);
  const confirm = useCallback(async () => {
    await run({ input: { checkoutSessionId } });
    refresh();
  }, [run, checkoutSessionId, refresh]);
  return [busy, () => void confirm()];
}

/** Whether the window with the card page was closed. It closes by itself when the payer is back. */
function useCardWindow({ card, orderKey }: Props, confirm: () => void): boolean {
  const [isClosed, setClosed] = useState(card.current === null);
  const latest = useRef(confirm);
  useEffect(() => {
    latest.current = confirm;
  });
  useEffect(
    () =>
      hear(orderKey, "returned", () => {
        announce({ kind: "noticed", key: orderKey });
        card.current?.close();
        latest.current();
      }),
    [orderKey, card],
  );
  useEffect(() => {
    const look = setInterval(() => {
      const opened = card.current;
      if (opened === null) return;
      setClosed(opened.closed);
      if (!opened.closed) return;
      card.current = null;
      latest.current();
    }, LOOK_MS);
    return () => clearInterval(look);
  }, [card]);
  return isClosed;
}

interface StateProps extends Props {
  session: CheckoutStateFragment;
  isClosed: boolean;
  checking: boolean;
  confirm: () => void;
}

function State(props: StateProps) {
  const { t } = useTexts();
  const { session, onRestart } = props;
  switch (session.status) {
    case "OPEN":
      return <Waiting {...props} />;
    case "PROCESSING":
      return (
        <Said icon="clock" tone="info" title={t("pay.processingTitle")}>
          <ProgressText of={session.progress ?? null} />
          <Button onClick={props.onDone}>{t("pay.toInvoices")}</Button>
        </Said>
      );
    case "COMPLETE":
      return <Complete {...props} />;
    default: {
      const expired = session.status === "EXPIRED";
      const failure = readFragment(FailureFieldsFragmentDoc, session.payment.failure);
      return (
        <Said icon="warning" tone="warn" title={t(expired ? "pay.expiredTitle" : "pay.failedTitle")}>
          {failure && !expired && <Failure failure={failure} />}
          <p>{t(expired ? "pay.expiredText" : "pay.failedText")}</p>
          <Button look="primary" onClick={onRestart}>{t("pay.again")}</Button>
        </Said>
      );
    }
  }
}

function Waiting({ session, isClosed, card, checking, confirm }: StateProps) {
  const { t } = useTexts();
  const failure = readFragment(FailureFieldsFragmentDoc, session.payment.failure);
  const redirect = prefersRedirect();
  const reopen = () => {
    if (!session.url) return;
    const opened = redirect ? null : openWindow(t("pay.opening"), t("pay.openingText"));
    card.current = opened;
    if (opened) {
      opened.location.replace(session.url);
      opened.focus();
    } else location.assign(session.url);
  };
  const title = failure ? "pay.declinedTitle" : isClosed ? "pay.closedTitle" : "pay.waitingTitle";
  return (
    <Said icon={failure ? "warning" : "clock"} tone={failure ? "warn" : "info"} title={t(title)}>
      {failure && <Failure failure={failure} />}
      {!failure && <p>{t(isClosed ? "pay.closedText" : "pay.waitingText")}</p>}
      <ProgressText of={session.progress ?? null} />
      {session.url && (
        <div className="row">
          <Button look={isClosed || failure ? "primary" : "quiet"} onClick={reopen}>{t("pay.reopen")}</Button>
          {!redirect && <a className="button plain" href={session.url}>{t("pay.here")}</a>}
          <Button look="plain" busy={checking} onClick={confirm}>{t("pay.confirm")}</Button>
        </div>
      )}
    </Said>
  );
}

function Failure({ failure }: { failure: { code: string; message: string; nextAction: string } }) {
  const texts = useTexts();
  const { reason, help } = failureText(failure, texts);
  return (
    <Notice tone="bad" role="alert" title={reason}>
      {help}
    </Notice>
  );
}

function Complete({ session, onDone, onPaid }: StateProps) {
  const { t, money } = useTexts();
  const [left, setLeft] = useState<number | null>(RETURN_S);
  const quote = readFragment(QuoteFieldsFragmentDoc, session.quote);
  const done = useRef({ onDone, onPaid });
  useEffect(() => {
    done.current = { onDone, onPaid };
  });
  useEffect(() => done.current.onPaid?.(), []);
  useEffect(() => {
    if (left === null) return;
    if (left === 0) {
      done.current.onDone();
      return;
    }
    const timer = setTimeout(() => setLeft(left - 1), 1_000);
    return () => clearTimeout(timer);
  }, [left]);
  return (
    <Said icon="check" tone="good" title={t("pay.completeTitle")}>
      <p>
        {t("pay.completeText", {
          amount: money(readFragment(MoneyFieldsFragmentDoc, quote.charged)),
          count: session.invoices.length,
        })}
      </p>
      <div className="row">
        <Button look="primary" onClick={onDone}>{t("pay.toInvoices")}</Button>
        {left !== null && <Button look="plain" onClick={() => setLeft(null)}>{t("pay.stay")}</Button>}
      </div>
      <p className="quiet-text one-line" aria-live="off">{left !== null && t("pay.returning", { count: left })}</p>
    </Said>
  );
}

/** How it stands, big. It takes the focus, so that the keyboard is where the news is. */
function Said({ icon, tone, title, children }: {
  icon: IconName;
  tone: "info" | "good" | "warn";
  title: string;
  children: ReactNode;
}) {
  return (
    <div className={`said ${tone}`}>
      <span className="said-mark"><Icon name={icon} /></span>
      <h2>{title}</h2>
      {children}
    </div>
  );
}
