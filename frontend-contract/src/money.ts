/** Amounts for people. Everything stays text or a whole number: no amount ever becomes a float. */

/** An exact amount, as `MoneyFields` asks for it. */
export interface Amount {
  /** Whole smallest units: `124900`. */
  readonly minorUnits: string;
  /** The same in major units with all decimals: `1249.00`. */
  readonly amount: string;
  /** ISO 4217: `USD`. */
  readonly currency: string;
}

type Numeric = Intl.StringNumericLiteral;

/**
 * Write an amount as a locale does, with the currency's sign: `$1,249.00`, `1.249,00 €`.
 *
 * Intl reads the text digit by digit, so that amounts beyond 2^53 are written exactly.
 */
export function formatMoney(money: Amount, locale?: string): string {
  return currencyFormat(money, locale).format(money.amount as Numeric);
}

/** The parts of the same, for a screen that sets the sign or the decimals apart. */
export function moneyParts(money: Amount, locale?: string): Intl.NumberFormatPart[] {
  // The types of `formatToParts` do not know texts yet; it reads them as `format` does.
  const amount = money.amount as unknown as number;
  return currencyFormat(money, locale).formatToParts(amount);
}

/** Write an exact decimal number as a locale does: `83,125`. */
export function formatDecimal(decimal: string, locale?: string): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 20 }).format(decimal as Numeric);
}

/**
 * The sum of amounts in one currency, such as of invoices that are paid together; null for none.
 *
 * @throws RangeError when there are two currencies.
 */
export function sumMoney(amounts: readonly Amount[]): Amount | null {
  const [first] = amounts;
  if (first === undefined) return null;
  if (amounts.some(({ currency }) => currency !== first.currency)) {
    throw new RangeError("amounts of two currencies cannot be added");
  }
  const units = amounts.reduce((sum, { minorUnits }) => sum + BigInt(minorUnits), 0n);
  return moneyOf(units, first.currency, decimalsOf(first));
}

/** Less than zero, zero, or more than zero, as sorting wants it; only within one currency. */
export function compareMoney(one: Amount, other: Amount): number {
  if (one.currency !== other.currency) {
    throw new RangeError("amounts of two currencies cannot be compared");
  }
  const difference = BigInt(one.minorUnits) - BigInt(other.minorUnits);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Whether nothing is owed. */
export function isZero(money: Amount): boolean {
  return BigInt(money.minorUnits) === 0n;
}

function currencyFormat(money: Amount, locale: string | undefined): Intl.NumberFormat {
  const digits = decimalsOf(money);
  return new Intl.NumberFormat(locale, {
    style: "currency",
    currency: money.currency,
    // The server's decimals count, not those that a browser's tables have.
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

function decimalsOf(money: Amount): number {
  return money.amount.split(".")[1]?.length ?? 0;
}

function moneyOf(units: bigint, currency: string, decimals: number): Amount {
  const sign = units < 0n ? "-" : "";
  const digits = (units < 0n ? -units : units).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const amount = decimals === 0 ? whole : `${whole}.${digits.slice(-decimals)}`;
  return { minorUnits: units.toString(), amount: sign + amount, currency };
}
