import type { Plugin } from "vite";

/**
 * Generated documents that no screen uses are left out of the build, and those that are used lose
 * their indentation: they are sent by their ids, or as the client prints them.
 */
export function documents(): Plugin {
  return {
    name: "paidup-documents",
    enforce: "pre",
    transform(code, id) {
      // Only the types without a key are looked at.
      if (/cacheKeys\.json$/.test(id)) return code.replace(/"?\w+"?: \[\s*"id"\s*\],?/g, "").replace(/,(\s*\})/g, "$1");
      if (!/generated\/graphql\.ts$/.test(id)) return null;
      return code
        .replaceAll("= new TypedDocumentString(", "= /*#__PURE__*/ new TypedDocumentString(")
        .replace(/`[^`]*`/g, (text) => text.replace(/\s+/g, " "));
    },
  };
}
