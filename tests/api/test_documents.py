"""Documents are parsed, weighed and validated once, and kept within bounds."""

from __future__ import annotations

from graphql import ASTValidationRule, DocumentNode, GraphQLSchema, ValidationContext, parse
from strawberry.types import ExecutionContext

from service.api.documents import RULES, DocumentShelf, PreparedDocuments, extensions
from service.api.limits import Limits
from service.api.masking import MaskUnexpected, QuietSchema
from tests.api.toy_schema import Mutation, Query, Subscription, run, toy_config, toy_schema

LIMITS = Limits()
SCHEMA = toy_schema()
GRAPH: GraphQLSchema = SCHEMA._schema


class Counted(ASTValidationRule):
    """A rule that counts how often a document is validated."""

    count = 0

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        Counted.count += 1


class TestShelf:
    async def test_a_document_is_parsed_and_validated_once(self) -> None:
        shelf = DocumentShelf(LIMITS, (*RULES, Counted))
        schema = QuietSchema(
            Query,
            Mutation,
            Subscription,
            extensions=[lambda: PreparedDocuments(shelf)],
            config=toy_config(),
        )
        Counted.count = 0
        documents: list[DocumentNode] = []
        for number in range(5):
            result = await run(
                "query($a: Int!) { add(a: $a, b: 1) }", schema, variable_values={"a": number}
            )
            assert result.data == {"add": number + 1}
            found = shelf.find("query($a: Int!) { add(a: $a, b: 1) }")
            assert found is not None
            documents.append(found.document)
        for _ in range(3):
            assert (await run("{ nope }", schema)).errors[0].extensions == {
                "code": "GRAPHQL_VALIDATION_FAILED"
            }
        assert Counted.count == 2
        assert len({id(document) for document in documents}) == 1

    async def test_what_is_kept_is_bounded_by_size(self) -> None:
        shelf = DocumentShelf(LIMITS, chars_max=10_000)
        for number in range(50):
            text = f"{{ a{number}: ping }}" + " " * 1_500
            shelf.prepare(GRAPH, text, parse(text))
        assert 8_000 < shelf.chars <= 10_000
        assert shelf.find(text) is not None
        assert shelf.find("{ a0: ping }" + " " * 1_500) is None

    async def test_the_least_recently_used_goes_first(self) -> None:
        shelf = DocumentShelf(LIMITS, chars_max=3 * 1_024)
        for name in ("a", "b", "c"):
            shelf.prepare(GRAPH, f"{{ {name}: ping }}", parse(f"{{ {name}: ping }}"))
        assert shelf.find("{ a: ping }") is not None
        shelf.prepare(GRAPH, "{ d: ping }", parse("{ d: ping }"))
        assert shelf.find("{ b: ping }") is None
        assert shelf.find("{ a: ping }") is not None
        assert shelf.chars == 3 * 1_024

    async def test_a_document_larger_than_the_shelf_is_served_and_not_kept(self) -> None:
        shelf = DocumentShelf(LIMITS, chars_max=1_500)
        text = "{ ping }" + " " * 2_000
        prepared = shelf.prepare(GRAPH, text, parse(text))
        assert prepared.errors == ()
        assert (shelf.chars, shelf.find(text)) == (0, None)

    async def test_the_text_of_two_schemas_is_kept_apart(self) -> None:
        limits = Limits(root_fields=1)
        strict = toy_schema(limits)
        assert (await run("{ ping me: viewer }", SCHEMA)).errors is None
        (error,) = (await run("{ ping me: viewer }", strict)).errors
        assert error.extensions["limit"] == "root fields"


def test_the_library_still_has_the_names_that_are_used() -> None:
    assert isinstance(SCHEMA._schema, GraphQLSchema)
    assert [type(make()) for make in extensions(DocumentShelf(LIMITS))] == [
        PreparedDocuments,
        MaskUnexpected,
    ]
    fields = set(ExecutionContext.__dataclass_fields__)
    assert {"parse_options", "graphql_document", "pre_execution_errors", "variables"} <= fields
