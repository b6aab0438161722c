/** Exact sums of amounts, in whole minor units: never in floating point. */

export interface ExactMoney {
  minorUnits: string;
  amount: string;
  currency: string;
}

/** The sum of amounts of one currency; null for none, or for several currencies. */
export function sum(amounts: readonly ExactMoney[]): ExactMoney | null {
  const [first] = amounts;
  if (first === undefined || amounts.some((one) => one.currency !== first.currency)) return null;
  const total = amounts.reduce((so, one) => so + BigInt(one.minorUnits), 0n);
  const decimals = first.amount.split(".")[1]?.length ?? 0;
  return { minorUnits: String(total), amount: inMajorUnits(total, decimals), currency: first.currency };
}

export function inMajorUnits(minor: bigint, decimals: number): string {
  const digits = String(minor < 0n ? -minor : minor).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  return `${minor < 0n ? "-" : ""}${whole}${decimals ? `.${digits.slice(-decimals)}` : ""}`;
}

export function isZero(money: { minorUnits: string }): boolean {
  return BigInt(money.minorUnits) === 0n;
}
