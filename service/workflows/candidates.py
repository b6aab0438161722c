"""Asking a gateway what became of money that a person was called for."""

from __future__ import annotations

from service.billing.refund import DisputeStatus
from service.gateway import Gateway, GatewayPayment, PaymentSearch
from service.ports import Ports
from service.store import accounts, payments
from service.store import cases as case_store
from service.store.database import transaction
from service.store.money_records import Candidate
from service.store.records import Payment
from service.workflows import unbooked


async def ask_about(ports: Ports, payment: Payment, named: str) -> None:
    """Look at a gateway's payment once more that is, or was, in a case about one of ours: its case
    closes when it went back, and a person is called again when it is there again.

    Raises:
        GatewayUnavailable, GatewayRefused.
    """
    candidate = await case_store.candidate_about(payment, named)
    if candidate is None:
        return
    found = await find(ports, candidate)
    if found is not None:
        await take_in(ports, payment, found)


async def find(ports: Ports, candidate: Candidate) -> GatewayPayment | None:
    """The payment as the gateway's list has it now.

    Raises:
        GatewayUnavailable, GatewayRefused.
    """
    around = candidate.captured_at.replace(microsecond=0)
    listed = await ports.gateway_named(candidate.gateway).find_payments(
        PaymentSearch(around, around)
    )
    return next((one for one in listed if one.transaction == candidate.transaction), None)


async def take_in(ports: Ports, payment: Payment, found: GatewayPayment) -> None:
    """Have a person look at what a gateway took for an attempt and is not booked; or nobody any
    more, when all of it is with its payer again. What the attempt's own page tells of has its
    verdict. While it is disputed nothing changes.

    Raises:
        GatewayUnavailable, GatewayRefused.
    """
    has_gone_back = await is_with_its_payer(ports.gateway_named(payment.gateway), found)
    async with transaction(ports.bus):
        await accounts.lock(payment.account_id)
        current = await payments.find(payment.account_id, payment.id)
        if has_gone_back:
            await unbooked.note_gone_back(ports, current, found.transaction)
        elif not found.given_back and not await _is_known(current, found):
            await unbooked.remind_of(ports, current, found)


async def is_with_its_payer(gateway: Gateway, found: GatewayPayment) -> bool:
    """Whether all of a payment was given back, or lost to the payer's bank, rather than disputed
    by that now.

    Raises:
        GatewayUnavailable, GatewayRefused.
    """
    if not found.given_back:
        return False
    disputes = await gateway.disputes_of(found.transaction)
    return all(one.status is not DisputeStatus.OPEN for one in disputes)


async def _is_known(payment: Payment, found: GatewayPayment) -> bool:
    booked = await payments.is_captured(payment.gateway, found.transaction)
    return booked or payment.transaction == found.transaction
