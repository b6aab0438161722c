"""Support cases: one open at a time about the same thing, closed once, and listed newest first."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from tortoise.exceptions import IntegrityError

from service.billing.errors import LostRace, NotFound, TransitionRefused
from service.billing.money import Money
from service.billing.payment import GatewayCheckout, GatewayState, PaymentMove
from service.billing.support import SERVICE, CaseReason, CaseStatus
from service.store import cases, payments
from service.store.cases import CaseList, NewCase
from service.store.database import new_id, transaction
from service.store.money_records import Candidate, SupportCase
from service.store.records import Invoice, Payment
from tests.store import rows
from tests.store.rows import NOW

pytestmark = pytest.mark.usefixtures("db")

LATER = NOW + timedelta(minutes=1)


async def billed() -> tuple[Invoice, Payment]:
    account = await rows.account()
    invoice = await rows.invoice(account.id)
    return invoice, await rows.payment(account.id, invoice)


def late(payment: Payment, reason: CaseReason = CaseReason.DEADLINE_PASSED) -> NewCase:
    return NewCase(payment.account_id, reason, "service", payment_id=payment.id)


def claim(invoice: Invoice, note: str | None = None) -> NewCase:
    return NewCase(
        invoice.account_id,
        CaseReason.CLAIM,
        "ada@mueller.example",
        invoice_id=invoice.id,
        note=note,
    )


async def opened(new: NewCase) -> SupportCase | None:
    async with transaction():
        case_id = await cases.open_case(new, at=NOW)
    return await cases.find(new.account_id, case_id) if case_id else None


async def must_open(new: NewCase) -> SupportCase:
    case = await opened(new)
    assert case is not None
    return case


async def resolve(case: SupportCase, by: str = "kim@seller.example") -> SupportCase:
    async with transaction():
        await cases.resolve(case, by=by, resolution="found it", at=LATER)
    return await cases.find(case.account_id, case.id)


def paid_as(transaction_id: str) -> GatewayCheckout:
    amount = Money(10_000, "USD")
    return GatewayCheckout(
        "cs_1", GatewayState.PAID, amount, False, None, transaction_id, NOW, None, None
    )


async def test_a_case_is_read_as_it_was_opened() -> None:
    invoice, payment = await billed()
    new = replace(claim(invoice, "n" * 600), opened_by="o" * 300, payment_id=payment.id)
    case = await must_open(new)
    assert case == SupportCase(
        id=case.id,
        account_id=invoice.account_id,
        invoice_id=invoice.id,
        payment_id=payment.id,
        status=CaseStatus.OPEN,
        reason=CaseReason.CLAIM,
        opened_by="o" * 254,
        note="n" * 500,
        resolution=None,
        resolved_by=None,
        created_at=NOW,
        resolved_at=None,
    )


async def test_one_case_is_open_about_the_same_thing() -> None:
    invoice, payment = await billed()
    ends = await asyncio.gather(*[opened(late(payment)) for _ in range(6)])
    (case,) = [end for end in ends if end is not None]
    assert await opened(late(payment, CaseReason.UNDER_REVIEW))
    ends = await asyncio.gather(*[opened(claim(invoice, str(place))) for place in range(6)])
    assert [end for end in ends if end is None] == [None] * 5
    await resolve(case)
    again = await must_open(late(payment))
    assert again.id != case.id
    assert await cases.count(payment.account_id) == 4


async def test_what_was_noted_is_forgotten_only_when_the_service_itself_closed_the_case() -> None:
    _, payment = await billed()
    about = payment.account_id, payment.id

    async def noted(note: str = "it is odd") -> bool:
        return await cases.is_noted(*about, note)

    assert not await noted()
    case = await must_open(replace(late(payment), note="it is odd"))
    assert await noted()
    assert not await noted("another")
    assert not await cases.is_noted((await rows.account()).id, payment.id, "it is odd")
    await resolve(case, by=SERVICE)
    assert not await noted()
    await resolve(await must_open(replace(late(payment), note="it is odd")))
    assert await noted()


async def test_a_refused_case_leaves_its_transaction_usable() -> None:
    _, payment = await billed()
    async with transaction():
        assert await cases.open_case(late(payment), at=NOW)
        assert await cases.open_case(late(payment), at=NOW) is None
        assert await cases.open_case(late(payment, CaseReason.REFUND_FAILED), at=NOW)
    assert await cases.count(payment.account_id) == 2


async def test_a_case_is_about_something_of_its_account() -> None:
    invoice, payment = await billed()
    stranger = (await rows.account()).id
    with pytest.raises(IntegrityError, match="support_case_payment"):
        await opened(replace(late(payment), account_id=stranger))
    with pytest.raises(IntegrityError, match="support_case_invoice"):
        await opened(replace(claim(invoice), account_id=stranger))
    with pytest.raises(IntegrityError, match="support_case_subject"):
        await opened(replace(late(payment), payment_id=None, invoice_id=invoice.id))
    assert await rows.number_of("support_case") == 0


async def test_a_case_is_closed_once() -> None:
    _, payment = await billed()
    case = await must_open(late(payment))
    people = [f"{name}@seller.example" for name in "abcdef"]
    ends = await asyncio.gather(*[resolve(case, by=by) for by in people], return_exceptions=True)
    (closed,) = [end for end in ends if isinstance(end, SupportCase)]
    assert [type(end) for end in ends].count(LostRace) == 5
    assert closed == replace(
        case,
        status=CaseStatus.RESOLVED,
        resolution="found it",
        resolved_by=closed.resolved_by,
        resolved_at=LATER,
    )
    assert closed.resolved_by in people
    with pytest.raises(TransitionRefused):
        await resolve(closed)
    with pytest.raises(LostRace, match=f"^case {case.id}$"):
        await cases.resolve(
            replace(case, account_id=new_id()), by="eve", resolution="mine", at=LATER
        )


async def test_who_closed_a_case_and_how_is_kept_at_a_length() -> None:
    _, payment = await billed()
    case = await must_open(late(payment))
    await cases.resolve(case, by="b" * 300, resolution="r" * 600, at=LATER)
    closed = await cases.find(case.account_id, case.id)
    assert (closed.resolved_by, closed.resolution) == ("b" * 254, "r" * 500)


async def test_a_case_of_another_account_is_not_found() -> None:
    invoice, payment = await billed()
    case = await must_open(late(payment))
    stranger = (await rows.account()).id
    with pytest.raises(NotFound, match=r"No such support case\."):
        await cases.find(stranger, case.id)
    about = {"payment_ids": [payment.id], "invoice_ids": [invoice.id]}
    assert await cases.open_about(stranger, **about) == []
    own = case.account_id
    assert await cases.find_each([(stranger, case.id)]) == []
    assert await cases.find_each([(own, case.id), (own, new_id()), (own, case.id)]) == [case]
    assert (await cases.page(stranger, size=9)).cases == []
    assert await cases.count(stranger) == 0
    assert await cases.candidates(stranger, case.id) == []
    assert await cases.owner_of(case.id) == own
    assert await cases.owners_of([case.id, new_id()]) == {case.id: own}
    with pytest.raises(NotFound):
        await cases.owner_of(new_id())


async def test_open_cases_are_found_by_what_they_are_about() -> None:
    invoice, payment = await billed()
    account_id = invoice.account_id
    about_payment = await must_open(late(payment))
    about_invoice = await must_open(claim(invoice))
    reviewed = await must_open(late(payment, CaseReason.UNDER_REVIEW))
    assert await cases.open_about(account_id) == []
    assert await cases.open_about(account_id, payment_ids=[payment.id]) == [about_payment, reviewed]
    assert await cases.open_about(account_id, invoice_ids=[invoice.id]) == [about_invoice]
    everything = {"payment_ids": [payment.id], "invoice_ids": [invoice.id]}
    await resolve(about_payment)
    assert await cases.open_about(account_id, **everything) == [about_invoice, reviewed]


async def test_cases_are_listed_newest_first() -> None:
    first, second = await billed(), await billed()
    made = []
    for reason in (CaseReason.DEADLINE_PASSED, CaseReason.UNDER_REVIEW, CaseReason.REFUND_FAILED):
        for _, payment in (first, second):
            made.append(await must_open(late(payment, reason)))
    made[1] = await resolve(made[1])
    newest_first = made[::-1]

    async def listed(
        account_id: UUID | None,
        size: int,
        *,
        status: CaseStatus | None = None,
        after: UUID | None = None,
    ) -> tuple[list[SupportCase], bool]:
        page = await cases.page(account_id, size=size, status=status, after=after)
        return page.cases, page.has_more

    own = first[0].account_id
    assert await listed(own, 9) == (newest_first[1::2], False)
    assert await listed(own, 2) == (newest_first[1:5:2], True)
    assert await listed(own, 2, after=newest_first[3].id) == (newest_first[5:], False)
    assert await listed(None, 6) == (newest_first, False)
    assert await listed(None, 5) == (newest_first[:5], True)
    assert await listed(None, 9, status=CaseStatus.RESOLVED) == ([made[1]], False)
    open_ones = [case for case in newest_first if case.status is CaseStatus.OPEN]
    assert await listed(None, 9, status=CaseStatus.OPEN) == (open_ones, False)
    assert await listed(None, 1, status=CaseStatus.OPEN, after=made[3].id) == ([made[2]], True)
    assert [await cases.count(own), await cases.count(None)] == [3, 6]
    assert await cases.count(None, status=CaseStatus.OPEN) == 5
    assert await cases.count(own, status=CaseStatus.RESOLVED) == 0


async def test_the_cases_of_several_accounts_are_listed_at_once() -> None:
    first, second = await billed(), await billed()
    made = {}
    for _, payment in (first, second):
        reasons = (CaseReason.DEADLINE_PASSED, CaseReason.UNDER_REVIEW, CaseReason.REFUND_FAILED)
        made[payment.account_id] = [await must_open(late(payment, reason)) for reason in reasons]
    one, other, nobody = first[0].account_id, second[0].account_id, (await rows.account()).id
    closed = made[one][1] = await resolve(made[one][1])
    found = await cases.pages(
        [
            CaseList(other, 2),
            CaseList(nobody, 2),
            CaseList(one, 2),
            CaseList(one, 2, after=made[one][1].id),
            CaseList(other, 2, after=made[one][1].id),
            CaseList(one, 9, CaseStatus.RESOLVED),
            CaseList(other, 9, CaseStatus.RESOLVED),
            CaseList(other, 2),
        ]
    )
    assert [(page.cases, page.has_more) for page in found] == [
        (made[other][:0:-1], True),
        ([], False),
        (made[one][:0:-1], True),
        (made[one][:1], False),
        ([], False),
        ([closed], False),
        ([], False),
        (made[other][:0:-1], True),
    ]
    lists = [(other, None), (one, None), (one, CaseStatus.OPEN), (nobody, None)]
    assert await cases.counts(lists) == dict(zip(lists, [3, 3, 2, 0], strict=True))


async def test_candidates_are_noted_once_in_the_order_they_were_found() -> None:
    invoice, payment = await billed()
    case = await must_open(claim(invoice))
    amount = Money(10_000, "USD")
    ours = rows.gateway_payment(amount, "pi_2", payment_id=payment.id, payer_email="e" * 300)
    nobodys = rows.gateway_payment(amount, "pi_1", payer_email=None)
    for found in (ours, nobodys, replace(ours, amount=Money(1, "USD"))):
        await cases.add_candidate(case.account_id, case.id, "stripe", found)
    await asyncio.gather(
        *[cases.add_candidate(case.account_id, case.id, "stripe", nobodys) for _ in range(5)]
    )
    await cases.add_candidate(case.account_id, case.id, "other", nobodys)
    listed = await cases.candidates(case.account_id, case.id)
    assert listed == [
        Candidate(
            id=listed[place].id,
            account_id=case.account_id,
            case_id=case.id,
            gateway=gateway,
            transaction=found.transaction,
            amount=amount,
            payer_email=email,
            payment_id=found.payment_id,
            captured_at=NOW,
            gone_back_at=None,
        )
        for place, (gateway, found, email) in enumerate(
            [("stripe", ours, "e" * 254), ("stripe", nobodys, None), ("other", nobodys, None)]
        )
    ]


async def test_a_candidate_belongs_to_a_case_of_its_account() -> None:
    invoice, _ = await billed()
    case = await must_open(claim(invoice))
    found = rows.gateway_payment(Money(10_000, "USD"))
    with pytest.raises(IntegrityError, match="case_candidate_case"):
        await cases.add_candidate((await rows.account()).id, case.id, "stripe", found)
    assert await cases.candidates(case.account_id, case.id) == []


async def test_money_is_in_a_case_until_the_service_itself_has_closed_it() -> None:
    _, payment = await billed()
    found = rows.gateway_payment(Money(10_000, "USD"))
    assert not await cases.is_candidate(payment, found.transaction)
    for by, stays in ((SERVICE, False), ("kim@seller.example", True)):
        case = await must_open(late(payment, CaseReason.UNDER_REVIEW))
        await cases.add_candidate(case.account_id, case.id, payment.gateway, found)
        assert await cases.is_candidate(payment, found.transaction)
        assert not await cases.is_candidate(payment, "another")
        assert not await cases.is_candidate(replace(payment, gateway="other"), found.transaction)
        await resolve(case, by=by)
        assert await cases.is_candidate(payment, found.transaction) is stays


async def test_a_case_has_unbooked_money_until_each_candidate_is_captured_as_something() -> None:
    _, payment = await billed()
    case = await must_open(late(payment, CaseReason.UNDER_REVIEW))
    assert not await cases.has_unbooked(case)
    found = rows.gateway_payment(Money(10_000, "USD"))
    await cases.add_candidate(case.account_id, case.id, payment.gateway, found)
    assert await cases.has_unbooked(case)
    async with transaction():
        await payments.note_report(payment, paid_as(found.transaction), at=NOW)
    assert await cases.has_unbooked(case)
    async with transaction():
        await payments.move(payment, PaymentMove.CAPTURE, at=NOW, captured_at=NOW)
    assert not await cases.has_unbooked(case)
    other = replace(found, transaction="pi_2")
    await cases.add_candidate(case.account_id, case.id, payment.gateway, other)
    assert await cases.has_unbooked(case)


async def test_money_that_went_back_is_in_its_cases_no_more_until_it_is_there_again() -> None:
    _, payment = await billed()
    found = rows.gateway_payment(Money(10_000, "USD"))
    case = await must_open(late(payment, CaseReason.UNDER_REVIEW))
    await cases.add_candidate(case.account_id, case.id, payment.gateway, found)
    assert await cases.has_unbooked(case)
    [before] = await cases.candidates(case.account_id, case.id)
    for other, named in (
        (payment, "another"),
        (replace(payment, gateway="other"), found.transaction),
        ((await billed())[1], found.transaction),
    ):
        assert not await cases.note_gone_back(other, named, at=NOW)
    assert await cases.candidates(case.account_id, case.id) == [before]
    assert await cases.note_gone_back(payment, found.transaction, at=NOW)
    assert not await cases.note_gone_back(payment, found.transaction, at=LATER)
    assert await cases.candidates(case.account_id, case.id) == [replace(before, gone_back_at=NOW)]
    assert not await cases.has_unbooked(case)
    assert not await cases.is_candidate(payment, found.transaction)
    await cases.add_candidate(case.account_id, case.id, payment.gateway, found)
    assert await cases.candidates(case.account_id, case.id) == [before]
    assert await cases.has_unbooked(case)


async def test_a_gateways_payment_leads_to_the_newest_case_about_a_payment_of_ours() -> None:
    invoice, payment = await billed()
    found = rows.gateway_payment(Money(10_000, "USD"))
    named = found.transaction
    claimed = await must_open(claim(invoice))
    await cases.add_candidate(claimed.account_id, claimed.id, payment.gateway, found)
    assert await cases.id_of_payment_with(payment.gateway, named) is None
    assert await cases.candidate_about(payment, named) is None
    for _ in range(2):
        case = await must_open(late(payment, CaseReason.UNDER_REVIEW))
        await cases.add_candidate(case.account_id, case.id, payment.gateway, found)
        newest = await cases.candidate_about(payment, named)
        assert newest is not None
        assert newest.case_id == case.id
        await resolve(case, by=SERVICE)
    assert await cases.id_of_payment_with(payment.gateway, named) == payment.id
    assert await cases.id_of_payment_with("other", named) is None
    assert await cases.candidate_about((await billed())[1], named) is None
