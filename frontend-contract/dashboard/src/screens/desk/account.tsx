export function AccountScreen(_: { id?: string }) { return null; }
