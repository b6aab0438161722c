/** "in 5 minutes", "2 minutes ago". */
export function fromNow(instant: string, now: number, locale: string): string {
  const seconds = Math.round((Date.parse(instant) - now) / 1000);
  const [size, unit] = unitOf(Math.abs(seconds));
  return new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(Math.trunc(seconds / size), unit);
}

/** A length of time as minutes and seconds. */
export function countdown(milliseconds: number, locale: string): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const minutes = new Intl.NumberFormat(locale).format(Math.floor(seconds / 60));
  return `${minutes}:${new Intl.NumberFormat(locale, { minimumIntegerDigits: 2 }).format(seconds % 60)}`;
}

function unitOf(seconds: number): [number, Intl.RelativeTimeFormatUnit] {
  if (seconds < 60) return [1, "second"];
  if (seconds < 3_600) return [60, "minute"];
  if (seconds < 86_400) return [3_600, "hour"];
  return [86_400, "day"];
}
