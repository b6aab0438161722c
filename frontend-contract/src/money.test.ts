import { describe, expect, it } from "vitest";
import { compareMoney, formatDecimal, formatMoney, isZero, moneyParts, sumMoney } from "./money.js";

const usd = (minorUnits: string, amount: string) => ({ minorUnits, amount, currency: "USD" });
const yen = (units: string) => ({ minorUnits: units, amount: units, currency: "JPY" });

describe("an amount for people", () => {
  it.each([
    ["en", "$1,249.00"],
    ["de-DE", "1.249,00\u00a0$"],
    ["hi-IN", "$1,249.00"],
    ["ja-JP", "$1,249.00"],
  ])("is written as %s does", (locale, written) => {
    expect(formatMoney(usd("124900", "1249.00"), locale)).toBe(written);
  });

  it("keeps every digit of what no float can hold", () => {
    const huge = usd("900719925474099312", "9007199254740993.12");
    expect(formatMoney(huge, "en")).toBe("$9,007,199,254,740,993.12");
    const parts = moneyParts(huge, "en");
    expect(parts.find(({ type }) => type === "fraction")?.value).toBe("12");
    expect(parts.map(({ value }) => value).join("")).toBe("$9,007,199,254,740,993.12");
  });

  it("has the decimals of its currency, and the sign of a credit", () => {
    expect(formatMoney(yen("124900"), "en")).toBe("¥124,900");
    expect(formatMoney(usd("-1", "-0.01"), "en")).toBe("-$0.01");
    const dinar = { minorUnits: "1001", amount: "1.001", currency: "KWD" };
    expect(formatMoney(dinar, "en")).toBe("KWD\u00a01.001");
  });
});

it("writes an exact rate", () => {
  expect(formatDecimal("94.955245255997", "de-DE")).toBe("94,955245255997");
});

describe("amounts together", () => {
  it("add up exactly", () => {
    const amounts = [usd("9725", "97.25"), usd("124900", "1249.00"), usd("-5", "-0.05")];
    expect(sumMoney(amounts)).toEqual(usd("134620", "1346.20"));
    expect(sumMoney([usd("3", "0.03"), usd("-10", "-0.10")])).toEqual(usd("-7", "-0.07"));
    expect(sumMoney([yen("1"), yen("2")])).toEqual(yen("3"));
    expect(sumMoney([])).toBeNull();
  });

  it("are of one currency or refused", () => {
    expect(() => sumMoney([yen("1"), usd("1", "0.01")])).toThrow(RangeError);
    expect(() => compareMoney(yen("1"), usd("1", "0.01"))).toThrow(RangeError);
  });

  it("can be put in order", () => {
    const amounts = [yen("10"), yen("9"), yen("-1")];
    expect(amounts.sort(compareMoney).map(({ amount }) => amount)).toEqual(["-1", "9", "10"]);
    expect([isZero(yen("0")), isZero(yen("-1"))]).toEqual([true, false]);
  });
});
