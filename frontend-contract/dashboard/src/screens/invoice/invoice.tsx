export function InvoiceScreen(_: { id?: string }) { return null; }
