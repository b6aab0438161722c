import type { TypedDocumentString } from "@paidup/contract/generated/graphql";
import { createRequest, type TypedDocumentNode } from "urql";

/** Ids under which the server knows the documents, by the names of their operations. */
const ids = new Map<string, string>();
const parsed = new WeakMap<object, TypedDocumentNode>();

/** A generated document in the form that the client's cache works on. */
export function operation<Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
): TypedDocumentNode<Data, Variables & Record<string, unknown>> {
  let node = parsed.get(document);
  if (node === undefined) {
    const text = document.toString();
    node = createRequest(text, {}).query as TypedDocumentNode;
    parsed.set(document, node);
    const name = /(?:query|mutation|subscription) (\w+)/.exec(text)?.[1];
    const id = document.__meta__?.["hash"];
    if (name !== undefined && typeof id === "string") ids.set(name, id);
  }
  return node as unknown as TypedDocumentNode<Data, Variables & Record<string, unknown>>;
}

export interface Sent {
  query?: string | undefined;
  documentId?: string;
  operationName?: string | undefined;
  variables?: unknown;
}

/** What is sent for an operation: its id instead of its text, where the server takes ids. */
export function asSent(body: Sent, byId: boolean): Sent {
  const name = /(?:query|mutation|subscription) (\w+)/.exec(body.query ?? "")?.[1];
  const id = name === undefined ? undefined : ids.get(name);
  if (!byId || id === undefined) return body;
  const { query: _, ...rest } = body;
  return { ...rest, documentId: id };
}
