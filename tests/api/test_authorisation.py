"""Who may do what: another account's things answer like things that do not exist, and a role that
may not do something changes nothing."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest

from service.api import cursors
from service.billing.ids import Kind
from service.billing.people import STAFF, Role
from service.store import events
from service.store.records import Invoice, Payment
from service.workflows import contacts, links
from tests.api.harness import JSON, Api, Caller, printed, public
from tests.support.books import books
from tests.support.shop import CANCEL_URL, SUCCESS_URL

CUSTOMERS = [role for role in Role if role not in STAFF]


@dataclass(frozen=True)
class Account:
    """An account with one of everything that has an id."""

    id: UUID
    invoice: Invoice
    payment: Payment
    contact_id: UUID

    @property
    def ids(self) -> dict[str, str]:
        """The public ids, and what else names things, by the name of a variable."""
        return {
            "account": public(Kind.ACCOUNT, self.id),
            "contact": public(Kind.CONTACT, self.contact_id),
            "invoice": public(Kind.INVOICE, self.invoice.id),
            "number": str(self.invoice.number),
            "payment": public(Kind.PAYMENT, self.payment.id),
            "checkout": public(Kind.CHECKOUT, self.payment.id),
        }


MISSING = {
    "account": public(Kind.ACCOUNT, uuid4()),
    "contact": public(Kind.CONTACT, uuid4()),
    "invoice": public(Kind.INVOICE, uuid4()),
    "number": "INV-2627-999999",
    "payment": public(Kind.PAYMENT, uuid4()),
    "checkout": public(Kind.CHECKOUT, uuid4()),
}


@pytest.fixture
async def ours(api: Api) -> Account:
    return await stocked(api)


@pytest.fixture
async def theirs(api: Api) -> Account:
    return await stocked(api)


async def stocked(api: Api) -> Account:
    shop = api.shop
    account_id = await shop.account()
    invoice = await shop.invoice(account_id)
    payment = (await shop.start(account_id, invoice)).payment
    contact = await contacts.add(
        shop.ports, account_id, idempotency_key="k", name="Ana", email="a@a.example", locale=None
    )
    return Account(account_id, invoice, payment, contact.id)


@dataclass(frozen=True)
class Ask:
    """A document, and the names of what it asks about."""

    text: str
    names: tuple[str, ...]
    fixed: JSON = field(default_factory=dict)

    def variables(self, ids: dict[str, str]) -> JSON:
        return {name: ids[name] for name in self.names} | self.fixed


ALL = "{ __typename ... on UserError { code message } }"
URLS = {"success": SUCCESS_URL, "cancel": CANCEL_URL}
QUERIES = {
    "account": Ask("query($account: ID!) { account(id: $account) { name } }", ("account",)),
    "invoice": Ask("query($invoice: ID!) { invoice(by: {id: $invoice}) { id } }", ("invoice",)),
    "number": Ask("query($number: String!) { invoice(by: {number: $number}) { id } }", ("number",)),
    "checkoutSession": Ask(
        "query($checkout: ID!) { checkoutSession(id: $checkout) { id } }", ("checkout",)
    ),
    **{
        f"node of {name}": Ask(f"query(${name}: ID!) {{ node(id: ${name}) {{ id }} }}", (name,))
        for name in ("account", "contact", "invoice", "payment", "checkout")
    },
    "nodes": Ask(
        "query($account: ID!, $contact: ID!, $invoice: ID!, $payment: ID!, $checkout: ID!) {"
        " nodes(ids: [$account, $contact, $invoice, $payment, $checkout]) { id } }",
        ("account", "contact", "invoice", "payment", "checkout"),
    ),
}
MUTATIONS = {
    "startCheckout": Ask(
        "mutation($invoice: ID!, $success: URL!, $cancel: URL!) { startCheckout(input: {"
        ' idempotencyKey: "1", invoiceIds: [$invoice], successUrl: $success, cancelUrl: $cancel'
        f" }}) {ALL} }}",
        ("invoice",),
        URLS,
    ),
    "confirmCheckout": Ask(
        "mutation($checkout: ID!) { confirmCheckout(input: { checkoutSessionId: $checkout })"
        f" {ALL} }}",
        ("checkout",),
    ),
    "updateBillingContact": Ask(
        "mutation($contact: ID!) { updateBillingContact(input: { billingContactId: $contact,"
        f' expectedVersion: 1, name: "Mallory" }}) {ALL} }}',
        ("contact",),
    ),
    "removeBillingContact": Ask(
        "mutation($contact: ID!) { removeBillingContact(input: { billingContactId: $contact })"
        f" {ALL} }}",
        ("contact",),
    ),
}
ADDING = Ask(
    'mutation { addBillingContact(input: { idempotencyKey: "2", name: "Mallory",'
    f' email: "m@m.example" }}) {ALL} }}',
    (),
)
SUBSCRIPTIONS = {
    "invoiceEvents": Ask(
        "subscription($invoice: ID!) { invoiceEvents(invoiceId: $invoice) { cursor } }",
        ("invoice",),
    ),
    "checkoutEvents": Ask(
        "subscription($checkout: ID!) { checkoutEvents(checkoutSessionId: $checkout) { cursor } }",
        ("checkout",),
    ),
}


async def answer(caller: Caller, ask: Ask, ids: dict[str, str]) -> JSON:
    return await caller.send(ask.text, **ask.variables(ids))


async def first_result(caller: Caller, ask: Ask, ids: dict[str, str]) -> JSON:
    stream = caller.listen(ask.text, **ask.variables(ids))
    async with contextlib.aclosing(stream):
        return await anext(stream)


@pytest.mark.parametrize("role", CUSTOMERS)
@pytest.mark.parametrize("name", QUERIES | MUTATIONS)
async def test_what_belongs_to_another_account_answers_like_what_does_not_exist(
    api: Api, ours: Account, theirs: Account, role: Role, name: str
) -> None:
    ask = (QUERIES | MUTATIONS)[name]
    caller = api.caller(role, ours.id)
    before = await books()
    foreign = await answer(caller, ask, theirs.ids)
    assert foreign == await answer(caller, ask, MISSING)
    assert await books() == before
    if name in QUERIES:
        (value,) = foreign["data"].values()
        assert value is None or value == [None] * 5


@pytest.mark.parametrize("role", CUSTOMERS)
@pytest.mark.parametrize("name", SUBSCRIPTIONS)
async def test_what_belongs_to_another_account_cannot_be_followed(
    api: Api, ours: Account, theirs: Account, role: Role, name: str
) -> None:
    caller = api.caller(role, ours.id)
    foreign = await first_result(caller, SUBSCRIPTIONS[name], theirs.ids)
    assert foreign == await first_result(caller, SUBSCRIPTIONS[name], MISSING)
    assert foreign == {"errors": ["NOT_FOUND"]}


@pytest.mark.parametrize("name", QUERIES)
async def test_ones_own_things_are_found(api: Api, ours: Account, name: str) -> None:
    """The same documents do find things: the tests above are not about typing errors."""
    found = await answer(api.caller(Role.MEMBER, ours.id), QUERIES[name], ours.ids)
    assert "errors" not in found
    (value,) = found["data"].values()
    assert value is not None
    assert not (isinstance(value, list) and None in value)


@pytest.mark.parametrize("role", sorted(STAFF))
@pytest.mark.parametrize("name", QUERIES)
async def test_staff_read_any_account(
    api: Api, ours: Account, theirs: Account, role: Role, name: str
) -> None:
    for account in (ours, theirs):
        found = await answer(api.caller(role), QUERIES[name], account.ids)
        as_member = await answer(api.caller(Role.MEMBER, account.id), QUERIES[name], account.ids)
        assert found == as_member
    missing = await answer(api.caller(role), QUERIES[name], MISSING)
    (value,) = missing["data"].values()
    assert value is None or value == [None] * 5


@pytest.mark.parametrize("role", [Role.MEMBER, *sorted(STAFF)])
@pytest.mark.parametrize("name", [*MUTATIONS, "addBillingContact"])
async def test_a_role_that_may_only_read_changes_nothing(
    api: Api, ours: Account, role: Role, name: str
) -> None:
    ask = MUTATIONS.get(name, ADDING)
    before = await books()
    for ids in (ours.ids, MISSING):
        refused = await answer(api.caller(role, ours.id), ask, ids)
        what = "pay" if "Checkout" in name else "edit billing contacts"
        assert refused == {
            "data": {
                name: {
                    "__typename": "ForbiddenError",
                    "code": "FORBIDDEN",
                    "message": f"Your role {role} may not {what}.",
                }
            }
        }
    assert await books() == before


async def test_the_log_of_an_account_tells_nothing_of_another(
    api: Api, ours: Account, theirs: Account
) -> None:
    caller = api.caller(Role.OWNER, ours.id)
    page = "query($after: EventCursor) { billingEvents(after: $after) { events { cursor } } }"
    own = (await caller.ask(page))["billingEvents"]["events"]
    assert [event["cursor"] for event in own] == [
        cursors.of_event(ours.id, seq) for seq in range(1, len(own) + 1)
    ]
    assert len(own) == await events.newest(ours.id)
    assert await caller.codes(page, after=cursors.of_event(theirs.id, 1)) == ["BAD_CURSOR"]


async def test_lists_hold_ones_own_things_alone(api: Api, ours: Account, theirs: Account) -> None:
    lists = """{ viewer { account {
        invoices { totalCount nodes { id } } payments { totalCount nodes { id } }
        billingContacts { id } balanceDue { minorUnits }
    } } }"""
    for account in (ours, theirs):
        found = (await api.caller(Role.MEMBER, account.id).ask(lists))["viewer"]["account"]
        assert found == {
            "invoices": {"totalCount": 1, "nodes": [{"id": account.ids["invoice"]}]},
            "payments": {"totalCount": 1, "nodes": [{"id": account.ids["payment"]}]},
            "billingContacts": [{"id": account.ids["contact"]}],
            "balanceDue": {"minorUnits": "10000"},
        }


async def test_a_list_cursor_of_another_account_opens_nothing_of_it(
    api: Api, ours: Account, theirs: Account
) -> None:
    page = """query($before: String) { viewer { account { invoices(before: $before, last: 5) {
        nodes { id } edges { cursor } } } } }"""
    foreign = await api.caller(Role.OWNER, theirs.id).ask(page)
    cursor = foreign["viewer"]["account"]["invoices"]["edges"][0]["cursor"]
    found = await api.caller(Role.OWNER, ours.id).ask(page, before=cursor)
    assert [node["id"] for node in found["viewer"]["account"]["invoices"]["nodes"]] in (
        [],
        [ours.ids["invoice"]],
    )


@pytest.mark.parametrize("path", ["/view", ".pdf"])
async def test_an_invoices_pages_open_to_its_account_and_to_staff_alone(
    api: Api, ours: Account, theirs: Account, path: str
) -> None:
    await printed(api.shop, theirs.invoice)
    await printed(api.shop, ours.invoice)
    address = f"/invoices/{ours.ids['invoice']}{path}"
    missing = f"/invoices/{MISSING['invoice']}{path}"
    for role in Role:
        answered = await api.http.get(address, headers=api.caller(role, ours.id).bearer)
        assert answered.status_code == 200
    for role in CUSTOMERS:
        stranger = api.caller(role, theirs.id).bearer
        refused = await api.http.get(address, headers=stranger)
        assert refused.status_code == 404
        assert refused.content == (await api.http.get(missing, headers=stranger)).content


@pytest.mark.parametrize("ending", ["view", "pdf"])
async def test_a_link_opens_its_own_invoice_alone(
    api: Api, ours: Account, theirs: Account, ending: str
) -> None:
    ports = api.shop.ports
    make = links.view_url if ending == "view" else links.pdf_url
    for account in (ours, theirs):
        await printed(api.shop, account.invoice)
    lifetime = ports.policy.view_link_lifetime
    url = make(ports, ours.id, ours.invoice.id, lifetime=lifetime)
    assert (await api.http.get(url)).status_code == 200
    other = url.replace(ours.ids["invoice"], theirs.ids["invoice"])
    assert (await api.http.get(other)).status_code == 404
    # A token for another account's invoice under our own account opens neither.
    mixed = make(ports, ours.id, theirs.invoice.id, lifetime=lifetime)
    assert (await api.http.get(mixed)).status_code == 404


async def test_nobody_gets_in_without_a_token(api: Api, ours: Account) -> None:
    query = {"query": "{ viewer { email } }"}
    for headers in ({}, {"authorization": "Bearer nonsense"}, {"authorization": "Basic YTpi"}):
        refused = await api.http.post("/graphql", json=query, headers=headers)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == "Bearer"
        assert refused.json() == {
            "errors": [
                {
                    "message": "A valid bearer token is required.",
                    "extensions": {"code": "UNAUTHENTICATED"},
                }
            ]
        }


async def test_a_token_that_ran_out_opens_nothing(api: Api, ours: Account) -> None:
    caller = api.caller(Role.OWNER, ours.id)
    await caller.ask("{ viewer { email } }")
    api.shop.clock.move(hours=1)
    answered = await caller.send("{ viewer { email } }")
    assert [error["extensions"]["code"] for error in answered["errors"]] == ["UNAUTHENTICATED"]
