/** Days and instants for people. A day has no time zone; an instant is shown in one. */

/** Write a day, such as a due date: it is the same day wherever it is read. */
export function formatDay(day: string, locale?: string, style: DateStyle = "medium"): string {
  const [year, month, date] = day.split("-").map(Number) as [number, number, number];
  const noon = Date.UTC(year, month - 1, date, 12);
  return new Intl.DateTimeFormat(locale, { dateStyle: style, timeZone: "UTC" }).format(noon);
}

/** Write the month of a day: `October 2026`. */
export function formatMonth(day: string, locale?: string): string {
  const [year, month] = day.split("-").map(Number) as [number, number];
  const options = { year: "numeric", month: "long", timeZone: "UTC" } as const;
  return new Intl.DateTimeFormat(locale, options).format(Date.UTC(year, month - 1, 15));
}

/** Write an instant; without a zone in the reader's own. */
export function formatInstant(instant: string, locale?: string, timeZone?: string): string {
  const zone = timeZone === undefined ? {} : { timeZone };
  const options = { dateStyle: "medium", timeStyle: "short", ...zone } as const;
  return new Intl.DateTimeFormat(locale, options).format(new Date(instant));
}

/** Whole seconds from now to an instant; zero once it is over. For countdowns of quotes. */
export function secondsUntil(instant: string, now: number = Date.now()): number {
  return Math.max(0, Math.ceil((Date.parse(instant) - now) / 1000));
}

/** How long a date is written. */
export type DateStyle = "full" | "long" | "medium" | "short";
