import { expect, test } from "vitest";
import { inMajorUnits, isZero, sum } from "../src/money.ts";

const usd = (minorUnits: string, amount: string) => ({ minorUnits, amount, currency: "USD" });

test("sums are exact beyond what a float can hold", () => {
  const big = usd("9007199254740993", "90071992547409.93");
  expect(sum([big, usd("1", "0.01")])).toEqual(usd("9007199254740994", "90071992547409.94"));
});

test("there is no sum of nothing, and none of two currencies", () => {
  expect(sum([])).toBeNull();
  expect(sum([usd("100", "1.00"), { minorUnits: "100", amount: "100", currency: "JPY" }])).toBeNull();
});

test("minor units become major ones with all decimals of the currency", () => {
  expect(inMajorUnits(5n, 2)).toBe("0.05");
  expect(inMajorUnits(-12345n, 2)).toBe("-123.45");
  expect(inMajorUnits(124900n, 0)).toBe("124900");
  expect(isZero({ minorUnits: "0" })).toBe(true);
});
