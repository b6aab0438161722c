import {
  DeliveryFieldsFragmentDoc,
  FailureFieldsFragmentDoc,
  InvoiceCardFragmentDoc,
  PaymentStateFragmentDoc,
} from "@paidup/contract/generated/graphql";
import { readFragment } from "@paidup/contract/generated/fragment-masking";
import { useRef } from "react";
import { type BillingEvent, useEvents } from "../api/events.tsx";
import { useViewer } from "../api/viewer.tsx";
import { type Texts, useTexts } from "../i18n/index.tsx";
import { type Toast, useToast } from "../ui/toasts.tsx";

/** What changed just now, as a sentence each. */
export function News() {
  const texts = useTexts();
  const say = useToast();
  const { refresh } = useViewer();
  const told = useRef(new Map<string, string>());
  const failed = useRef(new Map<string, () => void>());
  useEvents((event) => {
    if (event.__typename === "InvoiceStatusChanged") refresh();
    const payment =
      event.__typename === "PaymentStatusChanged" ? readFragment(PaymentStateFragmentDoc, event.payment).id : "";
    // However it goes on, that it failed before is no news any more.
    failed.current.get(payment)?.();
    const toast = toastOf(event, texts);
    if (toast === null) return;
    const subject = subjectOf(event);
    if (told.current.get(subject) === toast.text) return;
    told.current.set(subject, toast.text);
    const takeBack = say(toast);
    if (payment) failed.current.set(payment, takeBack);
  });
  return null;
}

function subjectOf(event: BillingEvent): string {
  if (event.__typename === "InvoiceStatusChanged")
    return readFragment(InvoiceCardFragmentDoc, event.invoice).id;
  return event.cursor;
}

const GOOD = new Set(["PAID"]);
const BAD = new Set(["OVERDUE", "DISPUTED"]);

function toastOf(event: BillingEvent, { t }: Texts): Toast | null {
  switch (event.__typename) {
    case "InvoiceIssued":
      return { text: t("toast.issued", { number: readFragment(InvoiceCardFragmentDoc, event.invoice).number ?? "" }) };
    case "InvoiceStatusChanged": {
      const { number } = readFragment(InvoiceCardFragmentDoc, event.invoice);
      const status = event.displayStatus;
      const tone = GOOD.has(status) ? "good" : BAD.has(status) ? "warn" : "info";
      return { text: t(`toast.status.${status}`, { number: number ?? "" }), tone };
    }
    case "PaymentStatusChanged": {
      if (event.failureCode === null || event.failureCode === undefined) return null;
      const { failure } = readFragment(PaymentStateFragmentDoc, event.payment);
      const shown = readFragment(FailureFieldsFragmentDoc, failure);
      return shown ? { text: t("toast.declined", { help: t(`next.${shown.nextAction}`) }), tone: "warn" } : null;
    }
    case "DeliveryStateChanged": {
      if (event.deliveryState !== "BOUNCED") return null;
      const { recipient } = readFragment(DeliveryFieldsFragmentDoc, event.delivery);
      return { text: t("toast.bounced", { recipient }), tone: "warn" };
    }
    case "SupportCaseChanged":
      return event.caseStatus === "OPEN"
        ? { text: t("toast.caseOpened") }
        : { text: t("toast.caseResolved"), tone: "good" };
    default:
      return null;
  }
}
