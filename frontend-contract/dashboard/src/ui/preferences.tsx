import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from "react";
import { isLanguage, type Language, languageOf } from "../i18n/index.tsx";

export type Theme = "auto" | "light" | "dark";

interface Preferences {
  theme: Theme;
  setTheme: (theme: Theme) => void;
  language: Language;
  /** The account's tag, once it is known: how figures and dates look in its language. */
  region: string | undefined;
  setLanguage: (language: Language) => void;
  /** Tell the account's tag. */
  suggest: (locale: string) => void;
}

const PreferencesContext = createContext<Preferences | null>(null);

export function usePreferences(): Preferences {
  const preferences = use(PreferencesContext);
  if (preferences === null) throw new Error("outside of a PreferencesProvider");
  return preferences;
}

const THEME = "paidup.theme";
const LANGUAGE = "paidup.language";

function kept(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // A browser without storage forgets it with the page.
  }
}

function chosenLanguage(): Language | null {
  const found = kept(LANGUAGE);
  return found !== null && isLanguage(found) ? found : null;
}

/** The language that was chosen here, else the browser's. */
export function preferredLanguage(): Language {
  return chosenLanguage() ?? languageOf(navigator.languages);
}

/** Colours and language of the page, kept in the browser. */
export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [theme, setTheme] = useState<Theme>(() => {
    const found = kept(THEME);
    return found === "light" || found === "dark" ? found : "auto";
  });
  const [chosen, setChosen] = useState(chosenLanguage);
  const [suggested, suggest] = useState<string>();
  const language = chosen ?? preferredLanguage();

  useEffect(() => {
    const root = document.documentElement;
    if (theme === "auto") delete root.dataset["theme"];
    else root.dataset["theme"] = theme;
  }, [theme]);
  useEffect(() => {
    document.documentElement.lang = language;
    document.documentElement.dir = language === "ar" ? "rtl" : "ltr";
  }, [language]);

  const changeTheme = useCallback((changed: Theme) => {
    keep(THEME, changed);
    setTheme(changed);
  }, []);
  const changeLanguage = useCallback((changed: Language) => {
    keep(LANGUAGE, changed);
    setChosen(changed);
  }, []);
  const value = useMemo(
    () => ({ theme, setTheme: changeTheme, language, region: suggested, setLanguage: changeLanguage, suggest }),
    [theme, changeTheme, language, suggested, changeLanguage],
  );
  return <PreferencesContext value={value}>{children}</PreferencesContext>;
}
