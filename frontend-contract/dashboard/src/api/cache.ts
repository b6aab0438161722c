import cacheKeys from "@paidup/contract/cacheKeys.json";
import possibleTypes from "@paidup/contract/possibleTypes.json";
import { cacheExchange, type Cache, type KeyGenerator } from "@urql/exchange-graphcache";

const withoutKey: KeyGenerator = () => null;

/**
 * Values without an id live inside of what holds them. The cache finds that out by itself, but asks
 * while somebody develops whether it was meant so.
 */
const keys: Record<string, KeyGenerator> = import.meta.env.DEV
  ? Object.fromEntries(
      Object.entries(cacheKeys)
        .filter(([, fields]) => fields === null)
        .map(([type]) => [type, withoutKey]),
    )
  : {};

/** Lists are asked for again when an invoice was added; all else in them follows its own id. */
function forgetLists(cache: Cache): void {
  const viewer = cache.resolve("Query", "viewer");
  const account = typeof viewer === "string" ? cache.resolve(viewer, "account") : undefined;
  if (typeof account !== "string") return;
  for (const field of cache.inspectFields(account)) {
    if (field.fieldName === "invoices") cache.invalidate(account, field.fieldName, field.arguments);
  }
}

export const normalised = () =>
  cacheExchange({
    keys,
    possibleTypes,
    updates: {
      Subscription: {
        billingEvents(result, _args, cache) {
          const event = result["billingEvents"] as { __typename?: string } | null;
          if (event?.__typename === "InvoiceIssued") forgetLists(cache);
        },
      },
    },
  });
