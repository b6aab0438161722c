"""What is generated for front ends: fresh, and true to what it was generated from."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLScalarType,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

from service.api.schema import schema as served
from tools import contract
from tools.contract_documents import (
    CONTRACT,
    ROOT,
    by_operation,
    cache_keys,
    id_of,
    persisted,
    persisted_query_manifest,
    possible_types,
    scalars_of,
    schema,
    written,
)

SCHEMA = schema()
SERVED = served._schema
JSON = dict[str, Any]


def read(name: str) -> Any:
    return json.loads((CONTRACT / name).read_text(encoding="utf-8"))


def test_nothing_is_stale() -> None:
    assert contract.stale_files() == []


def test_the_schema_beside_the_operations_is_the_services() -> None:
    assert (CONTRACT / "schema.graphql").read_bytes() == (ROOT / "schema.graphql").read_bytes()


# Persisted documents


def test_a_persisted_document_is_known_by_the_hash_of_its_text() -> None:
    assert {id_of(text): text for text in persisted().values()} == persisted()


def test_every_operation_is_persisted_as_it_was_written() -> None:
    definitions = {
        one.name.value: one
        for one in written().definitions
        if isinstance(one, OperationDefinitionNode | FragmentDefinitionNode) and one.name
    }
    operations = {
        name for name, one in definitions.items() if isinstance(one, OperationDefinitionNode)
    }
    assert set(by_operation()) == operations
    for name, text in by_operation().items():
        sent = {one.name.value: one for one in parse(text).definitions}  # type: ignore[attr-defined]
        assert set(sent) == needed(name, definitions)
        for part in sent:
            assert settled(sent[part]) == settled(definitions[part])


def needed(name: str, definitions: dict[str, Any]) -> set[str]:
    """A definition and the fragments that it needs, and that those need."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += spreads_of(definitions[one])
    return found


def spreads_of(definition: Node) -> list[str]:
    names: list[str] = []

    class Spreads(Visitor):
        def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
            names.append(node.name.value)

    visit(definition, Spreads())
    return names


def settled(node: Node) -> str:
    """A definition without __typename, and in one order: what it asks for."""
    if isinstance(node, OperationDefinitionNode):
        given = " ".join(sorted(print_ast(one) for one in node.variable_definitions or ()))
        return f"{node.operation.value}({given}){asked(node.selection_set)}"
    assert isinstance(node, FragmentDefinitionNode)
    return f"on {node.type_condition.name.value}{asked(node.selection_set)}"


def asked(selections: SelectionSetNode) -> str:
    parts = [part_of(one) for one in selections.selections]
    return "{" + " ".join(sorted(part for part in parts if part != "__typename()")) + "}"


def part_of(selection: Node) -> str:
    if isinstance(selection, FieldNode):
        name = ":".join(one.value for one in (selection.alias, selection.name) if one)
        given = " ".join(sorted(print_ast(one) for one in selection.arguments or ()))
        return f"{name}({given})" + (
            asked(selection.selection_set) if selection.selection_set else ""
        )
    if isinstance(selection, InlineFragmentNode) and selection.type_condition:
        return f"... on {selection.type_condition.name.value}{asked(selection.selection_set)}"
    return print_ast(selection)


def test_what_a_document_asks_for_is_compared_without_order_and_typename() -> None:
    one, other = "{ a { __typename c b(x: 1) } ...F }", "{ ...F __typename a { b(x: 1) c } }"
    assert settled(only(parse(one))) == settled(only(parse(other)))
    assert settled(only(parse(one))) != settled(only(parse("{ a { c b(x: 2) } ...F }")))


def only(document: DocumentNode) -> Node:
    (definition,) = document.definitions
    return definition


def test_the_manifest_is_in_apollos_form() -> None:
    manifest = persisted_query_manifest()
    assert manifest == read("persisted-query-manifest.json")
    assert {name: manifest[name] for name in ("format", "version")} == {
        "format": "apollo-persisted-query-manifest",
        "version": 1,
    }
    kinds = {"query", "mutation", "subscription"}
    for operation in manifest["operations"]:
        assert set(operation) == {"id", "name", "type", "body"}
        assert re.fullmatch("[0-9a-f]{64}", operation["id"])
        assert operation["type"] in kinds
        assert persisted()[f"sha256:{operation['id']}"] == operation["body"]
    assert [one["name"] for one in manifest["operations"]] == sorted(by_operation())


def test_the_generated_typescript_sends_the_persisted_ids() -> None:
    text = (CONTRACT / "generated" / "graphql.ts").read_text(encoding="utf-8")
    assert sorted(re.findall(r'\{"hash":"(sha256:[0-9a-f]{64})"\}', text)) == sorted(persisted())


# Facts about types


def test_the_possible_types_are_those_of_unions_and_interfaces() -> None:
    known = possible_types(SCHEMA)
    assert known["RemoveBillingContactResult"] == [
        "ForbiddenError",
        "NotFoundError",
        "RemoveBillingContactSuccess",
    ]
    assert "Invoice" in known["Node"]
    assert not any(name.startswith("__") for name in known)


@pytest.mark.parametrize(
    ("name", "key"), [("Invoice", ["id"]), ("Money", None), ("PageInfo", None), ("Refund", ["id"])]
)
def test_a_value_without_an_id_has_no_key(name: str, key: list[str] | None) -> None:
    assert cache_keys(SCHEMA)[name] == key


def test_every_scalar_has_a_type_in_each_language() -> None:
    known: dict[str, JSON] = read("scalars.json")
    assert set(known) == scalars_of(SCHEMA)
    for scalar in known.values():
        assert set(scalar) == {"form", "typeScript", "kotlin", "swift"}
        assert scalar["typeScript"] == "string"
        for language in ("kotlin", "swift"):
            assert set(scalar[language]) == {"type", "adapter"}


def test_the_form_of_a_scalar_is_what_the_service_takes() -> None:
    for name, scalar in read("scalars.json").items():
        kind = SERVED.type_map[name]
        assert isinstance(kind, GraphQLScalarType)
        assert kind.parse_value(scalar["form"]) is not None
