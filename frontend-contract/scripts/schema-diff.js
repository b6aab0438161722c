/**
 * What changed since the last release, and whether front ends break by it.
 *
 *     node scripts/schema-diff.js [OLD [NEW [TODAY]]]
 *
 * Prints every change, and ends with 1 when one breaks. What was deprecated in the old schema, with
 * a reason that names a day (`Use total. Removed after 2027-01-31.`), may be removed once that day
 * is over.
 */

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { CriticalityLevel, diff } from "@graphql-inspector/core";
import { buildSchema } from "graphql";

const REMOVED_AFTER = /Removed after (\d{4}-\d{2}-\d{2})\b/;

/** The changes between two schemas, each marked with whether it breaks front ends. */
export async function changes(oldText, newText, today) {
  const [before, after] = [buildSchema(oldText), buildSchema(newText)];
  return (await diff(before, after)).map(({ message, path, criticality }) => {
    const isBreaking = criticality.level === CriticalityLevel.Breaking;
    const isDue = isBreaking && isOver(deprecationOf(before, path ?? ""), today);
    return { message, path, breaks: isBreaking && !isDue };
  });
}

/** Why something was deprecated: a field, an argument, an input's field, or an enum's value. */
function deprecationOf(schema, path) {
  const [typeName, memberName, argumentName] = path.split(".");
  const type = schema.getType(typeName);
  if (memberName === undefined || type === undefined) return undefined;
  const member = type.getFields?.()[memberName] ?? type.getValue?.(memberName);
  if (argumentName === undefined) return member?.deprecationReason;
  return member?.args?.find(({ name }) => name === argumentName)?.deprecationReason;
}

function isOver(reason, today) {
  const day = REMOVED_AFTER.exec(reason ?? "")?.[1];
  return day !== undefined && day < today;
}

async function main([
  oldPath = "released/schema.graphql",
  newPath = "schema.graphql",
  today = new Date().toISOString().slice(0, 10),
]) {
  const [before, after] = [oldPath, newPath].map((path) => readFileSync(path, "utf8"));
  const found = await changes(before, after, today);
  for (const { message, breaks } of found) console.log(`${breaks ? "BREAKS " : "       "}${message}`);
  const breaking = found.filter(({ breaks }) => breaks).length;
  console.log(`${found.length} changes, ${breaking} of them break front ends`);
  return breaking === 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  process.exitCode = await main(process.argv.slice(2));
}
