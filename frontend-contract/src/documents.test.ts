import { expect, it } from "vitest";
import persisted from "../persisted-documents.json" with { type: "json" };
import { InvoicesDocument, MoneyFieldsFragmentDoc, StartCheckoutDocument } from "../generated/graphql.js";
import { bodyOf, documentIdOf, trustedBodyOf } from "./documents.js";

it("asks for a document by its text", () => {
  const body = bodyOf(InvoicesDocument, { first: 5 });
  expect(body.operationName).toBe("Invoices");
  expect(body.query).toContain("query Invoices(");
  expect(body.variables).toEqual({ first: 5 });
  expect(body.documentId).toBeUndefined();
});

it("asks for a document by an id that the server knows", () => {
  const body = trustedBodyOf(InvoicesDocument, {});
  expect(body.query).toBeUndefined();
  expect(persisted).toHaveProperty([body.documentId ?? ""]);
  expect(documentIdOf(StartCheckoutDocument)).not.toBe(body.documentId);
});

it("does not take a fragment for an operation", () => {
  expect(() => documentIdOf(MoneyFieldsFragmentDoc)).toThrow(TypeError);
});
