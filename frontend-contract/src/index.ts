export * from "../generated/fragment-masking.js";
export * from "../generated/graphql.js";
