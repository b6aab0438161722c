import type { CodegenConfig } from "@graphql-codegen/cli";
import { addTypenameSelectionDocumentTransform } from "@graphql-codegen/client-preset";
import scalars from "./scalars.json" with { type: "json" };

const typeScript = {
  ID: "string",
  ...Object.fromEntries(Object.entries(scalars).map(([name, { typeScript }]) => [name, typeScript])),
};

// Where to write: elsewhere when it is only compared with what is committed.
const output = process.env["CONTRACT_OUTPUT"] ?? "";

const config: CodegenConfig = {
  schema: "schema.graphql",
  documents: ["fragments/*.graphql", "operations/*.graphql"],
  emitLegacyCommonJSImports: false,
  generates: {
    [`${output}generated/`]: {
      preset: "client",
      presetConfig: {
        fragmentMasking: { unmaskFunctionName: "readFragment" },
        persistedDocuments: { hashAlgorithm: "sha256" },
      },
      // Caches need __typename: with it in the text, what is sent is what was hashed.
      documentTransforms: [addTypenameSelectionDocumentTransform],
      config: {
        documentMode: "string",
        enumsAsTypes: true,
        strictScalars: true,
        scalars: typeScript,
        useTypeImports: true,
        nonOptionalTypename: true,
      },
    },
  },
};

export default config;
