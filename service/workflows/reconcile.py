"""Reading the gateways' own lists: what happened there that we were not told of, or missed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import structlog

from service.billing.errors import BillingError, GatewayRefused, NotFound
from service.billing.evidence import Source, Witness
from service.gateway import FOUND_MAX, Gateway, GatewayNotice, GatewayPayment, PaymentSearch
from service.ports import Ports
from service.store import cursors, payments
from service.workflows import candidates, capture, notices

log = structlog.get_logger(__name__)

STREAM = "events"
# What a gateway keeps of its events, less a day.
_EVENTS_KEPT = timedelta(days=29)
_UNDELIVERED_AGO = timedelta(days=3)
_NIGHTLY_AGO = timedelta(days=3)
_PAGES_MAX = 50


async def read_events(ports: Ports, *, unread: set[str] | None = None) -> int:
    """Take in what the gateways' lists have and we have not: what could not be delivered first,
    then everything after the place where we stopped. Return how many notices were new. So much is
    read at once; the next run goes on from there. `unread` gets the names of gateways whose list
    could not be read.

    What is taken in is stored like a webhook and worked on by the same job.
    """
    total = 0
    for gateway in ports.gateways:
        total += await _read_undelivered_safely(ports, gateway)
        try:
            total += await _read_on(ports, gateway)
        except BillingError as error:
            log.warning("event_list_not_read", gateway=gateway.name, code=error.code)
            _note(unread, gateway)
    return total


def _note(unread: set[str] | None, gateway: Gateway) -> None:
    if unread is not None:
        unread.add(gateway.name)


async def _read_undelivered_safely(ports: Ports, gateway: Gateway) -> int:
    """This list is only the quicker one: without it the other tells all the same."""
    try:
        return await _read_undelivered(ports, gateway)
    except BillingError as error:
        log.warning("undelivered_not_read", gateway=gateway.name, code=error.code)
    except Exception:
        log.exception("undelivered_broke", gateway=gateway.name)
    return 0


async def _read_undelivered(ports: Ports, gateway: Gateway) -> int:
    total, cursor = 0, None
    since = ports.clock() - _UNDELIVERED_AGO
    for _ in range(_PAGES_MAX):
        page = await gateway.happened(cursor, since=since, undelivered=True)
        total += await _take_in(ports, gateway, page.notices)
        cursor = page.cursor
        if not page.has_more:
            break
    return total


async def _read_on(ports: Ports, gateway: Gateway) -> int:
    total = 0
    cursor = await cursors.place_in(gateway.name, STREAM)
    ago = _UNDELIVERED_AGO
    for _ in range(_PAGES_MAX):
        try:
            page = await gateway.happened(cursor, since=ports.clock() - ago)
        except GatewayRefused as refusal:
            if cursor is None or refusal.gateway_code != GatewayRefused.UNKNOWN_OBJECT:
                raise
            # The event that we stopped at is forgotten there: begin with the oldest that is kept.
            # Our place is, until something was taken in: who fails on the way begins so again.
            cursor, ago = None, _EVENTS_KEPT
            continue
        total += await _take_in(ports, gateway, page.notices)
        if page.cursor is not None and page.cursor != cursor:
            cursor = page.cursor
            await cursors.keep_place(gateway.name, STREAM, cursor, at=ports.clock())
        if not page.has_more:
            break
    return total


async def _take_in(ports: Ports, gateway: Gateway, listed: tuple[GatewayNotice, ...]) -> int:
    new = 0
    for notice in listed:
        kept = await notices.keep(ports, gateway, notice, b"", at=ports.clock())
        new += kept is not None
    if new:
        log.info("events_taken_in", gateway=gateway.name, count=new)
    return new


async def compare_lately(ports: Ports, *, unread: set[str] | None = None) -> int:
    """Walk over what the gateways captured in the last three days and take in what is not booked;
    return how many payments were not. What is nobody's is told to the seller's staff. `unread` is
    that of `read_events`."""
    total = 0
    until = ports.clock()
    for gateway in ports.gateways:
        try:
            search = PaymentSearch(until - _NIGHTLY_AGO, until)
            total += await _compare_all(ports, gateway, search)
        except BillingError as error:
            log.warning("payments_not_compared", gateway=gateway.name, code=error.code)
            _note(unread, gateway)
    return total


async def _compare_all(ports: Ports, gateway: Gateway, search: PaymentSearch) -> int:
    compared: set[str] = set()
    total = 0
    async for found in _captured(gateway, search):
        if found.transaction not in compared:
            compared.add(found.transaction)
            total += await _compare_safely(ports, gateway, found)
    return total


async def _captured(gateway: Gateway, search: PaymentSearch) -> AsyncIterator[GatewayPayment]:
    """All payments of a span of time, some of them twice: a span with more than a search finds is
    halved, down to the second that gateways tell time in."""
    found = await gateway.find_payments(search)
    span = search.until - search.since
    if len(found) < FOUND_MAX or span <= timedelta(seconds=1):
        if len(found) >= FOUND_MAX:
            log.error("more_payments_than_found", gateway=gateway.name, at=str(search.since))
        for one in found:
            yield one
        return
    middle = search.since + span / 2
    for half in (replace(search, until=middle), replace(search, since=middle)):
        async for one in _captured(gateway, half):
            yield one


async def _compare_safely(ports: Ports, gateway: Gateway, found: GatewayPayment) -> bool:
    """One payment that cannot be taken in must not keep the others from it."""
    try:
        return await _compare(ports, gateway, found)
    except BillingError as error:
        log.warning("payment_not_compared", transaction=found.transaction, code=error.code)
    except Exception:
        log.exception("payment_compare_broke", transaction=found.transaction)
    return True


async def _compare(ports: Ports, gateway: Gateway, found: GatewayPayment) -> bool:
    if await payments.is_captured(gateway.name, found.transaction):
        return False
    if found.payment_id is None:
        log.error("payment_of_nobody", gateway=gateway.name, transaction=found.transaction)
        return True
    try:
        account_id = await payments.owner_of(found.payment_id)
    except NotFound:
        log.error("payment_of_nobody", gateway=gateway.name, transaction=found.transaction)
        return True
    session = await gateway.find_session(
        found.payment_id,
        since=found.captured_at - timedelta(days=2),
        transaction=found.transaction,
    )
    witness = Witness(Source.EVENT_LIST, found.transaction)
    payment = await capture.settle(
        ports, account_id, found.payment_id, witness, session_hint=session
    )
    await candidates.take_in(ports, payment, found)
    return True
