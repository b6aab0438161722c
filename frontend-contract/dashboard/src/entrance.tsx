import { useEffect } from "react";
import { useTexts } from "./i18n/index.tsx";
import { Button, Empty } from "./ui/basics.tsx";

const TEXTS = {
  returned: ["pay.returnTitle", "pay.returnDone"],
  signedOut: ["app.signIn", "app.signInText"],
  refused: ["app.signIn", "app.signInRefused"],
} as const;

/** What is shown in place of the dashboard where nobody is signed in. */
export function Stop({ why, onSignIn }: { why: keyof typeof TEXTS; onSignIn?: (() => void) | undefined }) {
  const { t } = useTexts();
  // The page that opened this window closes it; where there is none, the payer does.
  useEffect(() => {
    if (why === "returned") window.close();
  }, [why]);
  const [title, text] = TEXTS[why];
  return (
    <main>
      <div className="page narrow">
        <h1>{t(title)}</h1>
        <Empty
          title={t(text)}
          action={onSignIn && <Button look="primary" onClick={onSignIn}>{t("app.signInAgain")}</Button>}
        />
      </div>
    </main>
  );
}

/** A link would sign somebody else in: whoever looks decides. */
export function Chooser({ who, onStay, onSwitch }: { who: string; onStay: () => void; onSwitch: () => void }) {
  const { t } = useTexts();
  return (
    <main>
      <div className="page narrow">
        <h1>{t("app.otherViewer")}</h1>
        <Empty
          title={t("app.otherViewerText")}
          action={
            <>
              <Button look="primary" onClick={onStay}>{t("app.stay")}</Button>{" "}
              <Button onClick={onSwitch}>{who ? t("app.switchTo", { who }) : t("app.switch")}</Button>
            </>
          }
        />
      </div>
    </main>
  );
}
