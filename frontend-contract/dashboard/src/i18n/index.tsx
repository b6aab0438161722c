import { createContext, type ReactNode, use, useEffect, useMemo, useState } from "react";
import type { Key, Message, Messages } from "./messages/en.ts";

export type { Key } from "./messages/en.ts";

export const LANGUAGES = { en: "English", de: "Deutsch", hi: "हिन्दी", ar: "العربية", ja: "日本語" } as const;
export type Language = keyof typeof LANGUAGES;

const catalogues: Record<Language, () => Promise<Messages>> = {
  en: async () => (await import("./messages/en.ts")).en,
  de: async () => (await import("./messages/de.ts")).de,
  hi: async () => (await import("./messages/hi.ts")).hi,
  ar: async () => (await import("./messages/ar.ts")).ar,
  ja: async () => (await import("./messages/ja.ts")).ja,
};

/** Have the texts of a language. */
export function load(language: Language): Promise<Messages> {
  return catalogues[language]();
}

export type Values = Record<string, string | number>;

export interface Money {
  amount: string;
  currency: string;
}

/** Texts and figures in one language. */
export interface Texts {
  language: Language;
  /** The BCP 47 tag that figures and dates follow. */
  locale: string;
  direction: "ltr" | "rtl";
  t: (key: Key, values?: Values) => string;
  /** Whether there is a text of that name, for codes that the server may add to. */
  has: (key: string) => key is Key;
  money: (money: Money) => string;
  /** A price of one unit, with the decimals of its currency or more. */
  price: (decimal: string, currency: string) => string;
  number: (decimal: string) => string;
  date: (day: string) => string;
  month: (day: string) => string;
  moment: (instant: string) => string;
  /** The time of day, and the day as well unless it is today. */
  clock: (instant: string) => string;
}

const TextsContext = createContext<Texts | null>(null);

export function useTexts(): Texts {
  const texts = use(TextsContext);
  if (texts === null) throw new Error("outside of a TextsProvider");
  return texts;
}

/** Shows its children once the language's texts are there. */
export function TextsProvider({ language, region, children }: {
  language: Language;
  /** A tag such as the account's, whose customs count where it is of the same language. */
  region?: string | undefined;
  children: ReactNode;
}) {
  const [loaded, setLoaded] = useState<{ language: Language; messages: Messages }>();
  useEffect(() => {
    let stale = false;
    load(language).then((messages) => {
      if (!stale) setLoaded({ language, messages });
    });
    return () => {
      stale = true;
    };
  }, [language]);
  const texts = useMemo(
    () => loaded && textsIn(loaded.language, localeOf(loaded.language, region), loaded.messages),
    [loaded, region],
  );
  return texts && <TextsContext value={texts}>{children}</TextsContext>;
}

export function isLanguage(tag: string): tag is Language {
  return tag in LANGUAGES;
}

/** The language that somebody reads, of those that there are: the first of their tags that fits. */
export function languageOf(tags: readonly (string | null | undefined)[]): Language {
  const known = tags.map((tag) => tag?.split("-")[0] ?? "").find(isLanguage);
  return known ?? "en";
}

/** The tag to format by: with a region where the account or the browser names one. */
function localeOf(language: Language, region: string | undefined): string {
  const tags = [region, ...navigator.languages].filter((tag) => tag !== undefined);
  return tags.find((tag) => tag.split("-")[0] === language && tag.includes("-")) ?? language;
}

export function textsIn(language: Language, locale: string, messages: Messages): Texts {
  const plural = new Intl.PluralRules(locale);
  const decimal = new Intl.NumberFormat(locale, { maximumFractionDigits: 10 });
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
  const month = new Intl.DateTimeFormat(locale, { month: "long", year: "numeric", timeZone: "UTC" });
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const time = new Intl.DateTimeFormat(locale, { timeStyle: "short" });
  const currencies = new Map<string, Intl.NumberFormat>();

  return {
    language,
    locale,
    direction: language === "ar" ? "rtl" : "ltr",
    has: (key): key is Key => key in messages,
    t: (key, values = {}) => filled(form(messages[key], plural, values["count"]), values, decimal),
    money: ({ amount, currency }) => {
      const format =
        currencies.get(currency) ?? new Intl.NumberFormat(locale, { style: "currency", currency });
      currencies.set(currency, format);
      return format.format(amount as Intl.StringNumericLiteral);
    },
    price: (amount, currency) =>
      new Intl.NumberFormat(locale, { style: "currency", currency, maximumFractionDigits: 10 }).format(
        amount as Intl.StringNumericLiteral,
      ),
    number: (text) => decimal.format(text as Intl.StringNumericLiteral),
    date: (text) => day.format(new Date(`${text}T00:00:00Z`)),
    month: (text) => month.format(new Date(`${text}T00:00:00Z`)),
    moment: (text) => moment.format(new Date(text)),
    clock: (text) => {
      const at = new Date(text);
      return (at.toDateString() === new Date().toDateString() ? time : moment).format(at);
    },
  };
}

function form(message: Message, plural: Intl.PluralRules, count: unknown): string {
  if (typeof message === "string") return message;
  return message[plural.select(Number(count ?? 0))] ?? message.other ?? "";
}

function filled(text: string, values: Values, decimal: Intl.NumberFormat): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    return typeof value === "number" ? decimal.format(value) : (value ?? "");
  });
}
