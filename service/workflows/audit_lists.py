"""The other way round in an audit: from what a gateway took to what is booked of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from service.billing.errors import GatewayRefused, GatewayUnavailable, NotFound
from service.billing.ids import Kind, encode
from service.billing.payment import PaymentStatus
from service.gateway import Gateway, GatewayPayment, PaymentSearch
from service.ports import Ports
from service.store import payments
from service.store.records import Payment
from service.workflows.audit_findings import Difference, Weight
from service.workflows.candidates import Whereabouts, whereabouts_of

_LOOKED_BACK = timedelta(days=30)
# A gateway answers a search with so many payments at most.
_FULL = 200
_NOTED_MAX = 20
_SHORTEST = timedelta(seconds=1)


async def unaccounted(ports: Ports, account_id: UUID | None) -> AsyncIterator[Difference]:
    """Yield what the gateways took lately for attempts of ours, and nobody booked; without an
    account also for attempts that are unknown here.

    A gateway's account may be shared with other software, or paid by hand: what carries no id of
    ours is told, the first of it one by one, and is no difference.
    """
    for gateway in ports.gateways:
        about = f"gateway {gateway.name}"
        until = ports.clock()
        try:
            taken = await _taken(gateway, until - _LOOKED_BACK, until)
        except (GatewayUnavailable, GatewayRefused):
            what = "what it took was not listed: the gateway does not answer"
            yield Difference(account_id, about, what, Weight.NOT_CHECKED)
            continue
        foreign: list[GatewayPayment] = []
        for found in taken.values():
            if await payments.is_captured(gateway.name, found.transaction):
                continue
            if found.payment_id is None:
                foreign.append(found)
            difference = await _of(gateway, found)
            if difference and account_id in (None, difference.account_id):
                yield difference
        if account_id is None:
            for note in _notes_on(about, foreign):
                yield note


def _notes_on(about: str, foreign: Sequence[GatewayPayment]) -> list[Difference]:
    """What was taken for nothing of ours, newest first."""
    newest = sorted(foreign, key=lambda one: one.captured_at, reverse=True)
    notes = [
        _note(
            about,
            f"{_taken_as(one)} on {one.captured_at:%Y-%m-%d} is not booked and names no attempt",
        )
        for one in newest[:_NOTED_MAX]
    ]
    if len(foreign) > _NOTED_MAX:
        more = len(foreign) - _NOTED_MAX
        what = f"{more} more payments of the last 30 days name no attempt"
        notes.append(_note(about, what, stands_for=more))
    return notes


def _note(about: str, what: str, *, stands_for: int = 1) -> Difference:
    return Difference(None, about, what, Weight.NOTE, stands_for)


def _taken_as(found: GatewayPayment) -> str:
    return f"{found.amount.minor_units} {found.amount.currency} as {found.transaction}"


async def _taken(gateway: Gateway, since: datetime, until: datetime) -> dict[str, GatewayPayment]:
    """All payments of a span of time by their ids: a span with too many is halved."""
    found = await gateway.find_payments(PaymentSearch(since, until))
    if len(found) < _FULL or until - since <= _SHORTEST:
        return {one.transaction: one for one in found}
    middle = since + (until - since) / 2
    return await _taken(gateway, since, middle) | await _taken(gateway, middle, until)


async def _of(gateway: Gateway, found: GatewayPayment) -> Difference | None:
    """A payment that is not booked, unless it is nobody's, went back in full, or its attempt's own
    page tells of it."""
    if found.payment_id is None:
        return None
    taken = _taken_as(found)
    try:
        account_id = await payments.owner_of(found.payment_id)
    except NotFound:
        unknown = encode(Kind.PAYMENT, found.payment_id)
        what = f"it took {taken} for payment {unknown}, which is unknown here"
        return Difference(None, f"gateway {gateway.name}", what)
    payment = await payments.find(account_id, found.payment_id)
    about = f"payment {encode(Kind.PAYMENT, payment.id)}"
    try:
        if await _is_told_by(gateway, payment, found.transaction):
            return None
        if await _has_gone_back(gateway, found):
            return None
    except GatewayUnavailable:
        what = "it was not checked: the gateway does not answer"
        return Difference(account_id, about, what, Weight.NOT_CHECKED)
    return Difference(account_id, about, f"the gateway took {taken} for it, which is not booked")


async def _has_gone_back(gateway: Gateway, found: GatewayPayment) -> bool:
    try:
        return await whereabouts_of(gateway, found) is Whereabouts.WITH_PAYER
    except GatewayRefused:
        return False


async def _is_told_by(gateway: Gateway, payment: Payment, transaction_id: str) -> bool:
    """Whether the page that an attempt keeps is the one that a payment was made on."""
    if payment.status is PaymentStatus.CAPTURED or payment.session_id is None:
        return False
    if payment.gateway != gateway.name:
        return False
    try:
        return (await gateway.look_up(payment.session_id)).transaction == transaction_id
    except GatewayRefused:
        return False
