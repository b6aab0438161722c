import { type FocusEvent, type PointerEvent, type ReactNode, useId, useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import { useViewer } from "../api/viewer.tsx";
import { isLanguage, LANGUAGES, useTexts } from "../i18n/index.tsx";
import { become, type Settings } from "../session.ts";
import { Icon, type IconName } from "../ui/icons.tsx";
import { type Theme, usePreferences } from "../ui/preferences.tsx";

const CLOSE_MS = 220;
/** A tap also hovers and focuses: what these opened a moment ago, the tap does not close. */
const SAME_GESTURE_MS = 400;
const THEMES: Theme[] = ["auto", "light", "dark"];

/** Opens on hover, on focus and on a tap; closes with Escape, and when it is left. */
export function AccountMenu({ settings }: { settings: Settings }) {
  const { t } = useTexts();
  const viewer = useViewer();
  const id = useId();
  const [open, setOpen] = useState(false);
  const [location] = useLocation();
  const [openedAt, setOpenedAt] = useState(location);
  const trigger = useRef<HTMLButtonElement>(null);
  const closing = useRef<ReturnType<typeof setTimeout>>(undefined);
  const since = useRef(0);
  const isReturning = useRef(false);

  // Wherever a link led: the menu is done.
  if (open && openedAt !== location) setOpen(false);

  const show = () => {
    clearTimeout(closing.current);
    if (open) return;
    since.current = performance.now();
    setOpenedAt(location);
    setOpen(true);
  };
  const hide = () => {
    clearTimeout(closing.current);
    setOpen(false);
  };
  const toggle = () => {
    if (open && performance.now() - since.current > SAME_GESTURE_MS) hide();
    else show();
  };
  const left = (event: PointerEvent) => {
    if (event.pointerType !== "mouse") return;
    closing.current = setTimeout(hide, CLOSE_MS);
  };
  const blurred = (event: FocusEvent) => {
    if (!event.currentTarget.contains(event.relatedTarget)) hide();
  };

  const name = viewer.account?.name ?? viewer.email;
  return (
    <div
      className="account-menu"
      onPointerEnter={(event) => event.pointerType === "mouse" && show()}
      onPointerLeave={left}
      onBlur={blurred}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        hide();
        isReturning.current = true;
        trigger.current?.focus();
        isReturning.current = false;
      }}
    >
      <button
        ref={trigger}
        type="button"
        className="menu-trigger"
        aria-expanded={open}
        aria-controls={id}
        onFocus={(event) => event.target.matches(":focus-visible") && !isReturning.current && show()}
        onClick={toggle}
      >
        <span className="visually-hidden">{t("menu.open")}: </span>
        <span className="avatar" aria-hidden="true">{initials(name)}</span>
        <span className="menu-name" dir="auto">{name}</span>
        <Icon name="chevron" />
      </button>
      <div id={id} className="menu-panel" hidden={!open}>
        <p className="menu-who">
          <bdi>{viewer.email}</bdi>
          <span>{t(`role.${viewer.role}`)}</span>
        </p>
        <nav aria-label={t("menu.open")}>
          <ul>
            {viewer.isStaff ? (
              <Item href="/desk" icon="desk">{t("menu.desk")}</Item>
            ) : (
              <>
                <Item
                  href="/invoices"
                  icon="file"
                  note={viewer.account?.hasInvoicesSection === false ? t("menu.invoicesFree") : undefined}
                >
                  {t("menu.invoices")}
                </Item>
                <Item href="/contacts" icon="people">{t("menu.contacts")}</Item>
                <Item href="/details" icon="building">{t("menu.details")}</Item>
              </>
            )}
            <Item href="/cases" icon="help">{t("menu.cases")}</Item>
          </ul>
        </nav>
        <Choices settings={settings} />
      </div>
    </div>
  );
}

function Item({ href, icon, note, children }: {
  href: string;
  icon: IconName;
  note?: string | undefined;
  children: ReactNode;
}) {
  const [location] = useLocation();
  return (
    <li>
      <Link href={href} aria-current={location.startsWith(href) ? "page" : undefined}>
        <Icon name={icon} />
        <span>{children}</span>
        {note && <span className="menu-note">{note}</span>}
      </Link>
    </li>
  );
}

function Choices({ settings }: { settings: Settings }) {
  const { t } = useTexts();
  const { email } = useViewer();
  const { theme, setTheme, language, setLanguage } = usePreferences();
  const base = useId();
  const seeAs = (label: string) => {
    const viewer = settings.viewers.find((one) => one.label === label);
    if (viewer === undefined) return;
    become(viewer);
    location.assign(document.baseURI);
  };
  return (
    <div className="menu-choices">
      <label htmlFor={`${base}-language`}>{t("menu.language")}</label>
      <select
        id={`${base}-language`}
        value={language}
        onChange={(event) => isLanguage(event.target.value) && setLanguage(event.target.value)}
      >
        {Object.entries(LANGUAGES).map(([tag, name]) => (
          <option key={tag} value={tag} lang={tag}>{name}</option>
        ))}
      </select>
      <label htmlFor={`${base}-theme`}>{t("menu.theme")}</label>
      <select id={`${base}-theme`} value={theme} onChange={(event) => setTheme(event.target.value as Theme)}>
        {THEMES.map((one) => <option key={one} value={one}>{t(`theme.${one}`)}</option>)}
      </select>
      {settings.viewers.length > 0 && (
        <>
          <label className="wide" htmlFor={`${base}-viewer`}>{t("menu.viewAs")}</label>
          <select
            className="wide"
            id={`${base}-viewer`}
            value={settings.viewers.find(({ label }) => label.endsWith(email))?.label ?? ""}
            onChange={(event) => seeAs(event.target.value)}
          >
            {settings.viewers.map(({ label }) => <option key={label}>{label}</option>)}
          </select>
        </>
      )}
    </div>
  );
}

/** One or two letters that stand for a name, in any script. */
function initials(name: string): string {
  const words = name.split(/[\s@.]+/).filter(Boolean).slice(0, 2);
  const [first, second] = words.map((word) => [...new Intl.Segmenter().segment(word)][0]?.segment ?? "");
  return `${first ?? ""}${/^\p{Script=Latin}/u.test(second ?? "") ? second : ""}`.toUpperCase();
}
