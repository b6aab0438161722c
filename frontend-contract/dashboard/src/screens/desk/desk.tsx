export function DeskScreen(_: { id?: string }) { return null; }
