"""Payment links: found by a token that is not kept, used once, revoked for good."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError

from service.billing.errors import NotFound
from service.billing.invoice import InvoiceKind
from service.store import payment_links
from service.store.database import fetch, new_id, transaction
from service.store.money_records import PaymentLink
from service.store.records import Invoice
from tests.store import rows
from tests.store.rows import NOW

pytestmark = pytest.mark.usefixtures("db")

LATER = NOW + timedelta(minutes=1)
TOKEN = "token-1"


async def billed() -> Invoice:
    return await rows.invoice((await rows.account()).id)


async def make(invoice: Invoice, token: str = TOKEN, **given: Any) -> PaymentLink:
    link = rows.new_link(invoice, **given)
    async with transaction():
        await payment_links.create(link, token)
    return link


async def now(link: PaymentLink) -> PaymentLink:
    return await payment_links.find(link.account_id, link.id)


async def test_a_link_is_found_by_its_token_alone() -> None:
    invoice = await billed()
    link = await make(invoice, "an unguessable token", created_by="c" * 300)
    kept = replace(link, created_by="c" * 254)
    assert await now(link) == kept
    assert await payment_links.by_token("an unguessable token") == kept
    for wrong in ("an unguessable toke", "", sha256(b"an unguessable token").hexdigest()):
        assert await payment_links.by_token(wrong) is None


async def test_the_token_itself_is_nowhere() -> None:
    await make(await billed(), "an unguessable token")
    (row,) = await fetch("SELECT to_jsonb(l)::text AS text FROM payment_link l")
    assert "unguessable" not in row["text"]
    assert sha256(b"an unguessable token").hexdigest() in row["text"]


async def test_a_token_is_given_out_once() -> None:
    invoice, other = await billed(), await billed()
    link = await make(invoice)
    with pytest.raises(IntegrityError, match="payment_link_token_sha256_key"):
        await make(other)
    assert await payment_links.by_token(TOKEN) == link
    assert await rows.number_of("payment_link") == 1


async def test_a_link_is_used_once_whoever_clicks_how_often() -> None:
    invoice = await billed()
    link = await make(invoice)
    payment = await rows.payment(invoice.account_id, invoice)
    told = await asyncio.gather(*[payment_links.use(link, payment.id, at=LATER) for _ in range(8)])
    assert sorted(told) == [False] * 7 + [True]
    assert not await payment_links.use(await now(link), payment.id, at=LATER)
    assert await now(link) == replace(link, used_at=LATER, payment_id=payment.id)


@pytest.mark.parametrize(
    ("moment", "used"),
    [
        (timedelta(days=7) - timedelta(microseconds=1), True),
        (timedelta(days=7), False),
        (timedelta(days=8), False),
    ],
)
async def test_a_link_is_good_until_it_expires(moment: timedelta, used: bool) -> None:
    invoice = await billed()
    link = await make(invoice)
    payment = await rows.payment(invoice.account_id, invoice)
    assert await payment_links.use(link, payment.id, at=NOW + moment) is used
    assert ((await now(link)).used_at is not None) is used


async def test_a_link_that_was_revoked_cannot_be_used() -> None:
    invoice = await billed()
    link = await make(invoice)
    payment = await rows.payment(invoice.account_id, invoice)
    await payment_links.revoke(link.account_id, link.id, at=LATER)
    await payment_links.revoke(link.account_id, link.id, at=LATER + timedelta(hours=1))
    assert not await payment_links.use(link, payment.id, at=LATER)
    assert await now(link) == replace(link, revoked_at=LATER)


@pytest.mark.parametrize("revoked_at", [LATER, NOW - timedelta(minutes=1)])
async def test_a_used_link_can_be_revoked_also_by_a_clock_that_is_behind(
    revoked_at: datetime,
) -> None:
    invoice = await billed()
    link = await make(invoice)
    payment = await rows.payment(invoice.account_id, invoice)
    await payment_links.use(link, payment.id, at=NOW)
    await payment_links.revoke(link.account_id, link.id, at=revoked_at)
    assert (await now(link)).revoked_at == max(NOW, revoked_at)


async def test_of_a_use_and_a_revocation_at_once_the_link_tells_both_or_one() -> None:
    invoice = await billed()
    link = await make(invoice)
    payment = await rows.payment(invoice.account_id, invoice)
    used, _ = await asyncio.gather(
        payment_links.use(link, payment.id, at=LATER),
        payment_links.revoke(link.account_id, link.id, at=LATER),
    )
    after = await now(link)
    assert after.revoked_at == LATER
    assert (after.used_at is not None) is used


async def test_a_link_of_another_account_is_not_found() -> None:
    invoice = await billed()
    link = await make(invoice)
    payment = await rows.payment(invoice.account_id, invoice)
    stranger = (await rows.account()).id
    with pytest.raises(NotFound, match=r"No such payment link\."):
        await payment_links.find(stranger, link.id)
    await payment_links.revoke(stranger, link.id, at=LATER)
    assert not await payment_links.use(replace(link, account_id=stranger), payment.id, at=LATER)
    strange = (stranger, invoice.id)
    assert await payment_links.of_invoices([strange]) == {strange: []}
    assert await payment_links.owner_of(link.id) == invoice.account_id
    owners = {link.id: invoice.account_id}
    assert await payment_links.owners_of([link.id, new_id()]) == owners
    with pytest.raises(NotFound):
        await payment_links.owner_of(new_id())
    with pytest.raises(IntegrityError, match="payment_link_invoice"):
        await make(replace(invoice, account_id=stranger), "token-2")
    assert await now(link) == link


async def test_a_link_leads_to_an_attempt_of_its_account() -> None:
    invoice, other = await billed(), await billed()
    link = await make(invoice)
    foreign = await rows.payment(other.account_id, other)
    with pytest.raises(IntegrityError, match="payment_link_payment"):
        await payment_links.use(link, foreign.id, at=LATER)
    assert await now(link) == link


async def test_the_links_of_invoices_are_listed_newest_first() -> None:
    invoice = await billed()
    add_on = await rows.invoice(invoice.account_id, kind=InvoiceKind.ADD_ON)
    made = [await make(invoice, f"token-{place}") for place in range(3)]
    of, of_add_on = (invoice.account_id, invoice.id), (invoice.account_id, add_on.id)
    found = await payment_links.of_invoices([of_add_on, of])
    assert found == {of_add_on: [], of: made[::-1]}
