/** How a document of the contract is sent. */

import type { TypedDocumentString } from "../generated/graphql.js";

/** A document, whatever it answers and takes. */
type AnyDocument = Pick<TypedDocumentString<unknown, never>, "__meta__" | "toString">;

/** The body of a request. */
export interface RequestBody {
  readonly query?: string;
  readonly documentId?: string;
  readonly operationName: string;
  readonly variables: unknown;
}

/** The document's id, `sha256:` and a hash: what a server knows it by that trusts these only. */
export function documentIdOf(document: AnyDocument): string {
  const id: unknown = document.__meta__?.["hash"];
  if (typeof id !== "string") throw new TypeError("this is a fragment, not an operation");
  return id;
}

/** The name of the document's operation. */
export function operationNameOf(document: AnyDocument): string {
  const found = /(?:query|mutation|subscription)\s+(\w+)/.exec(document.toString());
  if (found?.[1] === undefined) throw new TypeError("this is a fragment, not an operation");
  return found[1];
}

/** The body that asks for a document by its text. */
export function bodyOf<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
): RequestBody {
  const query = document.toString();
  return { query, operationName: operationNameOf(document), variables };
}

/** The body that asks for a document by its id. */
export function trustedBodyOf<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
): RequestBody {
  const documentId = documentIdOf(document);
  return { documentId, operationName: operationNameOf(document), variables };
}
