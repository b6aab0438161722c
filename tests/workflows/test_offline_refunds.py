"""Money of bank transfers that went back by bank: recorded once, never more than is left, and the
case of what was not due closes with it."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from service.billing.errors import IdempotencyConflict, InvalidInput, NotFound
from service.billing.events import RefundStatusChanged, SupportCaseChanged
from service.billing.evidence import Fact, Source, Witness
from service.billing.ids import Kind, encode
from service.billing.invoice import DisplayStatus, InvoiceStatus
from service.billing.money import Money
from service.billing.refund import RefundReason, RefundStatus
from service.billing.support import CaseStatus
from service.store import cases, evidence, invoices, payments, refunds
from service.store.ledger import Held, held_by
from service.store.money_records import Refund, SupportCase
from service.store.records import Invoice, Payment
from service.workflows import aftermath, capture, checkout, offline, offline_refunds, screens
from service.workflows.audit import audit
from service.workflows.claims import claim
from service.workflows.offline_refunds import OfflineRefund
from service.workflows.refunds import RefundRequest, request, send, send_late
from service.workflows.sweep import sweep
from tests.support.books import books, forge, rows
from tests.support.paper import ListMailer, PlainPrinter
from tests.support.processes import ROOT
from tests.support.shop import START, TODAY, Shop
from tests.workflows.test_claims import said
from tests.workflows.test_offline_surplus import balances, moved, transfer


@dataclass(frozen=True)
class Overpaid:
    """120.00 came by bank for an invoice over 100.00."""

    shop: Shop
    invoice: Invoice
    payment: Payment

    @property
    def account(self) -> UUID:
        return self.invoice.account_id

    def returned(
        self,
        minor: int = 2_000,
        *,
        key: str = "r1",
        reference: str = "OUT 1",
        on: date = TODAY,
        note: str | None = None,
        payment: Payment | None = None,
        beyond: bool = True,
    ) -> OfflineRefund:
        of = (payment or self.payment).id
        return OfflineRefund(of, minor, reference, on, note, "ops@seller.example", key, beyond)

    async def give_back(self, minor: int = 2_000, **said: str) -> Refund:
        returned = self.returned(minor, **said)  # type: ignore[arg-type]  # texts alone
        return await offline_refunds.record(self.shop.ports, self.account, returned)

    async def refusal(self, returned: OfflineRefund) -> tuple[str, str, str]:
        """Where a refund is refused, as what, and in which words; nothing has changed."""
        before = await books()
        with pytest.raises(InvalidInput) as refused:
            await offline_refunds.record(self.shop.ports, self.account, returned)
        assert await books() == before
        [issue] = refused.value.issues
        return ".".join(issue.path), issue.code, issue.message

    async def held(self) -> list[Held]:
        return await held_by(self.account, self.payment.id)

    async def cases(self) -> list[SupportCase]:
        return await cases.open_about(self.account, payment_ids=[self.payment.id])

    async def refunds(self) -> list[Refund]:
        return (await refunds.of_payments(self.account, [self.payment.id]))[self.payment.id]

    async def now(self) -> Invoice:
        return await invoices.find(self.account, self.invoice.id)

    async def audited(self) -> list[str]:
        return [one.what async for one in audit(self.shop.ports, account_id=self.account)]


@pytest.fixture
async def of(shop: Shop) -> Overpaid:
    invoice = await shop.invoice(await shop.account())
    payment = await offline.record(shop.ports, invoice.account_id, transfer(invoice))
    return Overpaid(shop, invoice, payment)


# -- what is booked ----------------------------------------------------------------------------


async def test_what_went_back_is_a_refund_that_has_succeeded(of: Overpaid) -> None:
    refund = await of.give_back()
    assert refund == Refund(
        id=refund.id,
        account_id=of.account,
        payment_id=of.payment.id,
        gateway="offline",
        reference="OUT 1",
        status=RefundStatus.SUCCEEDED,
        reason=RefundReason.REQUESTED,
        charged=Money(2_000, "USD"),
        amount=Money(2_000, "USD"),
        requested_by="ops@seller.example",
        note=None,
        failure=None,
        key_number=0,
        created_at=START,
        updated_at=START,
    )
    assert await of.refunds() == [refund]


async def test_what_was_not_due_goes_back_first_and_leaves_the_invoice_paid(of: Overpaid) -> None:
    await of.give_back()
    assert (await moved(of.payment))[3:] == [
        ("EXCHANGE", "BANK", 2_000),
        ("SURPLUS", "EXCHANGE", 2_000),
    ]
    assert await balances() == {"BANK": 10_000, "SALES": -10_000}
    after = await of.now()
    assert (after.status, after.paid_minor, after.refunded_minor) == ("PAID", 10_000, 0)
    assert screens.shown(after, of.shop.clock()) is DisplayStatus.PAID
    assert await of.audited() == []


async def test_what_goes_back_beyond_that_had_settled_the_invoice(of: Overpaid) -> None:
    await of.give_back(5_000)
    assert (await moved(of.payment))[3:] == [
        ("EXCHANGE", "BANK", 5_000),
        ("SURPLUS", "EXCHANGE", 2_000),
        ("REFUNDED", "EXCHANGE", 3_000),
    ]
    assert await balances() == {"BANK": 7_000, "SALES": -10_000, "REFUNDED": 3_000}
    after = await of.now()
    assert (after.status, after.paid_minor, after.refunded_minor) == (
        InvoiceStatus.PAID,
        10_000,
        3_000,
    )
    assert await of.held() == [Held(of.invoice.id, 7_000, 0)]
    assert await of.audited() == []


async def test_all_of_it_can_go_back_in_parts(of: Overpaid) -> None:
    for place, minor in enumerate((1, 1_999, 9_999, 1)):
        await of.give_back(minor, key=f"r{place}", reference=f"OUT {place}")
        assert await of.audited() == []
    assert await of.held() == [Held(of.invoice.id, 0, 0)]
    assert await balances() == {"SALES": -10_000, "REFUNDED": 10_000}
    after = await of.now()
    assert screens.shown(after, of.shop.clock()) is DisplayStatus.REFUNDED
    assert await of.refusal(of.returned(1, key="more", reference="OUT 9")) == (
        "amount",
        "TOO_MUCH",
        "All of it has gone back already.",
    )


async def test_a_transfer_that_was_due_can_go_back_too(shop: Shop) -> None:
    invoice = await shop.invoice(await shop.account())
    payment = await offline.record(shop.ports, invoice.account_id, transfer(invoice, 10_000))
    of = Overpaid(shop, invoice, payment)
    await of.give_back(10_000)
    assert await balances() == {"SALES": -10_000, "REFUNDED": 10_000}
    assert (await of.now()).refunded_minor == 10_000
    assert await of.audited() == []


async def test_it_went_back_at_noon_of_its_day_where_the_account_is(shop: Shop) -> None:
    invoice = await shop.invoice(await shop.account(time_zone="Asia/Kolkata"))
    payment = await offline.record(shop.ports, invoice.account_id, transfer(invoice))
    shop.clock.move(days=3)
    of = Overpaid(shop, invoice, payment)
    returned = of.returned(on=date(2026, 11, 1))
    refund = await offline_refunds.record(shop.ports, of.account, returned)
    assert refund.created_at == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    assert refund.updated_at == START + timedelta(days=3)


# -- what is told ------------------------------------------------------------------------------


async def test_it_is_told_as_other_refunds_are(of: Overpaid) -> None:
    refund = await of.give_back(note="Agreed by telephone")
    told = RefundStatusChanged(refund.id, of.payment.id, RefundStatus.SUCCEEDED)
    assert (await of.shop.happened(of.account)).count(told) == 1
    key = (of.account, of.payment.id)
    seen = [
        one for one in (await evidence.of_payments([key]))[key] if one.fact is Fact.REFUND_SUCCEEDED
    ]
    assert [(one.source, one.reference, one.note, one.amount) for one in seen] == [
        (Source.STAFF, "ops@seller.example", "Bank reference OUT 1", Money(2_000, "USD"))
    ]
    assert refund.note == "Agreed by telephone"


async def test_the_case_closes_once_the_whole_surplus_went_back_and_not_before(
    of: Overpaid,
) -> None:
    [case] = await of.cases()
    await of.give_back(1_999)
    assert await of.cases() == [case]
    assert await of.audited() == []
    await of.give_back(1, key="r2", reference="OUT 2")
    assert await of.cases() == []
    closed = await cases.find(of.account, case.id)
    assert (closed.status, closed.resolved_by, closed.resolution) == (
        CaseStatus.RESOLVED,
        "service",
        "What was not due went back by bank transfer.",
    )
    told = SupportCaseChanged(case.id, None, of.payment.id, CaseStatus.RESOLVED)
    assert (await of.shop.happened(of.account)).count(told) == 1
    assert await of.audited() == []


async def test_a_case_of_another_kind_stays_open(of: Overpaid) -> None:
    await forge("UPDATE support_case SET reason = 'UNDER_REVIEW'")
    await of.give_back()
    assert [one.reason for one in await of.cases()] == ["UNDER_REVIEW"]


async def test_no_mail_tells_the_payer_what_their_bank_tells_them(of: Overpaid) -> None:
    mailer = ListMailer()
    of.shop.with_ports(mailer=mailer, printer=PlainPrinter())
    await of.shop.drain()
    before = len(mailer.sent)
    await of.give_back()
    await of.shop.drain()
    assert len(mailer.sent) == before


# -- counting once -----------------------------------------------------------------------------


async def test_two_people_with_the_same_reference_at_the_same_moment_get_one_refund(
    of: Overpaid,
) -> None:
    both = await asyncio.gather(*[of.give_back(key=f"r{n}") for n in range(2)])
    assert both[0] == both[1]
    assert await of.refunds() == [both[0]]
    assert await balances() == {"BANK": 10_000, "SALES": -10_000}


async def test_two_refunds_at_the_same_moment_never_exceed_what_is_left(of: Overpaid) -> None:
    ends = await asyncio.gather(
        *[of.give_back(7_000, key=f"r{n}", reference=f"OUT {n}") for n in range(2)],
        return_exceptions=True,
    )
    assert sorted(type(end).__name__ for end in ends) == ["InvalidInput", "Refund"]
    assert await of.held() == [Held(of.invoice.id, 5_000, 0)]


@pytest.mark.parametrize("reference", ["OUT 1", "out-1", "OUT1", "OUT – 1"])
async def test_a_reference_counts_once_however_it_is_written(of: Overpaid, reference: str) -> None:
    refund = await of.give_back()
    before = await books()
    assert await of.give_back() == refund
    assert await books() == before
    assert await of.give_back(key="r2", reference=reference) == refund
    assert await of.refunds() == [refund]


@pytest.mark.parametrize("what", ["another payment", "another amount"])
async def test_a_reference_that_is_known_is_refused_with_another_payment_or_amount(
    of: Overpaid, what: str
) -> None:
    refund = await of.give_back()
    another = transfer(of.invoice, 2_000, key="k2", reference="UTR 2")
    other = await offline.record(of.shop.ports, of.account, another)
    returned = {
        "another payment": of.returned(key="r2", payment=other),
        "another amount": of.returned(1_999, key="r2"),
    }[what]
    assert await of.refusal(returned) == (
        "bankReference",
        "KNOWN",
        f"Refund {encode(Kind.REFUND, refund.id)} has it: 20.00 USD of payment"
        f" {encode(Kind.PAYMENT, of.payment.id)}, returned on {TODAY}."
        " Give each part of a transfer a reference of its own.",
    )


async def test_the_last_migration_can_be_undone_and_done_again(of: Overpaid) -> None:
    """Also where two accounts got money under one reference, and with what is owed in sight."""
    await of.give_back(1_500)
    invoice = await of.shop.invoice(await of.shop.account())
    payment = await offline.record(of.shop.ports, invoice.account_id, transfer(invoice))
    await Overpaid(of.shop, invoice, payment).give_back()
    before = await books()
    del before["tortoise_migrations"]
    connection = await asyncpg.connect(of.shop.url)
    try:
        await run_migrations(of.shop.url, target="service.0007_second_pages")
        kept = "SELECT reason FROM support_case WHERE status = 'OPEN'"
        assert [row["reason"] for row in await connection.fetch(kept)] == ["REFUND_FAILED"]
        assert await connection.fetchval("SELECT count(DISTINCT reference) FROM refund") == 2
        await run_migrations(of.shop.url)
    finally:
        await connection.close()
    after = await books()
    del after["tortoise_migrations"]
    assert after == before


async def run_migrations(url: str, target: str | None = None) -> None:
    """In a process of its own: the ORM is in use here."""
    program = (
        "import asyncio, sys; from tortoise.migrations.api import migrate;"
        "from service.store.database import orm_config;"
        "asyncio.run(migrate(config=orm_config(sys.argv[1], pool_size=1),"
        " target=sys.argv[2] or None))"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, url, target or "", cwd=ROOT, stderr=asyncio.subprocess.PIPE
    )
    _, told = await process.communicate()
    assert process.returncode == 0, told.decode()


async def test_the_same_return_is_known_where_the_sellers_day_has_begun_earlier(
    of: Overpaid,
) -> None:
    await forge("UPDATE account SET time_zone = 'America/Los_Angeles'")
    # 10:00 on the next day in India is the evening before in California.
    of.shop.clock.now = datetime(2026, 10, 31, 4, 30, tzinfo=UTC)
    tomorrow = TODAY + timedelta(days=1)
    first = await offline_refunds.record(of.shop.ports, of.account, of.returned(on=tomorrow))
    again = of.returned(on=tomorrow, key="r2")
    assert await offline_refunds.record(of.shop.ports, of.account, again) == first
    assert (await of.refusal(of.returned(on=TODAY, key="r3")))[1] in ("KNOWN", "TOO_OLD")


async def test_a_return_of_more_than_the_surplus_has_to_be_meant(of: Overpaid) -> None:
    assert await of.refusal(of.returned(2_001, beyond=False)) == (
        "amount",
        "BEYOND_SURPLUS",
        "20.00 USD of it was not due. To give back also of what settled its invoice, say so with"
        " beyondSurplus.",
    )
    surplus = of.returned(1_999, beyond=False)
    await offline_refunds.record(of.shop.ports, of.account, surplus)
    path, code, message = await of.refusal(
        of.returned(2, beyond=False, key="r2", reference="OUT 2")
    )
    assert (path, code, message[:8]) == ("amount", "BEYOND_SURPLUS", "0.01 USD")
    last = of.returned(1, beyond=False, key="r3", reference="OUT 3")
    await offline_refunds.record(of.shop.ports, of.account, last)
    assert await of.held() == [Held(of.invoice.id, 10_000, 0)]
    assert await of.cases() == []


async def test_a_reference_of_another_account_is_nobody_elses_business(of: Overpaid) -> None:
    await of.give_back()
    invoice = await of.shop.invoice(await of.shop.account())
    payment = await offline.record(of.shop.ports, invoice.account_id, transfer(invoice))
    other = Overpaid(of.shop, invoice, payment)
    await other.give_back()
    assert await other.held() == [Held(invoice.id, 10_000, 0)]
    assert await balances() == {"BANK": 20_000, "SALES": -20_000}


async def test_a_key_is_for_one_refund(of: Overpaid) -> None:
    await of.give_back()
    before = await books()
    for other in (
        of.returned(1_999),
        of.returned(reference="OUT 2"),
        of.returned(note="Agreed"),
        of.returned(on=TODAY - timedelta(days=1)),
    ):
        with pytest.raises(IdempotencyConflict):
            await offline_refunds.record(of.shop.ports, of.account, other)
    assert await books() == before


# -- what is refused ---------------------------------------------------------------------------


async def test_more_than_is_left_is_refused_with_the_most_that_can_be(of: Overpaid) -> None:
    what = ("amount", "TOO_MUCH", "At most 120.00 USD is left of it.")
    assert await of.refusal(of.returned(12_001)) == what
    await of.give_back(2_500)
    what = ("amount", "TOO_MUCH", "At most 95.00 USD is left of it.")
    assert await of.refusal(of.returned(9_501, key="r2", reference="OUT 2")) == what


@pytest.mark.parametrize("minor", [0, -1])
async def test_nothing_is_no_refund(of: Overpaid, minor: int) -> None:
    what = ("amount", "TOO_LITTLE", "An amount above zero went back.")
    assert await of.refusal(of.returned(minor)) == what


async def test_it_went_back_between_the_day_on_which_it_came_and_today(of: Overpaid) -> None:
    assert await of.refusal(of.returned(on=TODAY + timedelta(days=1))) == (
        "returnedOn",
        "IN_FUTURE",
        "It went back by today.",
    )
    assert await of.refusal(of.returned(on=TODAY - timedelta(days=1))) == (
        "returnedOn",
        "TOO_OLD",
        "It came on 2026-10-30, and went back on that day or later.",
    )


@pytest.mark.parametrize("reference", ["", " -- ", "a\u0000b", "x" * 65])
async def test_a_reference_is_one_line(of: Overpaid, reference: str) -> None:
    what = ("bankReference", "INVALID", "It is one line of 1 to 64 letters.")
    assert await of.refusal(of.returned(reference=reference)) == what


@pytest.mark.parametrize("note", ["a\nb", "x" * 301, "\u202e"])
async def test_a_note_is_one_line(of: Overpaid, note: str) -> None:
    what = ("note", "INVALID", "It is one line of up to 300 letters.")
    assert await of.refusal(of.returned(note=note)) == what


async def test_what_a_gateway_took_goes_back_through_it(shop: Shop) -> None:
    account = await shop.account(charge_currency="USD")
    invoice = await shop.invoice(account)
    started = (await shop.start(account, invoice)).payment
    await shop.pay(started)
    of = Overpaid(shop, invoice, await shop.settle(account, started.id))
    assert await of.refusal(of.returned()) == (
        "paymentId",
        "AT_GATEWAY",
        "A gateway took it: give it back with refundPayment.",
    )


async def test_what_came_by_bank_does_not_go_back_through_a_gateway(of: Overpaid) -> None:
    before = await books()
    wanted = RefundRequest(of.payment.id, 2_000, "Agreed", "ops@seller.example", "k9")
    with pytest.raises(InvalidInput) as refused:
        await request(of.shop.ports, of.account, wanted)
    [issue] = refused.value.issues
    assert (issue.path, issue.code, issue.message) == (
        ("paymentId",),
        "NOT_AT_GATEWAY",
        "The bank received it: it goes back by the bank. Record that with recordOfflineRefund.",
    )
    assert await books() == before


async def test_a_payment_of_another_account_is_not_found(of: Overpaid) -> None:
    other = await of.shop.account()
    with pytest.raises(NotFound):
        await offline_refunds.record(of.shop.ports, other, of.returned())


# -- what asks gateways ------------------------------------------------------------------------


async def test_nothing_asks_a_gateway_for_what_went_back_by_bank(of: Overpaid) -> None:
    refund = await of.give_back()
    of.shop.sandbox.faults.add("outage")
    of.shop.clock.move(days=3)
    before = await books()
    ports, ids = of.shop.ports, (of.account, of.payment.id)
    witness = Witness(Source.POLL)
    await send(ports, of.account, refund.id)
    assert await send_late(ports) == 0
    assert await sweep(ports) == 0
    payment = await payments.find(*ids)
    assert await aftermath.catch_up(ports, payment, witness) == payment
    assert await capture.settle(ports, *ids, witness, thorough=True) == payment
    assert await checkout.confirm(ports, *ids) == payment
    assert await books() == before
    assert await rows("pgqueuer", "entrypoint = 'send_refund'") == 0
    of.shop.sandbox.faults.clear()
    assert await of.audited() == []


async def test_a_claim_of_what_a_transfer_paid_is_answered_with_that(of: Overpaid) -> None:
    await of.give_back()
    found = await claim(of.shop.ports, of.account, said(of.invoice))
    assert found.payment is not None
    assert found.payment.id == of.payment.id


async def test_a_card_that_is_captured_after_the_transfer_goes_back_by_itself(shop: Shop) -> None:
    account = await shop.account(charge_currency="USD")
    invoice = await shop.invoice(account)
    started = (await shop.start(account, invoice)).payment
    await shop.pay(started)
    payment = await offline.record(shop.ports, account, transfer(invoice))
    of = Overpaid(shop, invoice, payment)
    await shop.settle(account, started.id)
    shop.with_ports(mailer=ListMailer(), printer=PlainPrinter())
    await shop.drain()
    [card] = (await refunds.of_payments(account, [started.id]))[started.id]
    assert (card.reason, card.status, card.charged.minor_units) == ("SURPLUS", "SUCCEEDED", 10_000)
    assert await of.audited() == []
    await of.give_back()
    assert await balances() == {"BANK": 10_000, "SALES": -10_000}
    assert await of.audited() == []


# -- what an audit finds -----------------------------------------------------------------------


async def test_a_refund_by_bank_is_compared_with_what_left_the_bank(of: Overpaid) -> None:
    refund = await of.give_back()
    await forge("DELETE FROM ledger_entry WHERE credit = 'BANK'")
    assert await of.audited() == [
        "-2000 USD of it are on EXCHANGE, and nothing was exchanged",
        f"refund {encode(Kind.REFUND, refund.id)} is SUCCEEDED: 0 USD of 2000 left the bank by it",
    ]


async def test_a_refund_by_bank_that_was_booked_at_a_gateway_is_a_difference(of: Overpaid) -> None:
    refund = await of.give_back()
    await forge("UPDATE ledger_entry SET credit = 'GATEWAY' WHERE credit = 'BANK'")
    assert await of.audited() == [
        f"refund {encode(Kind.REFUND, refund.id)} is SUCCEEDED: 0 USD of 2000 left the bank by it"
    ]
