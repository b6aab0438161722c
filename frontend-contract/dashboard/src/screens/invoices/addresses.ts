/** Where invoices are paid together. */
export function payAddress(ids: readonly string[]): string {
  return `/invoices/pay?invoices=${ids.map(encodeURIComponent).join(",")}`;
}
