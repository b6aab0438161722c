"""Trusted documents: those that were registered before the service started, by their hashes.

A client names one by `documentId`, as the draft of GraphQL over HTTP has it, or by Apollo's
extension `persistedQuery`. Nothing that a client sends is ever registered.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from graphql import GraphQLError, GraphQLSchema, GraphQLSyntaxError, OperationDefinitionNode, parse

from service.api.documents import DocumentShelf
from service.api.execution import ID_PREFIX, Operation
from service.api.refusals import Refusal

_ROOMS = Path(__file__).parent.parent
# Where a wheel and an image have the front ends' contract, and where a clone has it.
PACKAGED = _ROOMS / "persisted-documents.json"
IN_CLONE = _ROOMS.parent / "frontend-contract" / "persisted-documents.json"

_APOLLO = "apollo-persisted-query-manifest"


class ManifestError(ValueError):
    """A manifest cannot be used; the text names the file and the entry."""


class TrustedDocuments:
    """The texts of trusted documents by the SHA-256 of their UTF-8, in hexadecimal."""

    def __init__(self, texts: Mapping[str, str] | None = None) -> None:
        self._texts = dict(texts or {})

    def __len__(self) -> int:
        return len(self._texts)

    @classmethod
    def of(cls, manifests: Iterable[Path]) -> TrustedDocuments:
        """Read manifests.

        Raises:
            ManifestError: one cannot be used.
        """
        texts: dict[str, str] = {}
        for path in manifests:
            texts |= read_manifest(path)
        return cls(texts)

    def reserve_on(self, shelf: DocumentShelf) -> None:
        """See to it that no other document takes the place of these."""
        shelf.reserve(self._texts.values())

    def complete(self, operation: Operation, *, trusted_only: bool) -> Operation:
        """Return the operation with its document's text. It has an id when it is a trusted one.

        Raises:
            Refusal: PERSISTED_QUERY_NOT_FOUND, PERSISTED_QUERY_ID_REQUIRED, or BAD_REQUEST when
                both an id and a text were given and do not belong together.
        """
        if operation.document_id is None:
            if trusted_only:
                raise Refusal(
                    "PERSISTED_QUERY_ID_REQUIRED",
                    "Only registered documents are executed: send `documentId`.",
                )
            return operation
        if operation.query and hash_of(operation.query) != operation.document_id:
            raise Refusal("BAD_REQUEST", "`query` is another document than the id names.")
        text = self._texts.get(operation.document_id)
        if text is not None:
            return replace(operation, query=text)
        if operation.query and not trusted_only:
            return replace(operation, document_id=None)
        # The very words that Apollo's clients look for.
        raise Refusal("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")

    def misfits(self, schema: GraphQLSchema, shelf: DocumentShelf) -> dict[str, str]:
        """Say of each document that the schema or its limits refuse why, by its hash."""
        found = ((one, _misfit(text, schema, shelf)) for one, text in self._texts.items())
        return {one: why for one, why in found if why is not None}


def hash_of(text: str) -> str:
    """The hash that a document is registered under."""
    return sha256(text.encode(errors="surrogatepass")).hexdigest()


def contract_manifest() -> Path | None:
    """The manifest of the front ends' contract; None where it was not made."""
    return next((path for path in (PACKAGED, IN_CLONE) if path.exists()), None)


def read_manifest(path: Path) -> dict[str, str]:
    """Read documents by their hashes, from either of two forms: an object of `sha256:` and the hash
    (or the hash alone) to the text, or Apollo's persisted query manifest.

    Raises:
        ManifestError: it cannot be read, an entry is not what its key says, or is not GraphQL.
    """
    texts: dict[str, str] = {}
    for key, text in _entries(path):
        if not isinstance(text, str):
            raise ManifestError(f"{path}: {key}: the document is not a text")
        found = key.removeprefix(ID_PREFIX)
        if hash_of(text) != found:
            raise ManifestError(f"{path}: {key} is not the SHA-256 of its document")
        _check_operation(f"{path}: {key}", text)
        texts[found] = text
    return texts


def _entries(path: Path) -> Iterable[tuple[str, object]]:
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ManifestError(f"{path}: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise ManifestError(f"{path}: not JSON") from None
    if not isinstance(manifest, dict):
        raise ManifestError(f"{path}: not an object of ids and documents")
    if manifest.get("format") != _APOLLO:
        return manifest.items()
    try:
        return [(str(one["id"]), one["body"]) for one in manifest["operations"]]
    except (KeyError, TypeError):
        raise ManifestError(f"{path}: an operation has an id and a body") from None


def _check_operation(place: str, text: str) -> None:
    try:
        document = parse(text)
    except GraphQLSyntaxError as error:
        raise ManifestError(f"{place}: {error.message}") from None
    except RecursionError:
        raise ManifestError(f"{place}: nested too deeply") from None
    if not any(isinstance(one, OperationDefinitionNode) for one in document.definitions):
        raise ManifestError(f"{place}: holds no operation")


def _misfit(text: str, schema: GraphQLSchema, shelf: DocumentShelf) -> str | None:
    try:
        document = parse(text, max_tokens=shelf.limits.tokens)
    except GraphQLError as error:
        return error.message
    if len(text) > shelf.limits.document_chars:
        return f"it has more than {shelf.limits.document_chars} characters"
    errors = shelf.prepare(schema, text, document).errors
    return errors[0].message if errors else None
