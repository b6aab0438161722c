export function CasesScreen(_: { id?: string }) { return null; }
