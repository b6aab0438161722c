"""What one invoice, one run and one answer hold at most."""

from __future__ import annotations

import pytest

from service.api.reads import LINES_MAX as LINES_OF_AN_OPERATION
from service.billing.errors import InvalidInput
from service.billing.period import Month
from service.workflows import issuing
from service.workflows.run_month import run_month
from tests.support.books import books, rows
from tests.support.shop import SEPTEMBER, Shop


async def test_a_month_that_is_not_over_is_not_billed(shop: Shop) -> None:
    account = await shop.account()
    await shop.charge(account, month=Month(2026, 10))
    before = await books()
    with pytest.raises(InvalidInput) as refusal:
        await run_month(shop.ports, Month(2026, 10))
    assert refusal.value.issues[0].code == "NOT_OVER"
    assert await issuing.issue_usage(shop.ports, account, Month(2026, 10)) is None
    assert await books() == before


async def test_an_account_with_more_charges_than_an_invoice_holds_keeps_no_other_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuing, "LINES_MAX", 2)
    many, few = await shop.account(), await shop.account()
    for _ in range(3):
        await shop.charge(many)
    await shop.charge(few)
    report = await run_month(shop.ports, SEPTEMBER)
    assert (report.issued, report.failed) == (1, (many,))
    assert await rows("invoice") == 1


def test_an_operation_may_read_all_lines_of_any_invoice() -> None:
    assert LINES_OF_AN_OPERATION >= issuing.LINES_MAX
