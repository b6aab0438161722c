"""Lists: pages that follow one another, bounds of their size, and filters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from service.billing.ids import Kind
from service.billing.invoice import InvoiceKind
from service.billing.people import Role
from service.billing.period import Month
from service.billing.support import CaseReason
from service.store import cases
from service.store.cases import NewCase
from service.store.database import transaction
from service.workflows.issuing import issue_add_on
from tests.api.harness import JSON, MONTHS, Api, Caller, issued, public

PAGE = """
query Page($first: Int, $after: String, $last: Int, $before: String, $filter: InvoiceFilter) {
  viewer { account { invoices(
    first: $first, after: $after, last: $last, before: $before, filter: $filter
  ) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { number }
    edges { cursor node { number } }
  } } }
}
"""


async def page(caller: Caller, **variables: object) -> JSON:
    found: JSON = (await caller.ask(PAGE, **variables))["viewer"]["account"]["invoices"]
    return found


def numbers(found: JSON) -> list[int]:
    """The counting part of the invoice numbers of a page."""
    return [int(node["number"].rpartition("-")[2]) for node in found["nodes"]]


async def test_pages_follow_one_another_newest_first(api: Api) -> None:
    account_id = await api.shop.account()
    await issued(api, account_id, 7)
    caller = api.caller(Role.MEMBER, account_id)
    first = await page(caller, first=3)
    assert numbers(first) == [7, 6, 5]
    assert [edge["node"] for edge in first["edges"]] == first["nodes"]
    cursors = [edge["cursor"] for edge in first["edges"]]
    assert first["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": cursors[0],
        "endCursor": cursors[2],
    }
    second = await page(caller, first=3, after=cursors[2])
    assert numbers(second) == [4, 3, 2]
    assert (second["pageInfo"]["hasNextPage"], second["pageInfo"]["hasPreviousPage"]) == (
        True,
        True,
    )
    last = await page(caller, first=3, after=second["pageInfo"]["endCursor"])
    assert numbers(last) == [1]
    assert (last["pageInfo"]["hasNextPage"], last["pageInfo"]["hasPreviousPage"]) == (False, True)
    assert [found["totalCount"] for found in (first, second, last)] == [7, 7, 7]


async def test_pages_can_be_turned_back(api: Api) -> None:
    account_id = await api.shop.account()
    await issued(api, account_id, 5)
    caller = api.caller(Role.MEMBER, account_id)
    end = await page(caller, last=2)
    assert numbers(end) == [2, 1]
    assert (end["pageInfo"]["hasNextPage"], end["pageInfo"]["hasPreviousPage"]) == (False, True)
    before = await page(caller, last=2, before=end["pageInfo"]["startCursor"])
    assert numbers(before) == [4, 3]
    assert (before["pageInfo"]["hasNextPage"], before["pageInfo"]["hasPreviousPage"]) == (
        True,
        True,
    )
    start = await page(caller, last=2, before=before["pageInfo"]["startCursor"])
    assert numbers(start) == [5]
    assert (start["pageInfo"]["hasNextPage"], start["pageInfo"]["hasPreviousPage"]) == (True, False)


async def test_a_page_can_be_bounded_on_both_sides(api: Api) -> None:
    account_id = await api.shop.account()
    await issued(api, account_id, 6)
    caller = api.caller(Role.MEMBER, account_id)
    cursors = [edge["cursor"] for edge in (await page(caller))["edges"]]
    between = await page(caller, after=cursors[0], before=cursors[4])
    assert numbers(between) == [5, 4, 3]
    assert between["pageInfo"]["hasNextPage"] is True
    assert between["pageInfo"]["hasPreviousPage"] is True


async def test_an_invoice_issued_meanwhile_moves_no_page(api: Api) -> None:
    account_id = await api.shop.account()
    await issued(api, account_id, 4)
    caller = api.caller(Role.MEMBER, account_id)
    first = await page(caller, first=2)
    await api.shop.invoice(account_id, month=Month(2026, 9))
    second = await page(caller, first=2, after=first["pageInfo"]["endCursor"])
    assert numbers(first) + numbers(second) == [4, 3, 2, 1]


async def test_a_page_has_twenty_entries_by_default(api: Api) -> None:
    account_id = await api.shop.account()
    await issued(api, account_id, 21)
    found = await page(api.caller(Role.MEMBER, account_id))
    assert numbers(found) == list(range(21, 1, -1))
    assert found["totalCount"] == 21


async def test_an_empty_list_is_an_empty_page(api: Api) -> None:
    account_id = await api.shop.account()
    assert await page(api.caller(Role.MEMBER, account_id)) == {
        "totalCount": 0,
        "pageInfo": {
            "hasNextPage": False,
            "hasPreviousPage": False,
            "startCursor": None,
            "endCursor": None,
        },
        "nodes": [],
        "edges": [],
    }


PAYMENTS = """
query Payments($first: Int, $after: String, $last: Int, $before: String) {
  viewer { account { payments(first: $first, after: $after, last: $last, before: $before) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { id }
    edges { cursor node { id } }
  } } }
}
"""


@pytest.mark.parametrize("query", [PAGE, PAYMENTS])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"first": 0}, "BAD_USER_INPUT"),
        ({"first": -1}, "BAD_USER_INPUT"),
        ({"first": 101}, "BAD_USER_INPUT"),
        ({"first": 2**31 - 1}, "BAD_USER_INPUT"),
        ({"last": 0}, "BAD_USER_INPUT"),
        ({"last": 101}, "BAD_USER_INPUT"),
        ({"first": 1, "last": 1}, "BAD_USER_INPUT"),
        ({"after": ""}, "BAD_CURSOR"),
        ({"after": "0"}, "BAD_CURSOR"),
        ({"before": "AWkAC0pPAaILvUlic0W1sXj11uv_9gAA"}, "BAD_CURSOR"),
        ({"after": "\u0000"}, "BAD_CURSOR"),
    ],
    ids=repr,
)
async def test_paging_that_makes_no_sense_is_refused(
    api: Api, query: str, arguments: JSON, code: str
) -> None:
    caller = api.caller(Role.MEMBER, await api.shop.account())
    answer = await caller.send(query, **arguments)
    assert [error["extensions"]["code"] for error in answer["errors"]] == [code]
    assert answer["data"] == {"viewer": {"account": None}}


async def test_a_page_may_have_one_or_a_hundred_entries(api: Api) -> None:
    account_id = await api.shop.account()
    await issued(api, account_id, 2)
    caller = api.caller(Role.MEMBER, account_id)
    assert numbers(await page(caller, first=1)) == [2]
    assert numbers(await page(caller, last=1)) == [1]
    assert numbers(await page(caller, first=100)) == [2, 1]


async def test_a_cursor_of_another_list_is_refused(api: Api) -> None:
    account_id = await api.shop.account()
    invoice = await api.shop.invoice(account_id)
    await api.shop.start(account_id, invoice)
    caller = api.caller(Role.MEMBER, account_id)
    of_invoice = (await page(caller))["pageInfo"]["endCursor"]
    payments = (await caller.ask(PAYMENTS))["viewer"]["account"]["payments"]
    of_payment = payments["pageInfo"]["endCursor"]
    assert await caller.codes(PAYMENTS, after=of_invoice) == ["BAD_CURSOR"]
    assert await caller.codes(PAGE, after=of_payment) == ["BAD_CURSOR"]


FILTERS: list[tuple[JSON, list[int]]] = [
    ({}, [5, 4, 3, 2, 1]),
    ({"displayStatus": ["DUE"]}, [4, 3]),
    ({"displayStatus": ["OVERDUE"]}, [2, 1]),
    ({"displayStatus": ["PAID"]}, [5]),
    ({"displayStatus": ["PAID", "OVERDUE"]}, [5, 2, 1]),
    ({"displayStatus": []}, [5, 4, 3, 2, 1]),
    ({"displayStatus": None}, [5, 4, 3, 2, 1]),
    ({"kind": ["ADD_ON"]}, [6]),
    ({"kind": ["USAGE", "ADD_ON"]}, [6, 5, 4, 3, 2, 1]),
    ({"issuedOn": {"from": "2026-11-20"}}, [5, 4, 3]),
    ({"issuedOn": {"from": "2026-10-31", "to": "2026-11-20"}}, [3, 2]),
    ({"issuedOn": {"to": "2026-10-30"}}, [1]),
    ({"issuedOn": {}}, [5, 4, 3, 2, 1]),
    ({"dueOn": {"to": "2026-11-15"}}, [2, 1]),
    ({"numberPrefix": "INV-2627-000002"}, [2]),
    ({"numberPrefix": "INV-26"}, [5, 4, 3, 2, 1]),
    ({"numberPrefix": "inv"}, []),
    ({"displayStatus": ["DUE"], "issuedOn": {"from": "2026-11-21"}}, [4]),
]


async def test_filters_narrow_the_list_and_its_count(api: Api) -> None:
    shop = api.shop
    account_id = await shop.account()
    for month, day in zip(MONTHS, [30, 31, 51, 52, 53], strict=False):
        shop.clock.now = datetime(2026, 10, 1, 9, 30, tzinfo=UTC) + timedelta(days=day - 1)
        newest = await shop.invoice(account_id, month=month)
    await shop.charge(account_id, kind=InvoiceKind.ADD_ON)
    await issue_add_on(shop.ports, account_id)
    started = await shop.start(account_id, newest)
    await shop.pay(started.payment)
    await shop.settle(account_id, started.payment.id)
    caller = api.caller(Role.MEMBER, account_id)
    for wanted, expected in FILTERS:
        found = await page(caller, filter=wanted)
        assert (wanted, numbers(found)) == (wanted, expected)
        assert found["totalCount"] == len(expected)


@pytest.mark.parametrize("prefix", ["", "INV%", "INV_", "\u0000", "A" * 17, "Ä"])
async def test_a_prefix_that_no_number_has_is_refused(api: Api, prefix: str) -> None:
    caller = api.caller(Role.MEMBER, await api.shop.account())
    assert await caller.codes(PAGE, filter={"numberPrefix": prefix}) == ["BAD_USER_INPUT"]


async def test_each_change_of_one_operation_answers_with_the_list_that_it_left(api: Api) -> None:
    account_id = await api.shop.account()
    variables = {}
    for place, invoice in enumerate(await issued(api, account_id, 2)):
        claim = NewCase(account_id, CaseReason.CLAIM, "a@a.example", invoice.id)
        async with transaction():
            case_id = await cases.open_case(claim, at=api.shop.clock())
        assert case_id is not None
        variables[f"c{place}"] = public(Kind.CASE, case_id)
    answer = "supportCase { account { supportCases(status: OPEN) { totalCount nodes { id } } } }"
    close = 'resolveSupportCase(input: { supportCaseId: $c%d, resolution: "Found" })'
    fields = " ".join(
        f"r{place}: {close % place} {{ ... on ResolveSupportCaseSuccess {{ {answer} }} }}"
        for place in (0, 1)
    )
    found = await api.caller(Role.SUPPORT).ask(
        f"mutation($c0: ID!, $c1: ID!) {{ {fields} }}", **variables
    )
    left = [found[name]["supportCase"]["account"]["supportCases"] for name in ("r0", "r1")]
    assert left == [
        {"totalCount": 1, "nodes": [{"id": variables["c1"]}]},
        {"totalCount": 0, "nodes": []},
    ]
