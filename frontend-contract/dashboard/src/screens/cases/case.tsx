export function CaseScreen(_: { id?: string }) { return null; }
