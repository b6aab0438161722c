"""The recorded examples: one for everything that can be answered, and each as the schema has it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLUnionType,
    InlineFragmentNode,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
    is_enum_type,
    is_list_type,
    parse,
)
from graphql.execution.values import get_variable_values

from service.billing.people import Role
from tests.front.refused import REFUSED
from tests.front.replay import is_subscription
from tests.front.scenes import EXAMPLES
from tools.contract_documents import CONTRACT, by_operation, operation_of, possible_types, schema
from tools.contract_examples import DEFAULT, ERRORS, names, of_errors, of_operations

JSON = dict[str, Any]
Asked = dict[str, list[FieldNode]]
SCHEMA = schema()
DOCUMENTS = by_operation()
RECORDED = of_operations()
CODES: JSON = json.loads((CONTRACT / "errors.json").read_text(encoding="utf-8"))
ALL = [(operation, case) for operation, cases in RECORDED.items() for case in cases]


# Completeness


def test_what_is_recorded_is_what_is_played() -> None:
    played = {(one.operation, one.case) for one in EXAMPLES}
    played |= {(ERRORS, one.code) for one in REFUSED}
    assert len(played) == len(EXAMPLES) + len(REFUSED)
    assert set(names()) == played


def test_every_operation_has_its_usual_answer() -> None:
    assert {operation for operation, cases in RECORDED.items() if DEFAULT in cases} == set(
        DOCUMENTS
    )


def test_every_answer_of_every_mutation_is_recorded() -> None:
    assert SCHEMA.mutation_type is not None
    answered: dict[str, set[str]] = {}
    for cases in RECORDED.values():
        for one in cases.values():
            for field, result in (one.get("response", {}).get("data") or {}).items():
                if field in SCHEMA.mutation_type.fields:
                    answered.setdefault(field, set()).add(result["__typename"])
    unions = {
        name: get_named_type(field.type) for name, field in SCHEMA.mutation_type.fields.items()
    }
    assert answered == {
        name: {member.name for member in union.types}
        for name, union in unions.items()
        if isinstance(union, GraphQLUnionType)
    }


def test_every_code_of_a_request_is_recorded() -> None:
    assert set(of_errors()) == set(CODES["requestErrors"])


def test_every_kind_of_event_is_recorded() -> None:
    told = {
        event["__typename"]
        for cases in RECORDED.values()
        for one in cases.values()
        for payload in one.get("events", [])
        for event in (payload.get("data") or {}).values()
    }
    assert told == set(possible_types(SCHEMA)["BillingEvent"])


def test_only_codes_of_the_catalogue_are_answered() -> None:
    known = {one["code"] for one in CODES["userErrors"].values()} | set(CODES["requestErrors"])
    known |= set(CODES["issues"]) | set(CODES["notices"])
    failures = CODES["paymentFailures"]
    for where, code, action in codes_in({"operations": RECORDED, "errors": of_errors()}):
        if where == "failure":
            assert action == failures["codes"].get(code, failures["otherwise"])
        else:
            assert code in known


def codes_in(value: Any, where: str = "") -> list[tuple[str, str, str | None]]:
    """Each code in an answer: what it is a code of, and the next action beside it."""
    if isinstance(value, list):
        return [found for one in value for found in codes_in(one, where)]
    if not isinstance(value, dict):
        return []
    mine = [(where, value["code"], value.get("nextAction"))] if "code" in value else []
    return mine + [found for name, one in value.items() for found in codes_in(one, name)]


# Truth to the schema


@pytest.mark.parametrize(("operation", "case"), ALL, ids=lambda one: one)
def test_the_variables_are_what_the_operation_takes(operation: str, case: str) -> None:
    given = RECORDED[operation][case]["variables"]
    definitions = operation_of(DOCUMENTS[operation]).variable_definitions or ()
    assert set(given) <= {one.variable.name.value for one in definitions}
    values = get_variable_values(SCHEMA, list(definitions), given)
    assert not isinstance(values, list), values


@pytest.mark.parametrize(("operation", "case"), ALL, ids=lambda one: one)
def test_the_answer_has_what_was_asked_for_and_nothing_else(operation: str, case: str) -> None:
    one = RECORDED[operation][case]
    assert one["viewer"] in Role.__members__
    assert one["about"].endswith(".")
    if is_subscription(operation):
        payloads = one["events"]
        assert isinstance(one["ends"], bool)
    else:
        payloads = [one["response"]]
    reader = Reader(operation)
    for payload in payloads:
        if "data" in payload and payload["data"] is not None:
            reader.check_root(payload["data"])
        else:
            assert payload["errors"]


class Reader:
    """Compares answers with what their operation asks for, field by field."""

    def __init__(self, operation: str) -> None:
        document = parse(DOCUMENTS[operation])
        self._operation = operation_of(DOCUMENTS[operation])
        self._fragments = {
            one.name.value: one
            for one in document.definitions
            if isinstance(one, FragmentDefinitionNode)
        }

    def check_root(self, data: JSON) -> None:
        root = SCHEMA.get_root_type(self._operation.operation)
        assert root is not None
        self._check_object([self._operation.selection_set], root, data)

    def _check_object(
        self, selections: list[SelectionSetNode], kind: GraphQLObjectType, found: JSON
    ) -> None:
        asked: Asked = {}
        for selection in selections:
            self._collect(selection, kind, asked)
        assert set(found) == set(asked)
        for name, nodes in asked.items():
            field = nodes[0].name.value
            if field == "__typename":
                assert found[name] == kind.name
                continue
            inner = [node.selection_set for node in nodes if node.selection_set]
            self._check(inner, kind.fields[field].type, found[name])

    def _collect(self, selections: SelectionSetNode, kind: GraphQLObjectType, asked: Asked) -> None:
        for one in selections.selections:
            if isinstance(one, FieldNode):
                asked.setdefault((one.alias or one.name).value, []).append(one)
                continue
            assert isinstance(one, InlineFragmentNode | FragmentSpreadNode)
            part = one if isinstance(one, InlineFragmentNode) else self._fragments[one.name.value]
            condition = part.type_condition
            if condition is None or applies(condition.name.value, kind):
                self._collect(part.selection_set, kind, asked)

    def _check(
        self, selections: list[SelectionSetNode], kind: GraphQLOutputType, found: Any
    ) -> None:
        if isinstance(kind, GraphQLNonNull):
            assert found is not None
            kind = kind.of_type
        if found is None:
            return
        if is_list_type(kind):
            for one in found:
                self._check(selections, kind.of_type, one)
        elif is_composite_type(kind):
            actual = SCHEMA.type_map[found["__typename"]]
            assert isinstance(actual, GraphQLObjectType)
            assert applies(kind.name, actual)
            self._check_object(selections, actual, found)
        elif is_enum_type(kind):
            assert found in kind.values
        else:
            assert isinstance(found, {"Boolean": bool, "Int": int}.get(str(kind), str))


def applies(condition: str, kind: GraphQLObjectType) -> bool:
    return condition == kind.name or kind.name in possible_types(SCHEMA).get(condition, ())


def test_an_answer_that_lacks_a_field_or_has_another_type_is_noticed() -> None:
    good = RECORDED["RemoveBillingContact"][DEFAULT]["response"]["data"]
    reader = Reader("RemoveBillingContact")
    reader.check_root(good)
    result = good["removeBillingContact"]
    for wrong in (
        {name: value for name, value in result.items() if name != "billingContactId"},
        result | {"billingContactId": None},
        result | {"extra": 1},
        result | {"__typename": "NotFoundError"},
    ):
        with pytest.raises(AssertionError):
            reader.check_root(good | {"removeBillingContact": wrong})
