import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "vite";
import { describe, expect, test } from "vitest";
import { textsIn } from "../src/i18n/index.tsx";
import { ar } from "../src/i18n/messages/ar.ts";
import { de } from "../src/i18n/messages/de.ts";
import { en, type Key, type Message } from "../src/i18n/messages/en.ts";
import { hi } from "../src/i18n/messages/hi.ts";
import { ja } from "../src/i18n/messages/ja.ts";

const LANGUAGES: Record<string, Record<string, Message>> = { en, de, hi, ar, ja };
const KEYS = Object.keys(en) as Key[];
/** The same is right in both: names, formulas, and words that German took over. */
const SAME = new Set(["pay.rate", "pay.rateSource", "plan.FREE", "plan.PAID"]);
const GERMAN = new Set(["contacts.name", "details.name", "invoices.status", "role.SUPPORT", "source.STAFF", "theme.auto"]);

const forms = (message: Message): string[] =>
  typeof message === "string" ? [message] : Object.values(message);
const places = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).toSorted();

describe.each(Object.keys(LANGUAGES))("%s", (language) => {
  const messages = LANGUAGES[language] as Record<string, Message>;

  test("has each text, and no other", () => {
    expect(Object.keys(messages)).toEqual(KEYS);
    expect(KEYS.filter((key) => forms(messages[key] as Message).some((text) => text.trim() === ""))).toEqual([]);
  });

  test("has each plural form that it knows", () => {
    const known = new Intl.PluralRules(language).resolvedOptions().pluralCategories.toSorted();
    const plurals = KEYS.filter((key) => typeof messages[key] !== "string");
    expect(plurals).toEqual(KEYS.filter((key) => typeof en[key] !== "string"));
    for (const key of plurals) expect([key, Object.keys(messages[key] as object).toSorted()]).toEqual([key, known]);
  });

  test("fills the same places as English; a plural may say a number in a word", () => {
    for (const key of KEYS) {
      const wanted = places(forms(en[key]).at(-1) as string);
      for (const text of forms(messages[key] as Message)) {
        const filled = places(text);
        expect([key, filled.filter((place) => !wanted.includes(place))]).toEqual([key, []]);
        expect([key, wanted.filter((place) => place !== "{count}" && !filled.includes(place))]).toEqual([key, []]);
      }
    }
  });

  test("is a translation", () => {
    if (language === "en") return;
    const same = (key: Key) => SAME.has(key) || (language === "de" && GERMAN.has(key));
    const left = KEYS.filter((key) => JSON.stringify(messages[key]) === JSON.stringify(en[key]) && !same(key));
    expect(left).toEqual([]);
  });
});

test("each text is used somewhere", () => {
  const source = sources().map(([, text]) => text).join("\n");
  const families = new Set([...source.matchAll(/`([a-z]+\.(?:[a-z]+\.)?)\$\{/g)].map(([, prefix]) => String(prefix)));
  const unused = KEYS.filter(
    (key) => !source.includes(`"${key}"`) && ![...families].some((prefix) => key.startsWith(prefix)),
  );
  expect(unused).toEqual([]);
});

test("no words stand in the markup: all come from the catalogues", () => {
  const found = sources().flatMap(([name, text]) => wordsIn(name, text));
  expect(found).toEqual([]);
});

test("amounts are written exactly, whatever their size", () => {
  const texts = textsIn("en", "en-US", en);
  expect(texts.money({ amount: "90071992547409931.25", currency: "USD" })).toBe("$90,071,992,547,409,931.25");
  expect(textsIn("de", "de-DE", de).money({ amount: "1241.79", currency: "EUR" })).toBe("1.241,79\u00a0€");
  expect(textsIn("ja", "ja-JP", ja).money({ amount: "124900", currency: "JPY" })).toBe("\uffe5124,900");
  expect(textsIn("hi", "hi-IN", hi).money({ amount: "150570.53", currency: "INR" })).toBe("₹1,50,570.53");
});

test("plural forms follow the language", () => {
  const texts = textsIn("ar", "ar", ar);
  expect(texts.t("pay.title", { count: 2 })).toBe("دفع فاتورتين");
  expect(texts.t("pay.title", { count: 11 })).toContain("فاتورة");
});

function sources(): [string, string][] {
  const root = new URL("../src/", import.meta.url).pathname;
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !name.includes("messages"))
    .map((name) => [name, readFileSync(join(root, name), "utf8")]);
}

/** Text between tags, and attributes that are read out or shown, with letters of their own. */
function wordsIn(name: string, text: string): string[] {
  const found: string[] = [];
  const SAID = new Set(["aria-label", "title", "placeholder", "alt", "label"]);
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (node === null || typeof node !== "object") return;
    const { type, value, name: attribute } = node as Record<string, unknown>;
    if (type === "JSXText" && /\p{Letter}/u.test(String(value))) found.push(`${name}: ${String(value).trim()}`);
    if (type === "JSXAttribute" && SAID.has(String((attribute as { name?: string }).name))) {
      const said = value as { type?: string; value?: unknown } | null;
      if (said?.type === "Literal" && /\p{Letter}/u.test(String(said.value))) found.push(`${name}: ${String(said.value)}`);
    }
    Object.values(node).forEach(visit);
  };
  visit(parseSync(name, text).program);
  return found;
}
