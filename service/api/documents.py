"""Documents parsed, weighed and validated once, and kept by the size of their text."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    specified_rules,
    validate,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from service.api.limits import Limits, refuse, refuse_nodes
from service.api.masking import MaskUnexpected, with_code

# A parsed document takes about 190 times its text in memory, so this is some 100 MB at worst.
KEPT_CHARS_MAX = 512 * 1024
_ENTRY_CHARS_MIN = 1_024
# Every unknown field costs a search for names like it; nobody reads more errors than these.
_ERRORS_MAX = 20

RULES: tuple[type[ASTValidationRule], ...] = (
    *specified_rules,
    MaybeNullValidationRule,
    OneOfInputValidationRule,
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document and what is known about it before any variable is."""

    document: DocumentNode
    errors: tuple[GraphQLError, ...]
    count_nodes: bool


class DocumentShelf:
    """Prepared documents by their text, the least recently used dropped first.

    Those that were reserved have a place of their own, which no other document takes.
    """

    def __init__(
        self,
        limits: Limits,
        rules: tuple[type[ASTValidationRule], ...] = RULES,
        chars_max: int = KEPT_CHARS_MAX,
    ) -> None:
        self.limits = limits
        self._rules = rules
        self._chars_max = chars_max
        self._chars = 0
        self._kept: OrderedDict[str, Prepared] = OrderedDict()
        self._reserved: dict[str, Prepared | None] = {}

    @property
    def chars(self) -> int:
        """What may be dropped, in characters; a short text counts as 1,024."""
        return self._chars

    def reserve(self, texts: Iterable[str]) -> None:
        """Keep these for good once they were prepared."""
        for text in texts:
            self._reserved.setdefault(text, None)

    def find(self, text: str) -> Prepared | None:
        """Return the prepared document, or None when it is not on the shelf."""
        if text in self._reserved:
            return self._reserved[text]
        prepared = self._kept.get(text)
        if prepared is not None:
            self._kept.move_to_end(text)
        return prepared

    def prepare(self, schema: GraphQLSchema, text: str, document: DocumentNode) -> Prepared:
        """Weigh, validate and keep a parsed document; one that is too large is not validated."""
        prepared = self._inspect(schema, document)
        if text in self._reserved:
            self._reserved[text] = prepared
            return prepared
        self._chars += max(len(text), _ENTRY_CHARS_MIN)
        self._kept[text] = prepared
        while self._chars > self._chars_max:
            dropped, _ = self._kept.popitem(last=False)
            self._chars -= max(len(dropped), _ENTRY_CHARS_MIN)
        return prepared

    def _inspect(self, schema: GraphQLSchema, document: DocumentNode) -> Prepared:
        refusal = refuse(schema, document, self.limits)
        if refusal is not None:
            return Prepared(document, (refusal,), count_nodes=False)
        errors = tuple(
            with_code(error, "GRAPHQL_VALIDATION_FAILED")
            for error in validate(schema, document, self._rules, max_errors=_ERRORS_MAX)
        )
        count_nodes = not errors and refuse_nodes(schema, document, self.limits) is not None
        return Prepared(document, errors, count_nodes)


class PreparedDocuments(SchemaExtension):
    """Takes documents from a shelf that outlives the request."""

    def __init__(self, shelf: DocumentShelf) -> None:
        self._shelf = shelf
        self._prepared: Prepared | None = None

    def on_parse(self) -> Iterator[None]:
        """Take the document from the shelf, or have it parsed within the token limit."""
        context = self.execution_context
        context.parse_options["max_tokens"] = self._shelf.limits.tokens
        self._prepared = self._shelf.find(context.query or "")
        if self._prepared is not None:
            context.graphql_document = self._prepared.document
        yield

    def on_validate(self) -> Iterator[None]:
        """Report what is wrong with the document, or with its page sizes in this request."""
        context = self.execution_context
        schema, document = context.schema._schema, context.graphql_document
        if document is None:
            raise LookupError("validation of a document that was not parsed")
        prepared = self._prepared or self._shelf.prepare(schema, context.query or "", document)
        errors = list(prepared.errors)
        if prepared.count_nodes:
            refusal = refuse_nodes(schema, document, self._shelf.limits, context.variables or {})
            errors += [refusal] if refusal else []
        context.pre_execution_errors = errors
        yield


def extensions(shelf: DocumentShelf) -> list[Callable[[], SchemaExtension]]:
    """Return the extensions of one schema: limits, kept documents and masked errors.

    Each schema has a shelf of its own: what is kept there was validated against it.
    """
    return [lambda: PreparedDocuments(shelf), MaskUnexpected]
