"""Reading the gateways' own lists: what happened there that we were not told of, or missed."""

from __future__ import annotations

from datetime import timedelta

import structlog

from service.billing.errors import BillingError, GatewayRefused, NotFound
from service.billing.evidence import Source, Witness
from service.gateway import Gateway, GatewayNotice, GatewayPayment, PaymentSearch
from service.ports import Ports
from service.store import cursors, payments
from service.workflows import capture, notices

log = structlog.get_logger(__name__)

STREAM = "events"
# What a gateway keeps of its events, less a day.
_EVENTS_KEPT = timedelta(days=29)
_UNDELIVERED_AGO = timedelta(days=3)
_NIGHTLY_AGO = timedelta(days=3)
_PAGES_MAX = 50


async def read_events(ports: Ports) -> int:
    """Take in what the gateways' lists have and we have not: what could not be delivered first,
    then everything after the place where we stopped. Return how many notices were new.

    What is taken in is stored like a webhook and worked on by the same job.
    """
    total = 0
    for gateway in ports.gateways:
        try:
            total += await _read_undelivered(ports, gateway)
            total += await _read_on(ports, gateway)
        except BillingError as error:
            log.warning("event_list_not_read", gateway=gateway.name, code=error.code)
    return total


async def _read_undelivered(ports: Ports, gateway: Gateway) -> int:
    since = ports.clock() - _UNDELIVERED_AGO
    page = await gateway.happened(None, since=since, undelivered=True)
    return await _take_in(ports, gateway, page.notices)


async def _read_on(ports: Ports, gateway: Gateway) -> int:
    total = 0
    for _ in range(_PAGES_MAX):
        cursor = await cursors.place_in(gateway.name, STREAM)
        since = ports.clock() - (_UNDELIVERED_AGO if cursor is None else _EVENTS_KEPT)
        try:
            page = await gateway.happened(cursor, since=since)
        except GatewayRefused as refusal:
            if cursor is None or refusal.gateway_code != GatewayRefused.UNKNOWN_OBJECT:
                raise
            # The event that we stopped at is forgotten there: begin anew.
            await cursors.keep_place(gateway.name, STREAM, None, at=ports.clock())
            continue
        total += await _take_in(ports, gateway, page.notices)
        if page.cursor is not None and page.cursor != cursor:
            await cursors.keep_place(gateway.name, STREAM, page.cursor, at=ports.clock())
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


async def compare_lately(ports: Ports) -> int:
    """Walk over what the gateways captured in the last three days and take in what is not booked;
    return how many payments were not. What is nobody's is told to the seller's staff."""
    total = 0
    until = ports.clock()
    for gateway in ports.gateways:
        try:
            search = PaymentSearch(until - _NIGHTLY_AGO, until)
            for found in await gateway.find_payments(search):
                total += await _compare(ports, gateway, found)
        except BillingError as error:
            log.warning("payments_not_compared", gateway=gateway.name, code=error.code)
    return total


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
        found.payment_id, since=found.captured_at - timedelta(days=2)
    )
    witness = Witness(Source.EVENT_LIST, found.transaction)
    await capture.settle(ports, account_id, found.payment_id, witness, session_hint=session)
    return True
