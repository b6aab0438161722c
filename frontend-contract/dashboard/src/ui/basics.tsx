import {
  MoneyFieldsFragmentDoc,
  type InvoiceDisplayStatus,
} from "@paidup/contract/generated/graphql";
import { readFragment, type FragmentType } from "@paidup/contract/generated/fragment-masking";
import { type ButtonHTMLAttributes, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { Link, type LinkProps } from "wouter";
import { type Key, useTexts } from "../i18n/index.tsx";
import { Icon, type IconName } from "./icons.tsx";

type Look = "primary" | "quiet" | "plain" | "danger";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  busy?: boolean;
  icon?: IconName;
}

export function Button({ look = "quiet", busy = false, icon, children, className = "", ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={`button ${look} ${className}`}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : rest.onClick}
    >
      {icon && <Icon name={icon} />}
      <span className="button-text">{children}</span>
      {busy && <span className="spinner" aria-hidden="true" />}
    </button>
  );
}

export function ButtonLink({ look = "quiet", className = "", ...rest }: LinkProps & { look?: Look }) {
  return <Link {...rest} className={`button ${look} ${className}`} />;
}

const TONES: Record<InvoiceDisplayStatus, string> = {
  DUE: "neutral",
  OVERDUE: "bad",
  PROCESSING: "info",
  PARTIALLY_PAID: "warn",
  PAID: "good",
  REFUNDED: "muted",
  DISPUTED: "warn",
  VOID: "muted",
  UNCOLLECTIBLE: "muted",
};

export function StatusBadge({ status }: { status: InvoiceDisplayStatus }) {
  const { t } = useTexts();
  return <Badge tone={TONES[status]}>{t(`status.${status}`)}</Badge>;
}

export function Badge({ tone, children }: { tone: string; children: ReactNode }) {
  return (
    <span className={`badge ${tone}`}>
      <span className="dot" aria-hidden="true" />
      {children}
    </span>
  );
}

/** An amount as the reader's locale writes it; exact, as it is never calculated with here. */
export function Amount({ of }: { of: FragmentType<typeof MoneyFieldsFragmentDoc> }) {
  const { money } = useTexts();
  return <bdi className="amount">{money(readFragment(MoneyFieldsFragmentDoc, of))}</bdi>;
}

/** The head of a screen. It takes the focus when the screen is gone to, as a new page would. */
export function Page({ title, back, actions, intro, children, narrow = false }: {
  title: string;
  back?: { href: string; label: string };
  actions?: ReactNode;
  intro?: ReactNode;
  children: ReactNode;
  narrow?: boolean;
}) {
  const { t } = useTexts();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (arrivals.count > 0) heading.current?.focus({ preventScroll: true });
    arrivals.count += 1;
  }, []);
  useEffect(() => {
    if (heading.current?.getRootNode() === document) document.title = `${title} · ${t("app.name")}`;
  }, [title, t]);
  return (
    <div className={narrow ? "page narrow" : "page"}>
      <header className="page-head">
        {back && (
          <Link href={back.href} className="back-link">
            <Icon name="back" className="directed" />
            {back.label}
          </Link>
        )}
        <div className="page-title">
          <h1 ref={heading} tabIndex={-1}>{title}</h1>
          {actions && <div className="page-actions">{actions}</div>}
        </div>
        {intro && <p className="intro">{intro}</p>}
      </header>
      {children}
    </div>
  );
}
/** The first screen leaves the focus where the browser put it. */
const arrivals = { count: 0 };

export function Section({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section className="section" aria-labelledby={id}>
      <div className="section-head">
        <h2 id={id}>{title}</h2>
        {actions}
      </div>
      {children}
    </section>
  );
}

export function Facts({ children }: { children: ReactNode }) {
  return <dl className="facts">{children}</dl>;
}

export function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children && <p>{children}</p>}
      {action}
    </div>
  );
}

export function Notice({ tone = "info", title, children, actions, role }: {
  tone?: "info" | "warn" | "bad" | "good";
  title?: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
  role?: "alert" | "status";
}) {
  return (
    <div className={`notice ${tone}`} role={role}>
      <div>
        {title && <p className="notice-title">{title}</p>}
        {children && <div className="notice-text">{children}</div>}
      </div>
      {actions && <div className="notice-actions">{actions}</div>}
    </div>
  );
}

/** Why something could not be shown, with a way on. */
export function LoadFault({ code, onRetry }: { code: string; onRetry: () => void }) {
  const { t } = useTexts();
  return (
    <Notice
      tone="warn"
      role="status"
      title={t("common.failedToLoad")}
      actions={<Button onClick={onRetry}>{t("common.retry")}</Button>}
    >
      {t(errorKey(code))}
    </Notice>
  );
}

export function errorKey(code: string): Key {
  return code in ERRORS ? ERRORS[code as keyof typeof ERRORS] : "error.other";
}
const ERRORS = {
  FORBIDDEN: "error.FORBIDDEN",
  NOT_FOUND: "error.NOT_FOUND",
  INVALID_INPUT: "error.VALIDATION",
  VALIDATION_FAILED: "error.VALIDATION",
  VALIDATION: "error.VALIDATION",
  STALE_VERSION: "error.STALE_VERSION",
  IDEMPOTENCY_CONFLICT: "error.IDEMPOTENCY_CONFLICT",
  INVOICE_NOT_PAYABLE: "error.INVOICE_NOT_PAYABLE",
  GATEWAY_UNAVAILABLE: "error.GATEWAY_UNAVAILABLE",
  GATEWAY_REFUSED: "error.GATEWAY_REFUSED",
  EXCHANGE_RATE_UNAVAILABLE: "error.EXCHANGE_RATE_UNAVAILABLE",
  NETWORK: "error.NETWORK",
  TOO_MANY_REQUESTS: "error.TOO_MANY_REQUESTS",
  TOO_SOON: "error.TOO_SOON",
} as const satisfies Record<string, Key>;

export function Field({ label, help, error, optional = false, children }: {
  label: string;
  help?: string;
  error?: string | undefined;
  optional?: boolean;
  children: (props: { id: string; "aria-describedby"?: string; "aria-invalid"?: true }) => ReactNode;
}) {
  const { t } = useTexts();
  const id = useId();
  const notes = [error && `${id}-error`, help && `${id}-help`].filter(Boolean).join(" ");
  return (
    <div className="field">
      <label htmlFor={id}>
        {label} {optional && <span className="quiet-text">{t("common.optional")}</span>}
      </label>
      {children({
        id,
        ...(notes ? { "aria-describedby": notes } : {}),
        ...(error ? { "aria-invalid": true as const } : {}),
      })}
      {error && <p className="field-error" id={`${id}-error`}>{error}</p>}
      {help && <p className="field-help" id={`${id}-help`}>{help}</p>}
    </div>
  );
}

export function Bone({ width = "100%" }: { width?: string }) {
  return <span className="bone" style={{ inlineSize: width }} />;
}

/** Grey lines where words will be. */
export function Bones({ lines = 3, label }: { lines?: number; label?: string }) {
  const { t } = useTexts();
  return (
    <div className="bones" role="status" aria-label={label ?? t("app.loading")}>
      {Array.from({ length: lines }, (_, at) => <Bone key={at} width={`${88 - ((at * 23) % 45)}%`} />)}
    </div>
  );
}

/** The time now, once a second, while somebody looks. */
export function useNow(everyMs = 1_000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

export function CopyField({ label, value }: { label: string; value: string }) {
  const { t } = useTexts();
  const [copied, setCopied] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const copy = async () => {
    input.current?.select();
    await navigator.clipboard?.writeText(value).catch(() => undefined);
    setCopied(true);
  };
  return (
    <div className="copy-field">
      <input ref={input} aria-label={label} value={value} readOnly dir="ltr" onFocus={(event) => event.target.select()} />
      <Button onClick={copy}>{copied ? t("common.copied") : t("common.copy")}</Button>
    </div>
  );
}
