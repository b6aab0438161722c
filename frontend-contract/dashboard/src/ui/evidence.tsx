import { EvidenceFieldsFragmentDoc, MoneyFieldsFragmentDoc } from "@paidup/contract/generated/graphql";
import { type FragmentType, readFragment } from "@paidup/contract/generated/fragment-masking";
import { useTexts } from "../i18n/index.tsx";

const BAD = new Set(["DECLINED", "SEEN_FAILED", "GATEWAY_SILENT", "GATEWAY_REFUSED", "MISMATCH", "REFUND_FAILED", "DISPUTE_OPENED", "DISPUTE_LOST"]);
const GOOD = new Set(["SEEN_PAID", "PAID_OFFLINE", "CASE_RESOLVED", "DISPUTE_WON", "REFUND_SUCCEEDED"]);

/** What was seen and done, oldest first: why something shows what it shows. */
export function Evidence({ pieces, none }: {
  pieces: readonly FragmentType<typeof EvidenceFieldsFragmentDoc>[];
  /** What there is to say where nothing was seen. */
  none: string;
}) {
  const { t, has, moment, money } = useTexts();
  if (pieces.length === 0) return <p className="card padded quiet-text">{none}</p>;
  return (
    <ol className="card timeline">
      {readFragment(EvidenceFieldsFragmentDoc, pieces).map((piece, at) => {
        const fact = `fact.${piece.fact}`;
        const reason = `reason.${piece.note}`;
        const source = `source.${piece.source}`;
        const amount = readFragment(MoneyFieldsFragmentDoc, piece.amount);
        const expected = readFragment(MoneyFieldsFragmentDoc, piece.expected);
        return (
          <li key={at} className={BAD.has(piece.fact) ? "bad" : GOOD.has(piece.fact) ? "good" : undefined}>
            <p>
              <span className="fact">{has(fact) ? t(fact) : piece.message}</span>
              {amount && <> · <bdi className="amount">{money(amount)}</bdi></>}
              {expected && piece.matches === false && <> ({t("invoice.expected", { amount: money(expected) })})</>}
            </p>
            {piece.note && <p><bdi>{has(reason) ? t(reason) : piece.note}</bdi></p>}
            <p className="when">
              <time dateTime={piece.at}>{moment(piece.at)}</time> · {has(source) ? t(source) : piece.source}
              {piece.reference && <> · <bdi dir="ltr">{piece.reference}</bdi></>}
            </p>
          </li>
        );
      })}
    </ol>
  );
}
