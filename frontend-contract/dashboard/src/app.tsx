import { Component, type ComponentType, lazy, type ReactNode, Suspense, useEffect } from "react";
import { Redirect, Route, Router, Switch } from "wouter";
import { ApiProvider } from "./api/context.tsx";
import type { Api } from "./api/client.ts";
import { EventsProvider } from "./api/events.tsx";
import type { Loaded } from "./api/hooks.ts";
import { useViewer, ViewerProvider } from "./api/viewer.tsx";
import { TextsProvider, useTexts } from "./i18n/index.tsx";
import { InvoicesScreen } from "./screens/invoices/invoices.tsx";
import type { Settings } from "./session.ts";
import { News } from "./shell/news.tsx";
import { Shell } from "./shell/shell.tsx";
import { Bones, Button, ButtonLink, Empty, Page } from "./ui/basics.tsx";
import { PreferencesProvider, usePreferences } from "./ui/preferences.tsx";
import { Toasts } from "./ui/toasts.tsx";

/** A screen that is loaded when it is looked at, with the styles that the list does not need. */
function screen<Props>(load: () => Promise<ComponentType<Props>>) {
  return lazy(async () => {
    const [loaded] = await Promise.all([load(), import("./styles/later.css")]);
    return { default: loaded };
  });
}

const PayScreen = screen(async () => (await import("./screens/pay/pay.tsx")).PayScreen);
const ReturnScreen = screen(async () => (await import("./screens/pay/return.tsx")).ReturnScreen);
const InvoiceScreen = screen(async () => (await import("./screens/invoice/invoice.tsx")).InvoiceScreen);
const ContactsScreen = screen(async () => (await import("./screens/contacts.tsx")).ContactsScreen);
const DetailsScreen = screen(async () => (await import("./screens/details.tsx")).DetailsScreen);
const CasesScreen = screen(async () => (await import("./screens/cases/cases.tsx")).CasesScreen);
const CaseScreen = screen(async () => (await import("./screens/cases/case.tsx")).CaseScreen);
const DeskScreen = screen(async () => (await import("./screens/desk/desk.tsx")).DeskScreen);
const AccountScreen = screen(async () => (await import("./screens/desk/account.tsx")).AccountScreen);

/** The dashboard of one viewer. */
export function App({ api, settings }: { api: Api; settings: Settings }) {
  return (
    <PreferencesProvider>
      <ApiProvider api={api}>
        <Spoken>
          <Catcher>
            <Router base={new URL(document.baseURI).pathname.replace(/\/$/, "")}>
              <ViewerProvider waiting={(asked) => <Waiting asked={asked} />}>
                <EventsProvider>
                  <Toasts>
                    <News />
                    <Suggest />
                    <Shell settings={settings}>
                      <Suspense fallback={<Coming />}>
                        <Screens />
                      </Suspense>
                    </Shell>
                  </Toasts>
                </EventsProvider>
              </ViewerProvider>
            </Router>
          </Catcher>
        </Spoken>
      </ApiProvider>
    </PreferencesProvider>
  );
}

/** What is shown before anybody is signed in, in the browser's language. */
export function Standalone({ children }: { children: ReactNode }) {
  return (
    <PreferencesProvider>
      <Spoken>{children}</Spoken>
    </PreferencesProvider>
  );
}

function Spoken({ children }: { children: ReactNode }) {
  const { language, region } = usePreferences();
  return <TextsProvider language={language} region={region}>{children}</TextsProvider>;
}

/** The account's locale decides how figures look, where its language is read. */
function Suggest() {
  const locale = useViewer().account?.locale;
  const { suggest } = usePreferences();
  useEffect(() => {
    if (locale) suggest(locale);
  }, [locale, suggest]);
  return null;
}

function Screens() {
  const { isStaff } = useViewer();
  return (
    <Switch>
      <Route path="/"><Redirect to={isStaff ? "/desk" : "/invoices"} replace /></Route>
      <Route path="/invoices">{isStaff ? <Redirect to="/desk" replace /> : <InvoicesScreen />}</Route>
      <Route path="/invoices/pay"><PayScreen /></Route>
      <Route path="/invoices/pay/return"><ReturnScreen /></Route>
      <Route path="/invoices/:id">{({ id }) => <InvoiceScreen key={id} id={id} />}</Route>
      <Route path="/contacts"><ContactsScreen /></Route>
      <Route path="/details"><DetailsScreen /></Route>
      <Route path="/cases"><CasesScreen /></Route>
      <Route path="/cases/:id">{({ id }) => <CaseScreen key={id} id={id} />}</Route>
      <Route path="/desk"><DeskScreen /></Route>
      <Route path="/desk/accounts/:id">{({ id }) => <AccountScreen key={id} id={id} />}</Route>
      <Route><NotThere /></Route>
    </Switch>
  );
}

export function NotThere() {
  const { t } = useTexts();
  return (
    <Page title={t("app.notFound")} narrow>
      <Empty title={t("app.notFoundText")} action={<ButtonLink href="/">{t("app.toInvoices")}</ButtonLink>} />
    </Page>
  );
}

function Coming() {
  return (
    <div className="page">
      <div className="coming"><Bones lines={4} /></div>
    </div>
  );
}

function Waiting({ asked }: { asked: Loaded<unknown> }) {
  const { t } = useTexts();
  return (
    <>
      <header className="top-bar"><div className="top-bar-inner"><span className="brand">{t("app.name")}</span></div></header>
      <main>
        {asked.fault ? (
          <Page title={t("app.unreachable")} narrow>
            <Empty
              title={t("app.unreachableText")}
              action={<Button onClick={asked.refresh}>{t("common.retry")}</Button>}
            />
          </Page>
        ) : (
          <Coming />
        )}
      </main>
    </>
  );
}

/** An error in a screen must not leave an empty page. */
class Catcher extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? <Crashed /> : this.props.children;
  }
}

function Crashed() {
  const { t } = useTexts();
  return (
    <main>
      <div className="page narrow">
        <Empty
          title={t("app.crashed")}
          action={<Button onClick={() => location.reload()}>{t("app.reload")}</Button>}
        />
      </div>
    </main>
  );
}
