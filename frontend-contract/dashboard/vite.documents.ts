import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

const GENERATED = new URL("../generated/graphql.ts", import.meta.url);
const VIRTUAL = "virtual:paidup-document/";
const IMPORTED = /import \{([^}]*)\} from "@paidup\/contract\/generated\/graphql";/g;
const WRITTEN = /export const (\w+Document) = new TypedDocumentString\(`([^`]*)`, (\{[^}]*\})\)/g;

/**
 * Gives each generated document a module of its own, so that a screen loads those that it asks with
 * and no others. Fragments are there for the types alone: what is asked has their text already.
 * Documents lose their indentation: they are sent by their ids, or as the client prints them.
 */
export function documents(): Plugin {
  const sources = new Map<string, string>();
  return {
    name: "paidup-documents",
    enforce: "pre",
    buildStart() {
      for (const [, name, text, meta] of readFileSync(GENERATED, "utf8").matchAll(WRITTEN)) {
        const short = JSON.stringify(text?.replace(/\s+/g, " ").trim());
        sources.set(String(name), `export const ${name} = { toString: () => ${short}, __meta__: ${meta} };`);
      }
    },
    resolveId: (id) => (id.startsWith(VIRTUAL) ? `\0${id}` : null),
    load: (id) => (id.startsWith(`\0${VIRTUAL}`) ? sources.get(id.slice(VIRTUAL.length + 1)) : null),
    transform(code, id) {
      // No fragment is on the union of a mutation's results: the cache need not know them.
      if (/possibleTypes\.json$/.test(id)) return withoutResults(code);
      if (!/\.tsx?$/.test(id)) return null;
      return code.replace(IMPORTED, (_, names: string) => names.split(",").map(apart).join(""));
    },
  };
}

/** The page names all that its script imports, so that nothing waits for a script to be read. */
export function preloads(): Plugin {
  return {
    name: "paidup-preloads",
    transformIndexHtml: {
      order: "post",
      handler: (_, { chunk }) =>
        (chunk?.imports ?? []).map((file) => ({
          tag: "link",
          attrs: { rel: "modulepreload", crossorigin: true, href: `./${file}` },
          injectTo: "head",
        })),
    },
  };
}

/** One imported name as an import of its own; a fragment as nothing. */
function apart(written: string): string {
  const name = written.trim();
  if (name === "" || name.startsWith("type ")) return "";
  if (name.endsWith("FragmentDoc")) return `const ${name} = undefined;`;
  return `import { ${name} } from "${VIRTUAL}${name.split(" ")[0]}";`;
}

function withoutResults(json: string): string {
  const types = Object.entries(JSON.parse(json) as Record<string, string[]>);
  return JSON.stringify(Object.fromEntries(types.filter(([name]) => !name.endsWith("Result"))));
}
