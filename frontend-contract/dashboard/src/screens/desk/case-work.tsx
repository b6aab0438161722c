import {
  CandidateFieldsFragmentDoc,
  type CandidateFieldsFragment,
  type CaseCardFragment,
  type CaseDetailsFragment,
  ResolveSupportCaseDocument,
  SettleClaimDocument,
} from "@paidup/contract/generated/graphql";
import { readFragment } from "@paidup/contract/generated/fragment-masking";
import { type FormEvent, type ReactNode, useState } from "react";
import { useAction } from "../../api/hooks.ts";
import { useTexts } from "../../i18n/index.tsx";
import { Refused, refusalOf, type Refusal } from "../../ui/action.tsx";
import { Amount, Button, Field, Section } from "../../ui/basics.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { useToast } from "../../ui/toasts.tsx";

/** What staff does about an open case: say which payment it was, or close it. */
export function CaseWork({ of, card, onChange }: {
  of: CaseDetailsFragment;
  card: CaseCardFragment;
  onChange: () => void;
}) {
  const { t, moment } = useTexts();
  const [settling, setSettling] = useState<CandidateFieldsFragment | null>(null);
  const [isClosing, setClosing] = useState(false);
  const candidates = readFragment(CandidateFieldsFragmentDoc, of.candidates);
  return (
    <Section
      title={t("desk.candidates")}
      actions={<Button onClick={() => setClosing(true)}>{t("desk.resolve")}</Button>}
    >
      {candidates.length === 0 ? (
        <p className="card padded quiet-text">{t("desk.noCandidates")}</p>
      ) : (
        <ul className="card rows">
          {candidates.map((one) => (
            <li key={one.id}>
              <div className="row-main">
                <p className="row-title"><Amount of={one.amount} /> · {moment(one.capturedAt)}</p>
                <p className="row-sub">
                  {one.gateway} · <bdi dir="ltr">{one.transactionId}</bdi>
                  {one.payerEmail && <> · <bdi dir="ltr">{one.payerEmail}</bdi></>}
                </p>
              </div>
              <div className="row-side">
                <Button look="primary" onClick={() => setSettling(one)}>{t("desk.settle")}</Button>
              </div>
            </li>
          ))}
        </ul>
      )}
      {settling && (
        <SettleDialog caseId={card.id} candidate={settling} onClose={() => setSettling(null)} onDone={onChange} />
      )}
      {isClosing && <ResolveDialog caseId={card.id} onClose={() => setClosing(false)} onDone={onChange} />}
    </Section>
  );
}

interface DialogProps {
  caseId: string;
  onClose: () => void;
  onDone: () => void;
}

function SettleDialog({ caseId, candidate, onClose, onDone }: DialogProps & { candidate: CandidateFieldsFragment }) {
  const { t } = useTexts();
  const say = useToast();
  const [busy, settle] = useAction(SettleClaimDocument);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const send = async (resolution: string) => {
    const answer = await settle({
      input: { supportCaseId: caseId, candidateId: candidate.id, resolution },
    });
    const refused = refusalOf(answer, answer.data?.settleClaim);
    setRefusal(refused);
    onDone();
    if (refused) return;
    say({ text: t("desk.settled"), tone: "good" });
    onClose();
  };
  return (
    <ResolutionDialog
      title={t("desk.settleTitle")}
      label={t("desk.settle")}
      busy={busy}
      refusal={refusal}
      onSend={(resolution) => void send(resolution)}
      onClose={onClose}
    >
      <p><strong><Amount of={candidate.amount} /></strong> · <bdi dir="ltr">{candidate.transactionId}</bdi></p>
    </ResolutionDialog>
  );
}

function ResolveDialog({ caseId, onClose, onDone }: DialogProps) {
  const { t } = useTexts();
  const say = useToast();
  const [busy, resolve] = useAction(ResolveSupportCaseDocument);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const send = async (resolution: string) => {
    const answer = await resolve({ input: { supportCaseId: caseId, resolution } });
    const refused = refusalOf(answer, answer.data?.resolveSupportCase);
    setRefusal(refused);
    onDone();
    if (refused) return;
    say({ text: t("desk.resolved"), tone: "good" });
    onClose();
  };
  return (
    <ResolutionDialog
      title={t("desk.resolveTitle")}
      label={t("desk.resolveTitle")}
      busy={busy}
      refusal={refusal}
      onSend={(resolution) => void send(resolution)}
      onClose={onClose}
    />
  );
}

function ResolutionDialog({ title, label, busy, refusal, onSend, onClose, children }: {
  title: string;
  label: string;
  busy: boolean;
  refusal: Refusal | null;
  onSend: (resolution: string) => void;
  onClose: () => void;
  children?: ReactNode;
}) {
  const { t } = useTexts();
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!busy) onSend(String(new FormData(event.currentTarget).get("resolution")).trim());
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="form" onSubmit={send}>
        {children}
        <Field label={t("desk.resolution")} help={t("desk.resolutionHelp")}>
          {(props) => <input {...props} name="resolution" required maxLength={300} autoComplete="off" autoFocus />}
        </Field>
        <Refused refusal={refusal} />
        <div className="form-actions">
          <Button look="plain" onClick={onClose}>{t("common.cancel")}</Button>
          <Button look="primary" type="submit" busy={busy}>{label}</Button>
        </div>
      </form>
    </Dialog>
  );
}
