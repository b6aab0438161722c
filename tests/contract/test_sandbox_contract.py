"""Whatever the sandbox answers fits the SDK's own annotations, and whatever it takes is theirs.

The SDK is generated from Stripe's API description, so its annotations are that description.
"""

import ast
import importlib
import inspect
import types
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar, ForwardRef, Literal, Union, get_args, get_origin

import httpx
import pytest
import stripe
from stripe import ListObject, StripeObject, checkout
from stripe._stripe_object import UntypedStripeObject
from typing_extensions import get_type_hints

from service.sandbox.operations import OPERATIONS, Operation
from service.sandbox.params import Array, Either, Shape, Struct, Unset, Unsupported
from tests.contract.conftest import Gate

JSON = dict[str, Any]
RESOURCES: dict[str, type[StripeObject]] = {
    "balance_transaction": stripe.BalanceTransaction,
    "charge": stripe.Charge,
    "checkout.session": checkout.Session,
    "customer": stripe.Customer,
    "dispute": stripe.Dispute,
    "event": stripe.Event,
    "item": stripe.LineItem,
    "payment_intent": stripe.PaymentIntent,
    "payment_method": stripe.PaymentMethod,
    "refund": stripe.Refund,
    "webhook_endpoint": stripe.WebhookEndpoint,
}
EXPANSIONS = {
    "/v1/balance_transactions": ["data.source"],
    "/v1/charges": [
        "data.balance_transaction",
        "data.customer",
        "data.payment_intent",
        "data.refunds",
    ],
    "/v1/checkout/sessions": [
        "data.customer",
        "data.line_items",
        "data.payment_intent.latest_charge.balance_transaction",
        "data.payment_intent.payment_method",
    ],
    "/v1/customers": [],
    "/v1/disputes": ["data.charge.balance_transaction", "data.payment_intent"],
    "/v1/events": [],
    "/v1/payment_intents": ["data.latest_charge.refunds", "data.customer", "data.payment_method"],
    "/v1/refunds": [
        "data.balance_transaction",
        "data.charge",
        "data.failure_balance_transaction",
        "data.payment_intent",
        "data.payment_method",
    ],
    "/v1/webhook_endpoints": [],
}


# -- the annotations ---------------------------------------------------------------------------


@cache
def _names(module_name: str) -> JSON:
    """Return what a module of the SDK imports for type checkers only."""
    module = importlib.import_module(module_name)
    names: JSON = {}
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("stripe"):
            if ".params" in node.module:
                continue
            source = importlib.import_module(node.module)
            names |= {name.asname or name.name: getattr(source, name.name) for name in node.names}
    return names


def hints(resource: type[StripeObject]) -> JSON:
    """Return the annotations of an SDK class, resolved."""
    path = f"{resource.__module__}:{resource.__qualname__}"
    if path not in _RESOLVED:
        module = importlib.import_module(resource.__module__)
        own = types.SimpleNamespace(__annotations__=inspect.get_annotations(resource))
        found = get_type_hints(own, vars(module), _names(resource.__module__))
        classwide: Any = ClassVar
        _RESOLVED[path] = {
            name: hint for name, hint in found.items() if get_origin(hint) is not classwide
        }
    return _RESOLVED[path]


_RESOLVED: dict[str, JSON] = {}


def misfits(value: Any, hint: Any, path: str) -> list[str]:
    """Say where a JSON value does not fit an annotation."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return []
    if origin in (Union, types.UnionType):
        return _misfits_of_union(value, arguments, path)
    if origin is Literal:
        return [] if value in arguments else [f"{path}: {value!r} is none of {arguments}"]
    if origin is list:
        return _misfits_of_list(value, arguments[0], path)
    if origin is ListObject:
        good = isinstance(value, dict) and value.get("object") == "list"
        good = good and {"data", "has_more", "url"} <= value.keys()
        return (
            _misfits_of_list(value["data"], arguments[0], f"{path}.data")
            if good
            else [f"{path}: not a list object"]
        )
    if origin in (dict, UntypedStripeObject):
        if not isinstance(value, dict):
            return [f"{path}: not an object"]
        inner = arguments[-1]
        return [line for key in value for line in misfits(value[key], inner, f"{path}.{key}")]
    if isinstance(hint, type) and issubclass(hint, StripeObject):
        return misfits_of_object(value, hint, path)
    return [] if _is_plain(value, hint) else [f"{path}: {value!r} is no {hint}"]


def _misfits_of_union(value: Any, arms: tuple[Any, ...], path: str) -> list[str]:
    if value is None:
        return [] if type(None) in arms else [f"{path}: null"]
    # `Literal[...] | str` leaves room for later versions; this one keeps to the literals.
    literals = [arm for arm in arms if get_origin(arm) is Literal]
    if literals:
        arms = tuple(literals)
    found = [misfits(value, arm, path) for arm in arms if arm is not type(None)]
    return [] if [] in found else min(found, key=len)


def _misfits_of_list(value: Any, item: Any, path: str) -> list[str]:
    if not isinstance(value, list):
        return [f"{path}: not a list"]
    return [
        line for at, entry in enumerate(value) for line in misfits(entry, item, f"{path}[{at}]")
    ]


def _is_plain(value: Any, hint: Any) -> bool:
    if hint is Decimal:
        return isinstance(value, str) and Decimal(value).is_finite()
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is hint


def misfits_of_object(value: Any, resource: type[StripeObject], path: str) -> list[str]:
    """Say where a JSON object does not fit a class of the SDK."""
    if not isinstance(value, dict):
        return [f"{path}: not an object"]
    known = hints(resource)
    lines = [f"{path}.{key}: not annotated" for key in value.keys() - known.keys()]
    for name, hint in known.items():
        if name in value:
            lines += misfits(value[name], hint, f"{path}.{name}")
        elif type(None) not in get_args(hint):
            lines.append(f"{path}.{name}: missing")
    return lines


def check(value: JSON) -> None:
    """Fail, with every place named, unless an API object fits the SDK's class for it."""
    lines = misfits_of_object(value, RESOURCES[value["object"]], value["object"])
    if value["object"] == "event":
        item = value["data"]["object"]
        lines += misfits_of_object(item, RESOURCES[item["object"]], f"{value['type']}.data.object")
    assert lines == []


# -- what the sandbox answers ------------------------------------------------------------------


async def _eventful_day(gate: Gate) -> None:
    """Make everything happen once."""
    customer = await gate.stripe.v1.customers.create_async(
        {"email": "a@example.in", "address": {"city": "Pune"}, "metadata": {"tenant": "7"}}
    )
    for outcome in ("declined", "insufficient_funds", "success"):
        session = await gate.session()
        await gate.control(f"sessions/{session.id}/pay", outcome=outcome)
    known = await gate.session(customer=customer.id)
    await gate.control(f"sessions/{known.id}/pay")
    made = await gate.session(customer_creation="always")
    await gate.control(f"sessions/{made.id}/pay")
    for result in ("complete", "fail"):
        challenged = await gate.session()
        await gate.control(f"sessions/{challenged.id}/pay", outcome="challenge")
        await gate.control(f"sessions/{challenged.id}/authenticate", result=result)
    waiting = await gate.session()
    await gate.control(f"sessions/{waiting.id}/pay", outcome="challenge")
    for outcome in ("debit_succeeds", "debit_fails"):
        session = await gate.session()
        await gate.control(f"sessions/{session.id}/pay", outcome=outcome)
    for number in ("4000000000007726", "4000000000005126"):
        session = await gate.session()
        paid = await gate.control(f"sessions/{session.id}/pay", number=number)
        intent = paid["payment_intent"]
        await gate.stripe.v1.refunds.create_async({"payment_intent": intent, "amount": 1000})
    for ending in ("capture", "cancel"):
        held = await gate.session(payment_intent_data={"capture_method": "manual"})
        paid = await gate.control(f"sessions/{held.id}/pay")
        await getattr(gate.stripe.v1.payment_intents, f"{ending}_async")(paid["payment_intent"])
    expired = await gate.session()
    await gate.control(f"sessions/{expired.id}/pay", outcome="declined")
    await gate.stripe.v1.checkout.sessions.expire_async(expired.id)
    await gate.stripe.v1.customers.update_async(customer.id, {"name": "Asha Rao"})
    await _disputes(gate)
    gate.clock.move(10)
    await gate.sandbox.tick()


async def _disputes(gate: Gate) -> None:
    """Have disputes won, lost and left open."""
    for _ in range(3):
        session = await gate.session()
        await gate.control(f"sessions/{session.id}/pay", number="4000000000000259")
    gate.clock.move(2)
    won, lost, _ = (await gate.stripe.v1.disputes.list_async()).data
    evidence = {"uncategorized_text": "winning_evidence"}
    await gate.stripe.v1.disputes.update_async(won.id, {"evidence": evidence})
    await gate.stripe.v1.disputes.close_async(lost.id)


@pytest.mark.parametrize("path", EXPANSIONS)
async def test_every_object_listed_fits_the_sdk(gate: Gate, path: str) -> None:
    await _eventful_day(gate)
    for expand in ([], EXPANSIONS[path]):
        query = httpx.QueryParams([("limit", "100"), *(("expand[]", entry) for entry in expand)])
        answer = await gate.call("GET", f"{path}?{query}")
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body["object"] == "list"
        assert body["url"] == path
        assert len(body["data"]) > 0
        for item in body["data"]:
            check(item)
            alone = await gate.call("GET", f"{path}/{item['id']}")
            check(alone.json())


async def test_the_day_makes_every_kind_of_event_the_sandbox_knows(gate: Gate) -> None:
    await _eventful_day(gate)
    assert set(await gate.event_types()) == {
        "charge.captured",
        "charge.dispute.closed",
        "charge.dispute.created",
        "charge.dispute.funds_reinstated",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
        "charge.failed",
        "charge.pending",
        "charge.refund.updated",
        "charge.refunded",
        "charge.succeeded",
        "charge.updated",
        "checkout.session.async_payment_failed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.completed",
        "checkout.session.expired",
        "customer.created",
        "customer.updated",
        "payment_intent.amount_capturable_updated",
        "payment_intent.canceled",
        "payment_intent.created",
        "payment_intent.payment_failed",
        "payment_intent.processing",
        "payment_intent.requires_action",
        "payment_intent.succeeded",
        "refund.created",
        "refund.failed",
        "refund.updated",
    }


async def test_what_is_created_fits_the_sdk(gate: Gate) -> None:
    made = await gate.call(
        "POST",
        "/v1/webhook_endpoints",
        {"url": "https://seller.test/hook", "enabled_events[0]": "charge.succeeded"},
    )
    check(made.json())
    assert made.json()["secret"].startswith("whsec_")
    gone = await gate.call("DELETE", f"/v1/webhook_endpoints/{made.json()['id']}")
    assert gone.json() == {"id": made.json()["id"], "object": "webhook_endpoint", "deleted": True}
    session = await gate.session()
    listed = await gate.call("GET", f"/v1/checkout/sessions/{session.id}/line_items")
    for item in listed.json()["data"]:
        check(item)


async def test_an_error_has_the_keys_the_sdk_knows(gate: Gate) -> None:
    answer = await gate.call("POST", "/v1/customers", {"surname": "Rao"})
    assert answer.json().keys() == {"error"}
    assert misfits_of_object(answer.json()["error"], stripe.ErrorObject, "error") == []


def test_the_checker_itself_finds_a_wrong_object() -> None:
    refund = {"id": "re_1", "object": "refund", "amount": True, "created": None, "status": "x"}
    assert sorted(misfits_of_object({**refund, "colour": 1}, stripe.Refund, "r")) == [
        "r.amount: True is no <class 'int'>",
        "r.colour: not annotated",
        "r.created: None is no <class 'int'>",
        "r.currency: missing",
    ]
    wrong_reason = {**refund, "amount": 1, "created": 1, "currency": "inr", "reason": "mood"}
    assert len(misfits_of_object(wrong_reason, stripe.Refund, "r")) == 1


# -- what the sandbox takes --------------------------------------------------------------------


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda it: f"{it.method} {it.path}")
def test_an_operation_knows_exactly_the_parameters_of_the_sdk(operation: Operation) -> None:
    options = set(stripe.RequestOptions.__annotations__)
    assert operation.reader.fields.keys() == operation.params.__annotations__.keys() - options


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda it: f"{it.method} {it.path}")
def test_what_an_operation_says_it_supports_exists(operation: Operation) -> None:
    for path in operation.supports.split():
        shape: Shape = operation.reader
        for name in path.split("."):
            while isinstance(shape, Array | Either | Unset):
                shape = shape.inner
            assert isinstance(shape, Struct), path
            shape = shape.fields[name]
        assert not isinstance(shape, Unsupported), path


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda it: f"{it.method} {it.path}")
async def test_a_parameter_without_meaning_here_is_refused_by_name(
    gate: Gate, operation: Operation
) -> None:
    unsupported = [
        name for name, shape in operation.reader.fields.items() if isinstance(shape, Unsupported)
    ]
    path = operation.path.replace("{id}", "nothing")
    for name in unsupported:
        if operation.method == "POST":
            answer = await gate.call("POST", path, {name: "1"})
        else:
            answer = await gate.call(operation.method, f"{path}?{name}=1")
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (400, "parameter_unsupported"), name
        assert error["param"] == name
        assert error["message"].startswith(f"The sandbox does not implement '{name}'.")


def test_forward_references_are_all_resolved() -> None:
    for resource in RESOURCES.values():
        assert not any(isinstance(hint, ForwardRef) for hint in hints(resource).values())
