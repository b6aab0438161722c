/** Where invoices are paid together. */
export function payAddress(ids: readonly string[]): string {
  return `/pay?invoices=${ids.map(encodeURIComponent).join(",")}`;
}
