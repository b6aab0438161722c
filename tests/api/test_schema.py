"""The schema as front ends read it: complete, described, and equal to its file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    build_schema,
    find_breaking_changes,
    is_introspection_type,
    is_specified_scalar_type,
    parse,
    validate,
)

import service.api
from service.api import scalars
from service.api.explorer import EXAMPLES
from service.api.schema import print_sdl, schema
from service.api.types.enums import CHECKOUT_STATUSES, CheckoutStatus
from service.billing.events import EVENT_TYPES
from service.billing.payment import PaymentStatus

ROOT = Path(service.api.__file__).parents[2]
GRAPHQL = schema._schema


def our_types() -> list[GraphQLNamedType]:
    return [
        kind
        for kind in GRAPHQL.type_map.values()
        if not is_introspection_type(kind) and not is_specified_scalar_type(kind)
    ]


def described() -> Iterator[tuple[str, str | None]]:
    """Everything that a description can stand at, with what stands there."""
    for kind in our_types():
        yield kind.name, kind.description
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in kind.fields.items():
                yield f"{kind.name}.{name}", field.description
                for argument_name, argument in field.args.items():
                    yield f"{kind.name}.{name}({argument_name})", argument.description
        elif isinstance(kind, GraphQLInputObjectType):
            for name, input_field in kind.fields.items():
                yield f"{kind.name}.{name}", input_field.description
        elif isinstance(kind, GraphQLEnumType):
            for name, value in kind.values.items():
                yield f"{kind.name}.{name}", value.description


def test_everything_has_a_description() -> None:
    texts = dict(described())
    assert len(texts) > 300
    assert [place for place, text in texts.items() if not text] == []


def test_descriptions_are_whole_sentences_in_one_paragraph() -> None:
    odd = [
        place
        for place, text in described()
        if text and (not text.endswith((".", ".)")) or "\n" in text or "  " in text)
    ]
    assert odd == []


def test_the_file_at_the_top_of_the_repository_is_the_schema() -> None:
    assert (ROOT / "schema.graphql").read_text(encoding="utf-8") == print_sdl()


def test_the_printed_schema_can_be_read_by_other_tools() -> None:
    read = build_schema(print_sdl())
    assert find_breaking_changes(GRAPHQL, read) == find_breaking_changes(read, GRAPHQL) == []
    reference = read.type_map["InvoiceRef"]
    assert isinstance(reference, GraphQLInputObjectType)
    assert reference.is_one_of


# A claim may end well in two ways.
SUCCESSES = {"claimPaid": ["ClaimSettled", "ClaimUnderReview"]}


def test_what_a_mutation_answers_is_a_union_of_one_success_and_user_errors() -> None:
    assert GRAPHQL.mutation_type is not None
    for name, field in GRAPHQL.mutation_type.fields.items():
        assert isinstance(field.type, GraphQLNonNull)
        union = field.type.of_type
        assert isinstance(union, GraphQLUnionType)
        successes = SUCCESSES.get(name, [f"{name[0].upper()}{name[1:]}Success"])
        found, refusals = union.types[: len(successes)], union.types[len(successes) :]
        assert [one.name for one in found] == successes
        assert refusals
        for refusal in refusals:
            assert [interface.name for interface in refusal.interfaces] == ["UserError"]


# Where what is given is read back; the other inputs ask, name something, or make it by themselves.
KEPT_IN = {
    "AddBillingContactInput": "BillingContact",
    "RecordOfflinePaymentInput": "Payment",
    "RecordOfflineRefundInput": "Refund",
    "RefundPaymentInput": "Refund",
    "ResendInvoiceInput": "Delivery",
    "ResolveSupportCaseInput": "SupportCase",
    "SettleClaimInput": "SupportCase",
    "UpdateBillingContactInput": "BillingContact",
    "UpdateBillingDetailsInput": "Account",
}
# That more than is due is no typing error is said of the input alone.
NOT_SHOWN = {"idempotencyKey", "expectedVersion", "beyondDue", "beyondSurplus"}
# A bank transfer is captured when the bank receives it, and given back when the bank sends it.
OTHER_NAMES = {"receivedOn": "capturedAt", "returnedOn": "createdAt"}


@pytest.mark.parametrize("name", KEPT_IN)
def test_what_is_given_is_read_back_under_the_same_name(name: str) -> None:
    given, kept = GRAPHQL.type_map[name], GRAPHQL.type_map[KEPT_IN[name]]
    assert isinstance(given, GraphQLInputObjectType)
    assert isinstance(kept, GraphQLObjectType)
    ids = {field for field in given.fields if field.endswith("Id")}
    shown = {OTHER_NAMES.get(field, field) for field in set(given.fields) - ids - NOT_SHOWN}
    assert shown
    assert shown <= set(kept.fields)


def test_an_input_tells_what_its_ids_are_of() -> None:
    bare = [
        kind.name
        for kind in our_types()
        if isinstance(kind, GraphQLInputObjectType) and "id" in kind.fields
    ]
    assert bare == ["InvoiceRef"]


def fields_of(kind_name: str) -> set[str]:
    """The names under which a type is told."""
    return {
        name
        for kind in our_types()
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType)
        for name, field in kind.fields.items()
        if str(field.type).strip("[]!") == kind_name
    }


def test_instants_and_quotes_are_told_by_their_names() -> None:
    instants = fields_of("DateTime")
    assert {name for name in instants if not name.endswith("At")} == {"at", "validUntil"}
    assert fields_of("Quote") == {"quote", "chargeEstimate"}


def test_lists_never_hold_null_but_for_nodes() -> None:
    holding_null = [
        f"{kind.name}.{name}"
        for kind in our_types()
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
        for name, field in kind.fields.items()
        if "]" in str(field.type) and not str(field.type).endswith("!]!")
    ]
    assert holding_null == ["Query.nodes"]


def test_nothing_is_a_float() -> None:
    assert "Float" not in GRAPHQL.type_map


def test_every_event_of_the_log_is_a_type_of_the_schema() -> None:
    event = GRAPHQL.type_map["BillingEvent"]
    assert isinstance(event, GraphQLInterfaceType)
    ours = {"SettlementRecorded": "PaymentSettlementRecorded"}
    assert {kind.name for kind in GRAPHQL.get_possible_types(event)} == {
        ours.get(name, name) for name in EVENT_TYPES
    }


def test_every_payment_status_has_its_checkout_status() -> None:
    assert {
        CheckoutStatus.OPEN: {PaymentStatus.PENDING},
        CheckoutStatus.PROCESSING: {PaymentStatus.PROCESSING, PaymentStatus.UNDER_REVIEW},
        CheckoutStatus.COMPLETE: {PaymentStatus.CAPTURED},
        CheckoutStatus.FAILED: {PaymentStatus.FAILED, PaymentStatus.CANCELED},
        CheckoutStatus.EXPIRED: {PaymentStatus.EXPIRED},
    } == {
        shown: {status for status in PaymentStatus if CHECKOUT_STATUSES[status] is shown}
        for shown in CheckoutStatus
    }


@pytest.mark.parametrize(
    "example", json.loads(EXAMPLES.read_text(encoding="utf-8")), ids=lambda one: one["name"]
)
def test_the_explorers_examples_fit_the_schema(example: dict[str, Any]) -> None:
    assert validate(GRAPHQL, parse(example["query"])) == []


def scalar(name: str) -> GraphQLScalarType:
    found = GRAPHQL.type_map[name]
    assert isinstance(found, GraphQLScalarType)
    return found


IST = timezone(timedelta(hours=5, minutes=30))


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2026, 10, 30, 9, 30, tzinfo=UTC), "2026-10-30T09:30:00.000Z"),
        (datetime(2026, 10, 30, 9, 30, 1, 987654, tzinfo=UTC), "2026-10-30T09:30:01.987Z"),
        (datetime(2026, 10, 31, 1, 0, tzinfo=IST), "2026-10-30T19:30:00.000Z"),
    ],
)
def test_an_instant_is_written_in_utc(instant: datetime, text: str) -> None:
    assert scalar("DateTime").serialize(instant) == text


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-10-30T09:30:00Z", datetime(2026, 10, 30, 9, 30, tzinfo=UTC)),
        ("2026-10-30t09:30:00z", datetime(2026, 10, 30, 9, 30, tzinfo=UTC)),
        ("2026-10-30T15:00:00+05:30", datetime(2026, 10, 30, 9, 30, tzinfo=UTC)),
        ("2026-10-30T09:30:00.123456789Z", datetime(2026, 10, 30, 9, 30, 0, 123456, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_with_any_offset(text: str, instant: datetime) -> None:
    assert scalar("DateTime").parse_value(text) == instant


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DateTime", "2026-10-30T09:30:00"),
        ("DateTime", "2026-10-30"),
        ("DateTime", "2026-10-30 09:30:00Z"),
        ("DateTime", "2026-02-30T09:30:00Z"),
        ("DateTime", "2026-10-30T09:30:60Z"),
        ("DateTime", "0001-01-01T00:00:00+14:00"),
        ("DateTime", 1793353200),
        ("Date", "2026-10-30T09:30:00Z"),
        ("Date", "2026-02-30"),
        ("Date", "20261030"),
        ("Date", "٢٠٢٦-10-30"),
        ("Date", None),
        ("Decimal", 1.5),
        ("Decimal", "1e3"),
        ("Decimal", "NaN"),
        ("Decimal", ".5"),
        ("Decimal", "1,5"),
        ("MinorUnits", 124900),
        ("MinorUnits", "12.5"),
        ("MinorUnits", "007"),
        ("MinorUnits", "+1"),
        ("CurrencyCode", "usd"),
        ("CurrencyCode", "USDT"),
        ("URL", 7),
        ("EmailAddress", ["a@example.com"]),
        ("EventCursor", 42),
    ],
)
def test_a_value_of_another_form_is_refused_as_input(name: str, value: object) -> None:
    with pytest.raises(GraphQLError) as refusal:
        scalar(name).parse_value(value)
    assert refusal.value.extensions == {"code": "BAD_USER_INPUT"}


@pytest.mark.parametrize(
    ("name", "text"),
    [("Decimal", "-83.125"), ("MinorUnits", "-9223372036854775808"), ("CurrencyCode", "INR")],
)
def test_text_scalars_are_read_as_they_are(name: str, text: str) -> None:
    assert scalar(name).parse_value(text) == text


def test_a_day_is_written_and_read_alike() -> None:
    assert scalar("Date").serialize(date(2026, 10, 30)) == "2026-10-30"
    assert scalar("Date").parse_value("2026-10-30") == date(2026, 10, 30)


def test_every_scalar_of_the_schema_is_one_of_ours_or_of_the_specification() -> None:
    ours = {kind.name for kind in our_types() if isinstance(kind, GraphQLScalarType)}
    assert ours == {definition.name for definition in scalars.SCALARS.values()}
