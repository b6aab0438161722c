"""The catalogue of errors: everything that the server can send, and what to do about it."""

from __future__ import annotations

import ast
import json

import pytest
from graphql import GraphQLInterfaceType

from service.api.refusals import STATUS_POLICY
from service.billing.payment import NextAction, next_action
from tools import contract_errors
from tools.contract_documents import CONTRACT, schema
from tools.contract_errors import (
    Incomplete,
    billing_errors,
    catalogue,
    close_codes,
    issues,
    reachable,
    request_codes,
    result_types,
)

SCHEMA = schema()
CATALOGUE = json.loads((CONTRACT / "errors.json").read_text(encoding="utf-8"))
RETRIES = {"NO", "FIX_INPUT", "REFRESH", "SAME_KEY", "LATER", "SIGN_IN", "RECONNECT"}


def test_the_committed_catalogue_is_what_the_code_says() -> None:
    assert catalogue(SCHEMA) == CATALOGUE


def test_every_user_error_of_the_schema_is_in_it() -> None:
    interface = SCHEMA.type_map["UserError"]
    assert isinstance(interface, GraphQLInterfaceType)
    kinds = {one.name for one in SCHEMA.get_possible_types(interface)}
    assert set(CATALOGUE["userErrors"]) == kinds
    for name, entry in CATALOGUE["userErrors"].items():
        assert entry["code"] in billing_errors().values()
        assert entry["mutations"], f"{name} is answered by no mutation"


def test_every_code_with_a_status_is_in_it() -> None:
    assert set(STATUS_POLICY) - {"OK", "PARTIAL"} <= set(CATALOGUE["requestErrors"])


@pytest.mark.parametrize(
    "code",
    [
        "BAD_CURSOR",  # by `refusal`
        "TOKEN_EXPIRED",  # a literal on a stream
        "TOO_MANY_OPERATIONS",  # a Refusal on a socket
        "QUERY_TOO_COMPLEX",  # a constant
        "GRAPHQL_PARSE_FAILED",  # by the settling of errors
        "UNAUTHENTICATED",  # a class's own
        "INTERNAL",
    ],
)
def test_a_code_is_found_in_whatever_way_it_is_sent(code: str) -> None:
    assert code in request_codes()


def test_what_is_said_of_an_entry_is_complete() -> None:
    for part in ("userErrors", "requestErrors", "issues", "nextActions", "notices"):
        assert all(entry["show"] for entry in CATALOGUE[part].values()), part
    for part in ("userErrors", "requestErrors", "socketClosings"):
        for entry in CATALOGUE[part].values():
            assert entry["meaning"]
            assert entry["retry"] in RETRIES
            assert entry["retryable"] == (entry["retry"] not in ("NO", "FIX_INPUT", "REFRESH"))


def test_only_what_the_api_can_reach_is_read() -> None:
    modules = set(reachable())
    assert {"service.api.view", "service.workflows.checkout", "service.billing.errors"} <= modules
    assert not any(name.startswith(("service.sandbox", "service.adapters")) for name in modules)
    assert "service.workflows.account_files" not in modules


def test_the_issues_are_worded_as_in_the_code() -> None:
    found = {(one.path, one.code, one.message) for one in issues()}
    assert ("email", "TAKEN", "Another billing contact has this address.") in found
    left = "At most … is left of it."
    assert ("amount", "TOO_MUCH", left) in found
    assert CATALOGUE["issues"]["TAKEN"]["paths"] == ["email", "reference"]


def test_what_becomes_of_a_refusal_is_read_from_where_it_is_decided() -> None:
    assert result_types()["StaleVersion"] == ("StaleVersionError", [])
    assert result_types()["GatewayUnavailable"] == ("GatewayUnavailableError", ["USE_LINK", "WAIT"])


def test_a_failed_payment_has_a_next_action_whatever_its_code() -> None:
    known = CATALOGUE["paymentFailures"]
    assert known["otherwise"] == next_action("insufficient_funds") == "NEW_CARD"
    assert known["codes"]["authentication_required"] == "AUTHENTICATE"
    assert set(CATALOGUE["nextActions"]) == set(NextAction.__members__)


def test_how_a_socket_is_closed_is_in_it() -> None:
    assert set(CATALOGUE["socketClosings"]) == {str(code) for code in close_codes()}
    assert {4400, 4401, 4403, 4406, 4408, 4409, 4429, 4500} <= close_codes()


def planted(monkeypatch: pytest.MonkeyPatch, module: str, statement: str) -> None:
    """The same code, with one more statement in one module."""
    read = contract_errors.tree_of

    def with_statement(name: str) -> ast.Module:
        tree = read(name)
        if name != module:
            return tree
        return ast.Module([*tree.body, *ast.parse(statement).body], [])

    monkeypatch.setattr(contract_errors, "tree_of", with_statement)


@pytest.mark.parametrize(
    ("module", "statement", "named"),
    [
        ("service.api.view", "raise Refusal('BRAND_NEW', 'No.')", "BRAND_NEW"),
        ("service.api.fields", "GraphQLError('No.', extensions={'code': 'NEWER'})", "NEWER"),
        ("service.workflows.refunds", "InvalidInput.one('amount', 'ODD', 'It is odd.')", "ODD"),
        ("service.workflows.refunds", "InvalidInput.one('amount', code, 'It is odd.')", "literal"),
    ],
)
def test_a_code_that_nobody_described_is_noticed(
    monkeypatch: pytest.MonkeyPatch, module: str, statement: str, named: str
) -> None:
    planted(monkeypatch, module, statement)
    with pytest.raises(Incomplete, match=named):
        catalogue(SCHEMA)


def test_a_description_of_nothing_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contract_errors, "request_codes", lambda: {"BAD_REQUEST"})
    with pytest.raises(Incomplete, match="UNAUTHENTICATED"):
        catalogue(SCHEMA)
