/** Everything of the contract but its mocks, which are in `@paidup/contract/msw`. */

import keys from "../cacheKeys.json" with { type: "json" };
import types from "../possibleTypes.json" with { type: "json" };

export * from "../generated/fragment-masking.js";
export * from "../generated/graphql.js";
export * from "./dates.js";
export * from "./documents.js";
export * from "./errors.js";
export * from "./money.js";
export * from "./resume.js";

/** The members of each union and interface, as Apollo's cache wants them. */
export const possibleTypes: Record<string, string[]> = types;

/** The fields that tell two values of a type apart; null: it has no key of its own. */
export const cacheKeys: Record<string, string[] | null> = keys;
