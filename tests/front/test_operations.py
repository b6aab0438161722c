"""The operations that front ends start from: valid, small enough, and complete."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    is_union_type,
    parse,
    validate,
    visit,
)

from service.api.limits import Limits, refuse, refuse_nodes
from tools.contract_documents import by_operation, possible_types, schema, sources, written

SCHEMA = schema()
SOURCES = sources()
WRITTEN = written()
PERSISTED = by_operation()


def test_a_file_holds_one_definition_and_bears_its_name() -> None:
    for path, document in SOURCES.items():
        (definition,) = document.definitions
        assert isinstance(definition, FragmentDefinitionNode | OperationDefinitionNode)
        assert definition.name is not None
        assert definition.name.value == PurePosixPath(path).stem
        is_fragment = isinstance(definition, FragmentDefinitionNode)
        assert is_fragment == path.startswith("fragments/")


def test_no_two_definitions_have_one_name() -> None:
    names = [PurePosixPath(path).stem for path in SOURCES]
    assert len(names) == len(set(names))


def test_all_of_them_together_are_valid() -> None:
    assert validate(SCHEMA, WRITTEN) == []


@pytest.mark.parametrize("name", sorted(PERSISTED))
def test_a_document_is_executed_also_with_the_largest_pages(name: str) -> None:
    document = parse(PERSISTED[name])
    limits = Limits()
    assert validate(SCHEMA, document) == []
    assert len(PERSISTED[name]) <= limits.document_chars
    parse(PERSISTED[name], max_tokens=limits.tokens)
    assert refuse(SCHEMA, document, limits) is None
    assert refuse_nodes(SCHEMA, document, limits) is None


# Errors


class Unions(Visitor):
    """Notes each selection on a union that has user errors, and whether it asks for all of them."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types = types
        self.seen: list[tuple[str, bool]] = []

    def enter_selection_set(self, node: SelectionSetNode, *_: Any) -> None:
        parent = self._types.get_parent_type()
        if parent is not None and is_union_type(parent) and has_user_errors(parent):
            asked = [
                one.selection_set
                for one in node.selections
                if isinstance(one, InlineFragmentNode)
                and one.type_condition is not None
                and one.type_condition.name.value == "UserError"
            ]
            self.seen.append((parent.name, any(map(spreads_user_error, asked))))


def has_user_errors(union: GraphQLUnionType) -> bool:
    return any("UserError" in {one.name for one in member.interfaces} for member in union.types)


def spreads_user_error(selections: SelectionSetNode) -> bool:
    names = {one.name.value for one in selections.selections if isinstance(one, FragmentSpreadNode)}
    return "UserErrorFields" in names


def unions_of(document: DocumentNode, of: GraphQLSchema = SCHEMA) -> list[tuple[str, bool]]:
    types = TypeInfo(of)
    unions = Unions(types)
    visit(document, TypeInfoVisitor(types, unions))
    return unions.seen


def test_every_result_asks_for_every_user_error() -> None:
    seen = unions_of(WRITTEN)
    assert [name for name, asks in seen if not asks] == []
    assert {name for name, _ in seen} == {
        name
        for name, kind in SCHEMA.type_map.items()
        if is_union_type(kind) and has_user_errors(kind)
    }


def test_a_result_that_asks_for_some_errors_only_is_noticed() -> None:
    some = parse(
        "mutation A($input: RemoveBillingContactInput!) { removeBillingContact(input: $input) {"
        " ... on RemoveBillingContactSuccess { removedId } ... on NotFoundError { code } } }"
    )
    assert unions_of(some) == [("RemoveBillingContactResult", False)]


def test_the_fields_of_an_error_are_what_all_errors_have() -> None:
    (fragment,) = SOURCES["fragments/UserErrorFields.graphql"].definitions
    assert isinstance(fragment, FragmentDefinitionNode)
    assert fields_of(fragment.selection_set) == {"code", "message"}


# Completeness


def fields_of(selections: SelectionSetNode) -> set[str]:
    return {one.name.value for one in selections.selections if isinstance(one, FieldNode)}


def test_everything_that_the_api_offers_is_used() -> None:
    used: dict[str, set[str]] = {"query": set(), "mutation": set(), "subscription": set()}
    for definition in WRITTEN.definitions:
        if isinstance(definition, OperationDefinitionNode):
            used[definition.operation.value] |= fields_of(definition.selection_set)
    for kind, names in used.items():
        root = getattr(SCHEMA, f"{kind}_type")
        assert names == set(root.fields)


def test_every_fragment_is_used() -> None:
    spread: set[str] = set()

    class Spreads(Visitor):
        def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
            spread.add(node.name.value)

    visit(WRITTEN, Spreads())
    defined = {
        one.name.value for one in WRITTEN.definitions if isinstance(one, FragmentDefinitionNode)
    }
    assert defined == spread


def test_every_kind_of_event_is_told() -> None:
    (fragment,) = SOURCES["fragments/EventFields.graphql"].definitions
    assert isinstance(fragment, FragmentDefinitionNode)
    told = {
        one.type_condition.name.value
        for one in fragment.selection_set.selections
        if isinstance(one, InlineFragmentNode) and one.type_condition is not None
    }
    assert told == set(possible_types(SCHEMA)["BillingEvent"])
    assert {"cursor", "occurredAt"} <= fields_of(fragment.selection_set)


@pytest.mark.parametrize("name", sorted(PERSISTED))
def test_whatever_has_an_id_is_asked_for_it(name: str) -> None:
    """Caches find a thing again by its id, and merge what two answers say of it."""
    document = parse(PERSISTED[name])
    types = TypeInfo(SCHEMA)
    lacking: list[str] = []

    class Ids(Visitor):
        def enter_selection_set(self, node: SelectionSetNode, *_: Any) -> None:
            parent = types.get_parent_type()
            has_id = isinstance(parent, GraphQLObjectType) and "id" in parent.fields
            if parent and has_id and "id" not in set(spread_out(node, document)):
                lacking.append(parent.name)

    visit(document, TypeInfoVisitor(types, Ids()))
    assert lacking == []


def spread_out(selections: SelectionSetNode, document: DocumentNode) -> Iterator[str]:
    """The fields of a selection, those in fragments included."""
    fragments = {
        one.name.value: one
        for one in document.definitions
        if isinstance(one, FragmentDefinitionNode)
    }
    for one in selections.selections:
        if isinstance(one, FieldNode):
            yield one.name.value
        elif isinstance(one, FragmentSpreadNode):
            yield from spread_out(fragments[one.name.value].selection_set, document)
        elif isinstance(one, InlineFragmentNode):
            yield from spread_out(one.selection_set, document)


def fragment_of(document: DocumentNode, spread: FragmentSpreadNode) -> FragmentDefinitionNode:
    return next(
        one
        for one in document.definitions
        if isinstance(one, FragmentDefinitionNode) and one.name.value == spread.name.value
    )


@pytest.mark.parametrize("name", sorted(PERSISTED))
def test_whatever_may_be_of_several_types_says_which(name: str) -> None:
    """What is sent has `__typename` wherever fields are asked for, so that caches add nothing."""
    document = parse(PERSISTED[name])
    types = TypeInfo(SCHEMA)
    lacking: list[str] = []

    class Names(Visitor):
        def enter_selection_set(self, node: SelectionSetNode, *_: Any) -> None:
            parent = types.get_parent_type()
            # A subscription has one field at its root, and nothing beside it.
            if parent is not SCHEMA.subscription_type and "__typename" not in fields_of(node):
                lacking.append(parent.name if parent else "")

    visit(document, TypeInfoVisitor(types, Names()))
    assert lacking == []
