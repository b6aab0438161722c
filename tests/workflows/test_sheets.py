"""What is told of an issued invoice beside what stands on it."""

from __future__ import annotations

from datetime import date

from service.billing.payment import PaymentMove
from service.store import invoices, payments
from service.store.database import transaction
from service.workflows.sheets import paid_on
from tests.support.shop import Shop

# Half past eleven in the evening when the shop opens.
LINE_ISLANDS = "Pacific/Kiritimati"


async def test_an_open_invoice_was_paid_on_no_day(shop: Shop) -> None:
    assert await paid_on(await shop.invoice(await shop.account())) is None


async def test_an_invoice_is_paid_on_the_day_in_the_accounts_zone(shop: Shop) -> None:
    account = await shop.account(time_zone=LINE_ISLANDS)
    invoice = await shop.invoice(account)
    payment = (await shop.start(account, invoice)).payment
    shop.clock.move(minutes=40)
    await shop.pay(payment)
    await shop.settle(account, payment.id)
    assert await paid_on(await invoices.find(account, invoice.id)) == date(2026, 10, 31)


async def test_money_beyond_the_invoice_does_not_change_the_day_on_which_it_was_paid(
    shop: Shop,
) -> None:
    account = await shop.account(time_zone=LINE_ISLANDS)
    invoice = await shop.invoice(account)
    first = (await shop.start(account, invoice)).payment
    async with transaction():
        await payments.move(first, PaymentMove.EXPIRE, at=shop.clock())
    second = (await shop.start(account, invoice)).payment
    await shop.pay(second)
    await shop.settle(account, second.id)
    shop.clock.move(minutes=40)
    await shop.pay(first)
    await shop.settle(account, first.id)
    paid = await invoices.find(account, invoice.id)
    assert paid.paid_minor == paid.total_minor
    assert await paid_on(paid) == date(2026, 10, 30)
