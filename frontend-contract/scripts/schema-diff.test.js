import { describe, expect, it } from "vitest";
import { changes } from "./schema-diff.js";

const TODAY = "2026-11-26";

/** What breaks, in words. */
async function breaking(before, after) {
  const found = await changes(before, after, TODAY);
  return found.filter(({ breaks }) => breaks).map(({ message }) => message);
}

const schema = (fields, more = "") => `type Query { ${fields} } ${more}`;
const gone = (day) => `@deprecated(reason: "Use total. Removed after ${day}.")`;

describe("a change of the schema", () => {
  it("breaks nothing when something is added", async () => {
    expect(await breaking(schema("a: Int"), schema("a: Int b(c: Int): Int"))).toEqual([]);
  });

  it.each([
    ["a field is removed", schema("a: Int b: Int"), schema("a: Int")],
    ["an answer may be null now", schema("a: Int!"), schema("a: Int")],
    ["an argument is asked for now", schema("a: Int"), schema("a(b: Int!): Int")],
    ["a value is removed", schema("a: E", "enum E { X Y }"), schema("a: E", "enum E { X }")],
  ])("breaks when %s", async (_, before, after) => {
    expect(await breaking(before, after)).toHaveLength(1);
  });

  it.each([
    ["a field", (mark) => schema(`a: Int b: Int ${mark}`), schema("a: Int")],
    ["an argument", (mark) => schema(`a(b: Int ${mark}): Int`), schema("a: Int")],
    [
      "a value",
      (mark) => schema("a: E", `enum E { X Y ${mark} }`),
      schema("a: E", "enum E { X }"),
    ],
    [
      "an input's field",
      (mark) => schema("a(i: I): Int", `input I { x: Int y: Int ${mark} }`),
      schema("a(i: I): Int", "input I { x: Int }"),
    ],
  ])("may remove %s whose day is over, and not before", async (_, before, after) => {
    expect(await breaking(before(gone("2026-11-25")), after)).toEqual([]);
    expect(await breaking(before(gone(TODAY)), after)).toHaveLength(1);
    expect(await breaking(before('@deprecated(reason: "Old.")'), after)).toHaveLength(1);
  });
});
