import { DeliveryFieldsFragmentDoc, type DeliveryState } from "@paidup/contract/generated/graphql";
import { type FragmentType, readFragment } from "@paidup/contract/generated/fragment-masking";
import { useTexts } from "../../i18n/index.tsx";
import { Badge } from "../../ui/basics.tsx";

const TONES: Record<DeliveryState, string> = {
  QUEUED: "neutral",
  SENDING: "info",
  SENT: "good",
  BOUNCED: "bad",
  FAILED: "warn",
};

/** Whom the invoice was mailed to, and whether it got there. */
export function Deliveries({ deliveries }: { deliveries: readonly FragmentType<typeof DeliveryFieldsFragmentDoc>[] }) {
  const { t, moment } = useTexts();
  if (deliveries.length === 0) return <p className="card padded quiet-text">{t("invoice.noDeliveries")}</p>;
  return (
    <ul className="card rows">
      {readFragment(DeliveryFieldsFragmentDoc, deliveries).map((one) => (
        <li key={one.id}>
          <div className="row-main">
            <p className="row-title"><bdi dir="ltr">{one.recipient}</bdi></p>
            <p className="row-sub">{moment(one.at)}</p>
            {one.lastError && one.state !== "SENT" && <p className="row-sub"><bdi>{one.lastError}</bdi></p>}
          </div>
          <div className="row-side"><Badge tone={TONES[one.state]}>{t(`delivery.${one.state}`)}</Badge></div>
        </li>
      ))}
    </ul>
  );
}
