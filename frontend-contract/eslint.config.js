import graphql from "@graphql-eslint/eslint-plugin";

const { rules: schemaRules } = graphql.configs["flat/schema-recommended"];
const { rules: relayRules } = graphql.configs["flat/schema-relay"];
const { rules: operationRules } = graphql.configs["flat/operations-recommended"];

/** Values that are part of something else, and so have no id of their own. */
const withoutId = {
  suffixes: ["Connection", "Edge", "Success", "Error", "Changed", "Failure", "Page", "Progress"],
  types: [
    "BillingPeriod",
    "ClaimSettled",
    "ClaimUnderReview",
    "Delivery",
    "InputIssue",
    "InvoiceDocument",
    "InvoiceIssued",
    "LineItem",
    "Money",
    "PageInfo",
    "PaymentAllocation",
    "PaymentMethod",
    "PaymentReceipt",
    "PaymentSettlement",
    "PaymentSettlementRecorded",
    "PostalAddress",
    "Quote",
    "SectionNotice",
    "StatusEvidence",
    "TaxAmount",
    "Viewer",
  ],
};

const parser = (documents) => ({
  parser: graphql.parser,
  parserOptions: { graphQLConfig: { schema: "schema.graphql", documents } },
});
const documents = ["fragments/*.graphql", "operations/*.graphql"];

export default [
  { ignores: ["dist/", "generated/", "node_modules/", "released/", "dashboard/"] },
  {
    files: ["schema.graphql"],
    languageOptions: parser([]),
    plugins: { "@graphql-eslint": graphql },
    rules: {
      ...schemaRules,
      ...relayRules,
      "@graphql-eslint/no-scalar-result-type-on-mutation": "error",
      "@graphql-eslint/require-deprecation-reason": "error",
      "@graphql-eslint/require-description": [
        "error",
        {
          types: true,
          rootField: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          EnumValueDefinition: true,
        },
      ],
      "@graphql-eslint/strict-id-in-types": ["error", { exceptions: withoutId }],
      // `nodes` lies beside `edges`; its entries are no edges.
      "@graphql-eslint/relay-edge-types": ["error", { listTypeCanWrapOnlyEdgeType: false }],
      // Lists that only ever grow at one end have no use for `last` and `before`.
      "@graphql-eslint/relay-arguments": ["error", { includeBoth: false }],
      // `Quote.quote` is the word for it: base, quote, rate.
      "@graphql-eslint/no-typename-prefix": "off",
      // A mutation answers its union, and `viewer` is always there.
      "@graphql-eslint/require-nullable-result-in-root": "off",
    },
  },
  {
    files: ["fragments/*.graphql", "operations/*.graphql"],
    languageOptions: parser(documents),
    plugins: { "@graphql-eslint": graphql },
    rules: {
      ...operationRules,
      "@graphql-eslint/lone-executable-definition": "error",
      "@graphql-eslint/match-document-filename": [
        "error",
        {
          query: "PascalCase",
          mutation: "PascalCase",
          subscription: "PascalCase",
          fragment: "PascalCase",
        },
      ],
      "@graphql-eslint/no-unused-fragments": "error",
      // Fragments bring the ids of what they are on.
      "@graphql-eslint/require-selections": "off",
    },
  },
];
