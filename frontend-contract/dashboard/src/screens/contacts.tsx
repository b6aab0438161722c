export function ContactsScreen(_: { id?: string }) { return null; }
