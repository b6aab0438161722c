// How much a browser loads before it shows anything; more than the budget fails the build.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 120;
const OUTPUT = new URL("../../../service/static/dashboard/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", OUTPUT), "utf8"));

/** The files of an entry and of all that it imports at once. */
function filesOf(name, seen = new Set()) {
  const chunk = manifest[name];
  if (chunk === undefined || seen.has(chunk.file)) return seen;
  seen.add(chunk.file);
  for (const imported of chunk.imports ?? []) filesOf(imported, seen);
  return seen;
}

const kb = (file) => gzipSync(readFileSync(new URL(file, OUTPUT)), { level: 9 }).length / 1000;
const language = Object.keys(manifest).filter((name) => name.includes("messages/"));
const heaviest = language.toSorted((one, other) => kb(manifest[other].file) - kb(manifest[one].file))[0];
const page = readFileSync(new URL("index.html", OUTPUT), "utf8");
const named = [...page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, file]) => file);
const first = ["index.html", ...new Set([...named, ...filesOf("index.html")])];
if (heaviest !== undefined) first.push(manifest[heaviest].file);

let total = 0;
for (const file of first) {
  total += kb(file);
  console.log(`${kb(file).toFixed(1).padStart(7)} kB gzip  ${file}`);
}
console.log(`${total.toFixed(1).padStart(7)} kB gzip  first load, of ${BUDGET_KB} kB`);
console.log(`${kb("paidup-invoices.js").toFixed(1).padStart(7)} kB gzip  paidup-invoices.js, the element in one file`);
if (total > BUDGET_KB) {
  console.error("budget: the first load is too heavy");
  process.exit(1);
}
