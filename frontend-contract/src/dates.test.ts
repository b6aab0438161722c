import { expect, it } from "vitest";
import { formatDay, formatInstant, formatMonth, secondsUntil } from "./dates.js";

it("writes the same day wherever it is read", () => {
  expect(formatDay("2026-10-30", "en-GB")).toBe("30 Oct 2026");
  expect(formatDay("2026-01-01", "en-GB", "long")).toBe("1 January 2026");
});

it("writes the month of a day", () => {
  expect(formatMonth("2026-10-01", "de-DE")).toBe("Oktober 2026");
});

it("writes an instant in the zone that it is wanted in", () => {
  const instant = "2026-10-30T20:00:00.000Z";
  expect(formatInstant(instant, "en-GB", "Asia/Kolkata")).toBe("31 Oct 2026, 01:30");
});

it("counts the seconds until a quote ends", () => {
  const now = Date.parse("2026-10-30T09:30:00.000Z");
  expect(secondsUntil("2026-10-30T10:30:00.000Z", now)).toBe(3600);
  expect(secondsUntil("2026-10-30T09:30:00.001Z", now)).toBe(1);
  expect(secondsUntil("2026-10-30T09:29:00.000Z", now)).toBe(0);
});
