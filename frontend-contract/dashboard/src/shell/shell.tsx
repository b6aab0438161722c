import { type ReactNode, useRef } from "react";
import { Link } from "wouter";
import { useLiveState } from "../api/context.tsx";
import { useTexts } from "../i18n/index.tsx";
import type { Settings } from "../session.ts";
import { AccountMenu } from "./account-menu.tsx";

/** The frame of every screen: the bar with the account menu, and what is told about the connection. */
export function Shell({ settings, children }: { settings: Settings; children: ReactNode }) {
  const { t } = useTexts();
  const main = useRef<HTMLElement>(null);
  return (
    <>
      <a
        className="skip-link"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        {t("app.skip")}
      </a>
      <header className="top-bar">
        <div className="top-bar-inner">
          <Link href="/" className="brand">
            <Mark />
            <span>{t("app.name")}</span>
          </Link>
          <AccountMenu settings={settings} />
        </div>
      </header>
      <Connection />
      <main ref={main} id="main" tabIndex={-1}>{children}</main>
    </>
  );
}

function Mark() {
  return (
    <svg className="mark" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <rect width="20" height="20" rx="5" />
      <path d="m5.4 10.4 3 3 6.2-6.9" />
    </svg>
  );
}

/** Said over the content, not above it: nothing moves when the connection goes or comes. */
function Connection() {
  const { t } = useTexts();
  const live = useLiveState();
  return (
    <div className="connection" role="status" data-state={live}>
      {live === "lost" && <p>{t("app.offline")}</p>}
    </div>
  );
}
