import {
  AddBillingContactDocument,
  BillingContactsDocument,
  ContactFieldsFragmentDoc,
  type ContactFieldsFragment,
  RemoveBillingContactDocument,
  UpdateBillingContactDocument,
} from "@paidup/contract/generated/graphql";
import { readFragment } from "@paidup/contract/generated/fragment-masking";
import { type FormEvent, type ReactNode, useState } from "react";
import { useEvents } from "../api/events.tsx";
import { useAction, useData } from "../api/hooks.ts";
import { useViewer } from "../api/viewer.tsx";
import { LANGUAGES, useTexts } from "../i18n/index.tsx";
import { Refused, refusalOf, type Refusal } from "../ui/action.tsx";
import { Badge, Bones, Button, Empty, Field, LoadFault, Notice, Page } from "../ui/basics.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { useToast } from "../ui/toasts.tsx";

type Open = { kind: "add" } | { kind: "edit" | "remove"; contact: ContactFieldsFragment } | null;

/** Who receives the invoices. */
export function ContactsScreen() {
  const { t } = useTexts();
  const { mayPay } = useViewer();
  const { data, fault, loading, refresh } = useData(BillingContactsDocument, {});
  const [open, setOpen] = useState<Open>(null);
  useEvents((event) => {
    if (event.__typename === "BillingContactChanged") refresh();
  });
  const account = data?.viewer.account;
  const contacts = readFragment(ContactFieldsFragmentDoc, account?.billingContacts) ?? [];
  const close = () => {
    setOpen(null);
    refresh();
  };
  return (
    <Page
      narrow
      title={t("contacts.title")}
      intro={account ? t("contacts.intro", { email: account.email }) : " "}
      actions={mayPay && <Button look="primary" icon="plus" onClick={() => setOpen({ kind: "add" })}>{t("contacts.add")}</Button>}
    >
      {!mayPay && <p className="quiet-text">{t("contacts.readOnly")}</p>}
      {loading && <div className="card padded"><Bones lines={4} /></div>}
      {fault && !data && <LoadFault code={fault.code} onRetry={refresh} />}
      {account && contacts.length === 0 && (
        <div className="card"><Empty title={t("contacts.empty")}>{t("contacts.emptyText")}</Empty></div>
      )}
      {contacts.length > 0 && (
        <ul className="card rows">
          {contacts.map((one) => (
            <ContactRow key={one.id} contact={one} onOpen={(kind) => setOpen({ kind, contact: one })} />
          ))}
        </ul>
      )}
      {open?.kind === "add" && <AddDialog onClose={close} />}
      {open?.kind === "edit" && <EditDialog contact={open.contact} contacts={contacts} refresh={refresh} onClose={close} />}
      {open?.kind === "remove" && <RemoveDialog contact={open.contact} onClose={close} />}
    </Page>
  );
}

function ContactRow({ contact, onOpen }: { contact: ContactFieldsFragment; onOpen: (kind: "edit" | "remove") => void }) {
  const { t } = useTexts();
  const { mayPay } = useViewer();
  const bounces = contact.status === "BOUNCING";
  return (
    <li>
      <div className="row-main">
        <p className="row-title">
          <bdi>{contact.name}</bdi> {bounces && <Badge tone="bad">{t("contacts.bouncing")}</Badge>}
        </p>
        <p className="row-sub"><bdi dir="ltr">{contact.email}</bdi></p>
        {bounces && <p className="row-sub">{t("contacts.bouncingText")}</p>}
      </div>
      {mayPay && (
        <div className="row-side">
          <Button onClick={() => onOpen("edit")} aria-label={`${t("common.edit")}: ${contact.name}`}>{t("common.edit")}</Button>
          <Button look="plain" onClick={() => onOpen("remove")} aria-label={`${t("common.remove")}: ${contact.name}`}>
            {t("common.remove")}
          </Button>
        </div>
      )}
    </li>
  );
}

interface Typed {
  name: string;
  email: string;
  locale: string | null;
}

function typedIn(form: HTMLFormElement): Typed {
  const fields = new FormData(form);
  return {
    name: String(fields.get("name")).trim(),
    email: String(fields.get("email")).trim(),
    locale: String(fields.get("locale")) || null,
  };
}

function ContactForm({ contact, refusal, busy, label, onSend, onClose, children }: {
  contact?: Typed;
  refusal: Refusal | null;
  busy: boolean;
  label: string;
  onSend: (typed: Typed) => void;
  onClose: () => void;
  children?: ReactNode;
}) {
  const { t } = useTexts();
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!busy) onSend(typedIn(event.currentTarget));
  };
  return (
    <form className="form" onSubmit={send}>
      <Field label={t("contacts.name")} error={refusal?.fields["name"]}>
        {(props) => <input {...props} name="name" required maxLength={200} autoComplete="name" defaultValue={contact?.name} autoFocus />}
      </Field>
      <Field label={t("contacts.email")} error={refusal?.fields["email"]}>
        {(props) => <input {...props} name="email" type="email" required autoComplete="email" dir="ltr" defaultValue={contact?.email} />}
      </Field>
      <Field label={t("contacts.language")} error={refusal?.fields["locale"]}>
        {(props) => (
          <select {...props} name="locale" defaultValue={contact?.locale ?? ""}>
            <option value="">{t("contacts.languageDefault")}</option>
            {contact?.locale && !(contact.locale in LANGUAGES) && <option>{contact.locale}</option>}
            {Object.entries(LANGUAGES).map(([tag, name]) => <option key={tag} value={tag} lang={tag}>{name}</option>)}
          </select>
        )}
      </Field>
      {children || <Refused refusal={refusal} />}
      <div className="form-actions">
        <Button look="plain" onClick={onClose}>{t("common.cancel")}</Button>
        <Button look="primary" type="submit" busy={busy}>{label}</Button>
      </div>
    </form>
  );
}

function AddDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTexts();
  const say = useToast();
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [busy, add] = useAction(AddBillingContactDocument);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const send = async (typed: Typed) => {
    const answer = await add({ input: { idempotencyKey: key, ...typed } });
    const refused = refusalOf(answer, answer.data?.addBillingContact);
    setRefusal(refused);
    // A refused input was not kept under this key, a lost answer may have been.
    if (answer.data) setKey(crypto.randomUUID());
    if (refused) return;
    say({ text: t("contacts.added", { name: typed.name }), tone: "good" });
    onClose();
  };
  return (
    <Dialog title={t("contacts.add")} onClose={onClose}>
      <ContactForm refusal={refusal} busy={busy} label={t("contacts.add")} onSend={(typed) => void send(typed)} onClose={onClose} />
    </Dialog>
  );
}

/** Somebody else may have changed it meanwhile: then both are shown, and this person decides. */
function EditDialog({ contact, contacts, refresh, onClose }: {
  contact: ContactFieldsFragment;
  contacts: readonly ContactFieldsFragment[];
  refresh: () => void;
  onClose: () => void;
}) {
  const { t } = useTexts();
  const say = useToast();
  const [version, setVersion] = useState(contact.version);
  const [start, setStart] = useState<Typed>(() => ({ ...contact, locale: contact.locale ?? null }));
  const [busy, update] = useAction(UpdateBillingContactDocument);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const newest = contacts.find((one) => one.id === contact.id);
  const isStale = refusal?.code === "STALE_VERSION";
  const send = async (typed: Typed) => {
    const answer = await update({ input: { billingContactId: contact.id, expectedVersion: version, ...typed } });
    const result = answer.data?.updateBillingContact;
    const refused = refusalOf(answer, result);
    setRefusal(refused);
    if (result?.__typename === "StaleVersionError") {
      setVersion(result.currentVersion);
      refresh();
    }
    if (refused) return;
    say({ text: t("contacts.saved"), tone: "good" });
    onClose();
  };
  const takeTheirs = () => {
    if (!newest) return;
    setStart({ ...newest, locale: newest.locale ?? null });
    setRefusal(null);
  };
  return (
    <Dialog title={t("contacts.edit")} onClose={onClose}>
      <ContactForm
        key={`${start.name} ${start.email}`}
        contact={start}
        refusal={refusal}
        busy={busy}
        label={isStale ? t("contacts.staleSave") : t("common.save")}
        onSend={(typed) => void send(typed)}
        onClose={onClose}
      >
        {isStale && newest && (
          <Notice tone="warn" role="alert" actions={<Button onClick={takeTheirs}>{t("contacts.staleTake")}</Button>}>
            <p>{t("contacts.stale")}</p>
            <p><strong><bdi>{newest.name}</bdi></strong> · <bdi dir="ltr">{newest.email}</bdi></p>
          </Notice>
        )}
      </ContactForm>
    </Dialog>
  );
}

function RemoveDialog({ contact, onClose }: { contact: ContactFieldsFragment; onClose: () => void }) {
  const { t } = useTexts();
  const say = useToast();
  const [busy, remove] = useAction(RemoveBillingContactDocument);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const send = async () => {
    const answer = await remove({ input: { billingContactId: contact.id } });
    const refused = refusalOf(answer, answer.data?.removeBillingContact);
    setRefusal(refused);
    if (refused && refused.code !== "NOT_FOUND") return;
    say({ text: t("contacts.removed", { name: contact.name }), tone: "good" });
    onClose();
  };
  return (
    <Dialog title={t("contacts.removeTitle", { name: contact.name })} onClose={onClose}>
      <p>{t("contacts.removeText", { email: contact.email })}</p>
      <Refused refusal={refusal} />
      <div className="form-actions">
        <Button look="plain" onClick={onClose}>{t("common.cancel")}</Button>
        <Button look="danger" busy={busy} onClick={() => void send()}>{t("common.remove")}</Button>
      </div>
    </Dialog>
  );
}
