export function DetailsScreen(_: { id?: string }) { return null; }
