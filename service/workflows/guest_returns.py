"""A guest is back from the gateway: how the payment of their link went, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog

from service.billing.errors import GatewayUnavailable, LostRace, NotFound
from service.billing.payment import LIVE
from service.ports import Ports
from service.store import invoices, payment_links, payment_pages, payments
from service.store.money_records import PaymentLink
from service.store.records import Invoice, Payment
from service.workflows import asking
from service.workflows.payment_links import RETURN_LASTS, attempt_of, return_url_of

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Returned:
    """A link's one invoice and its one attempt, as they stand now."""

    invoice: Invoice
    payment: Payment


async def come_back(ports: Ports, token: str, *, left: bool) -> Returned:
    """Ask the gateway how a guest's checkout stands. With `left` they turned back from its page and
    say themselves that they did not pay: nobody owes them an answer.

    It can be asked while the attempt is live, and for `RETURN_LASTS` after it ended.

    Raises:
        NotFound: not a link of ours, or over.
    """
    link, payment = await _of(ports, token)
    if payment.status in LIVE:
        payment = await _asked(ports, payment, left=left)
    return Returned(await invoices.find(link.account_id, link.invoice_id), payment)


async def look(ports: Ports, token: str) -> Returned:
    """The same without asking or noting anything.

    Raises:
        NotFound: not a link of ours, or over.
    """
    link, payment = await _of(ports, token)
    return Returned(await invoices.find(link.account_id, link.invoice_id), payment)


async def _of(ports: Ports, token: str) -> tuple[PaymentLink, Payment]:
    claim = ports.links.read_return(token)
    if claim is None:
        raise NotFound("payment")
    link = await payment_links.find(claim.account_id, claim.payment_link_id)
    payment = await _attempt(ports, link)
    if payment.status not in LIVE and ports.clock() >= _ended_at(link, payment) + RETURN_LASTS:
        raise NotFound("payment")
    return link, payment


async def _attempt(ports: Ports, link: PaymentLink) -> Payment:
    if link.payment_id is not None:
        return await attempt_of(link.account_id, link.payment_id)
    # A crash came before the use was stored, and the attempt was paid by somebody who shared it.
    back = return_url_of(ports, link)
    newest = await payment_pages.page_of_invoice(link.account_id, link.invoice_id, size=1)
    for payment in newest.payments:
        if payment.success_url == back:
            return payment
    raise NotFound("payment")


def _ended_at(link: PaymentLink, payment: Payment) -> datetime:
    known = (link.used_at, payment.captured_at, payment.checked_at, payment.created_at)
    return max(moment for moment in known if moment is not None)


async def _asked(ports: Ports, payment: Payment, *, left: bool) -> Payment:
    try:
        return await asking.ask(ports, payment, left=left)
    except (GatewayUnavailable, LostRace) as error:
        log.warning("return_without_answer", payment=str(payment.id), code=error.code)
        return await payments.find(payment.account_id, payment.id)
