"""Jobs that were given up, and getting them done after all."""

from __future__ import annotations

import pytest

from service import jobs
from service.ports import PrinterUnavailable
from service.store import invoices, queue
from tests.support.books import rows
from tests.support.paper import PlainPrinter
from tests.support.shop import Shop


class BrokenPrinter:
    """A machine whose browser is gone."""

    async def print_pdf(self, html: str) -> bytes:
        raise PrinterUnavailable("no browser")


async def test_a_job_that_was_given_up_is_held_and_can_be_queued_again(shop: Shop) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    await jobs.drain(shop.url, shop.with_ports(printer=BrokenPrinter()))
    assert await rows("pgqueuer", "status = 'failed'") == 1
    assert await queue.retry_held() == 1
    await jobs.drain(shop.url, shop.with_ports(printer=PlainPrinter()))
    assert await rows("pgqueuer") == 0
    document = (await invoices.find(account, invoice.id)).document
    assert document is not None
    assert document.state == "READY"


@pytest.mark.usefixtures("db")
async def test_without_held_jobs_nothing_is_queued() -> None:
    assert await queue.retry_held() == 0
