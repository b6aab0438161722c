import { createContext, type ReactNode, use, useCallback, useMemo, useRef, useState } from "react";
import { useTexts } from "../i18n/index.tsx";
import { Icon, type IconName } from "./icons.tsx";

export interface Toast {
  text: string;
  tone?: "good" | "warn" | "info";
}

/** Shows a toast; what it returns takes that back. */
type Say = (toast: Toast) => () => void;

const SHOWN_MS = 8_000;
const MOST = 4;
const ICONS: Record<string, IconName> = { good: "check", warn: "warning", info: "clock" };
const ToastContext = createContext<Say>(() => () => undefined);

/** Tell what changed, without taking anybody's place or focus. */
export function useToast(): Say {
  return use(ToastContext);
}

export function Toasts({ children }: { children: ReactNode }) {
  const { t } = useTexts();
  const [shown, setShown] = useState<(Toast & { id: number })[]>([]);
  const next = useRef(0);
  const drop = useCallback((id: number) => setShown((all) => all.filter((one) => one.id !== id)), []);
  const say = useCallback(
    (toast: Toast) => {
      const id = next.current++;
      setShown((all) => [...all.filter((one) => one.text !== toast.text), { ...toast, id }].slice(-MOST));
      const end = () => drop(id);
      setTimeout(end, SHOWN_MS);
      return end;
    },
    [drop],
  );
  const list = useMemo(
    () =>
      shown.map(({ id, text, tone = "info" }) => (
        <li key={id} className={`toast ${tone}`}>
          <Icon name={ICONS[tone] ?? "clock"} />
          <span>{text}</span>
          <button type="button" className="icon-button" aria-label={t("toast.dismiss")} onClick={() => drop(id)}>
            <Icon name="close" />
          </button>
        </li>
      )),
    [shown, drop, t],
  );
  return (
    <ToastContext value={say}>
      {children}
      <div className="toasts" role="region" aria-label={t("toast.title")}>
        <div role="log" aria-live="polite" aria-label={t("toast.title")}>
          <ul>{list}</ul>
        </div>
      </div>
    </ToastContext>
  );
}
