import { Client, cacheExchange, fetchExchange } from "@urql/core";
import { createClient as createSocket } from "graphql-ws";
import { createClient as createStream } from "graphql-sse";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  BillingEventsDocument,
  CheckoutEventsDocument,
  InvoiceDocument,
  InvoicesDocument,
  StartCheckoutDocument,
  type InvoicesQuery,
} from "../generated/graphql.js";
import { bodyOf, trustedBodyOf } from "./documents.js";
import { exampleFor, examples, handlers, socketHandler } from "./msw.js";

const URL = "http://nowhere.invalid/graphql";
const server = setupServer(...handlers(), socketHandler());

beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

async function post(body: unknown): Promise<Response> {
  const headers = { "content-type": "application/json", accept: "application/json" };
  return fetch(URL, { method: "POST", headers, body: JSON.stringify(body) });
}

const checkout = {
  input: {
    idempotencyKey: "made when the form opened",
    invoiceIds: ["inv_6FDJ885ABFA2CT18RT7HE2EG0V"],
    successUrl: "https://app.example.com/paid",
    cancelUrl: "https://app.example.com/",
  },
};

describe("the mocked API", () => {
  it("answers a plain request without any network", async () => {
    const answer = await (await post(bodyOf(InvoicesDocument, { first: 20 }))).json();
    expect(answer).toEqual(examples["Invoices"]?.["default"]?.response);
  });

  it("knows a document by its id", async () => {
    const answer = await (await post(trustedBodyOf(InvoicesDocument, { first: 20 }))).json();
    expect(answer).toEqual(examples["Invoices"]?.["default"]?.response);
  });

  it("answers GET requests", async () => {
    const body = trustedBodyOf(InvoiceDocument, { by: { number: "INV-2627-009999" } });
    const parameters = new URLSearchParams({
      documentId: body.documentId ?? "",
      variables: JSON.stringify(body.variables),
    });
    const answer = await (await fetch(`${URL}?${parameters}`)).json();
    expect(answer).toEqual(examples["Invoice"]?.["not-there"]?.response);
  });

  it("answers urql", async () => {
    const client = new Client({
      url: URL,
      preferGetMethod: false,
      exchanges: [cacheExchange, fetchExchange],
    });
    const { data, error } = await client.query<InvoicesQuery>(InvoicesDocument.toString(), {
      first: 20,
    });
    expect(error).toBeUndefined();
    expect(data?.viewer.account?.invoices.totalCount).toBe(5);
  });

  it("answers with the same variables, else with the usual answer", () => {
    expect(exampleFor("Invoices", { first: 2 })).toBe(examples["Invoices"]?.["first-page"]);
    expect(exampleFor("Invoices", { first: 7 })).toBe(examples["Invoices"]?.["default"]);
    expect(exampleFor("NoSuchOperation")).toBeNull();
  });

  it("answers with the case that is wanted", async () => {
    server.use(...handlers({ cases: { StartCheckout: "GatewayUnavailableError" } }));
    const answer = await (await post(bodyOf(StartCheckoutDocument, checkout))).json();
    expect(answer.data.startCheckout.__typename).toBe("GatewayUnavailableError");
    expect(() => exampleFor("StartCheckout", {}, "Typo")).toThrow(/has the cases .*default/);
  });

  it("refuses every request with a code", async () => {
    server.use(...handlers({ refuse: "UNAUTHENTICATED" }));
    const response = await post(bodyOf(InvoicesDocument, {}));
    expect(response.status).toBe(401);
    expect((await response.json()).errors[0].extensions.code).toBe("UNAUTHENTICATED");
  });

  it("tells of events over server-sent events", async () => {
    const client = createStream({ url: URL, retryAttempts: 0 });
    const told = [];
    for await (const result of client.iterate({ query: CheckoutEventsDocument.toString() })) {
      told.push(result);
    }
    expect(told).toEqual(examples["CheckoutEvents"]?.["default"]?.events);
  });

  it("tells of events on a socket, and stays open", async () => {
    const client = createSocket({ url: URL.replace("http", "ws"), retryAttempts: 0 });
    const told = [];
    for await (const result of client.iterate({ query: BillingEventsDocument.toString() })) {
      told.push(result);
      if (told.length === 3) break;
    }
    expect(told).toEqual(examples["BillingEvents"]?.["default"]?.events);
    await client.dispose();
  });
});
