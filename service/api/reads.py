"""What one operation reads: each thing once, and all things of a kind in one statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader

from service.api.fields import bad_input
from service.billing.errors import ExchangeRateUnavailable, NotFound
from service.billing.money import Money
from service.billing.payment import Quote
from service.billing.period import local_day
from service.ports import Ports
from service.store import (
    accounts,
    cases,
    documents,
    evidence,
    invoices,
    payment_checks,
    payment_links,
    payment_pages,
    payments,
    refunds,
)
from service.store.keys import Key
from service.store.mail_records import Delivery
from service.store.money_records import (
    Candidate,
    Dispute,
    EvidenceRecord,
    PaymentLink,
    Refund,
    SupportCase,
)
from service.store.payment_pages import PaymentPage
from service.store.records import (
    Account,
    Allocation,
    Contact,
    Document,
    Invoice,
    InvoiceLine,
    Payment,
)
from service.workflows import quotes

if TYPE_CHECKING:
    from service.api.context import Viewer

# Of one operation: writing them out holds up everybody else.
LINES_MAX = 5000
EVIDENCE_MAX = 3000
# Lists and sums of accounts in one operation, each of them a statement of its own.
ACCOUNT_READS_MAX = 300

PageKey: TypeAlias = tuple[UUID, UUID, UUID | None, int]
"""Account, invoice, the payment to start after, and how many."""


@dataclass(frozen=True, slots=True)
class UnderWay:
    """What an invoice waits for: the end of an attempt, a person who looks, or both."""

    payment: Payment | None
    case: SupportCase | None


class _Identified(Protocol):
    @property
    def id(self) -> UUID: ...


class _Owned(_Identified, Protocol):
    @property
    def account_id(self) -> UUID: ...


RecordT = TypeVar("RecordT", bound=_Identified)
OwnedT = TypeVar("OwnedT", bound=_Owned)
ValueT = TypeVar("ValueT")


class Reads:
    """Made anew for each operation, and on a subscription for each batch of events: what it has
    read stays as it was."""

    def __init__(self, ports: Ports, viewer: Viewer) -> None:
        self.ports = ports
        self.viewer = viewer
        self.now = ports.clock()
        self._days: dict[str, date] = {}
        self._evidence = 0
        self._account_reads = 0

    def today(self, time_zone: str) -> date:
        """The day in a time zone as this operation began."""
        day = self._days.get(time_zone)
        if day is None:
            day = self._days[time_zone] = local_day(self.now, time_zone)
        return day

    def count_evidence(self, pieces: int) -> None:
        """Bound what one operation writes out, also of the same thing under many names.

        Raises:
            GraphQLError: BAD_USER_INPUT, it is more than `EVIDENCE_MAX`.
        """
        self._evidence += pieces
        if self._evidence > EVIDENCE_MAX:
            raise bad_input(f"That is more than {EVIDENCE_MAX} pieces of evidence: ask for less.")

    def count_account_read(self) -> None:
        """Bound how often one operation reads a list or a sum of an account.

        Raises:
            GraphQLError: BAD_USER_INPUT, it is more often than `ACCOUNT_READS_MAX`.
        """
        self._account_reads += 1
        if self._account_reads > ACCOUNT_READS_MAX:
            raise bad_input(
                f"That is more than {ACCOUNT_READS_MAX} lists of accounts: ask for fewer."
            )

    async def account(self, account_id: UUID) -> Account | None:
        """An account, if the viewer may see it."""
        if self.viewer.account_id not in (None, account_id):
            return None
        return await self.accounts.load(account_id)

    async def invoice(self, invoice_id: UUID) -> Invoice | None:
        """An invoice, if the viewer may see it."""
        account_id = await self._owner(invoices.owner_of, invoice_id)
        return await self.invoices.load((account_id, invoice_id)) if account_id else None

    async def invoice_by_number(self, number: str) -> Invoice | None:
        """An invoice by its number, if the viewer may see it."""
        account_id = await self._owner(invoices.owner_of_number, number)
        if account_id is None:
            return None
        try:
            return await invoices.find_by_number(account_id, number)
        except NotFound:
            return None

    async def payment(self, payment_id: UUID) -> Payment | None:
        """A payment, if the viewer may see it."""
        account_id = await self._owner(payments.owner_of, payment_id)
        return await self.payments.load((account_id, payment_id)) if account_id else None

    async def contact(self, contact_id: UUID) -> Contact | None:
        """A billing contact, if the viewer may see it."""
        account_id = await self._owner(accounts.owner_of_contact, contact_id)
        listed = await self.contacts.load(account_id) if account_id else []
        return next((contact for contact in listed if contact.id == contact_id), None)

    async def support_case(self, case_id: UUID) -> SupportCase | None:
        """A support case, if the viewer may see it."""
        account_id = await self._owner(cases.owner_of, case_id)
        return await self.cases.load((account_id, case_id)) if account_id else None

    async def payment_link(self, link_id: UUID) -> PaymentLink | None:
        """A payment link, if the viewer may see it."""
        account_id = await self._owner(payment_links.owner_of, link_id)
        return await self.links.load((account_id, link_id)) if account_id else None

    async def charged(self, amount: Money, currency: str) -> Quote | None:
        """What an amount costs in a currency at today's rate; None without a recent rate."""
        unit = await self.rates.load((amount.currency, currency))
        if unit is None:
            return None
        charged = amount.convert(unit.rate, currency)
        return Quote(unit.rate, unit.source, unit.as_of, None, charged)

    async def _owner(self, find: Callable[[ValueT], Awaitable[UUID]], value: ValueT) -> UUID | None:
        """Whose it is taken to be: a customer's own, or for staff its owner's."""
        if self.viewer.account_id is not None:
            return self.viewer.account_id
        try:
            return await find(value)
        except NotFound:
            return None

    @cached_property
    def accounts(self) -> DataLoader[UUID, Account | None]:
        async def load(keys: list[UUID]) -> list[Account | None]:
            found = {account.id: account for account in await accounts.find_many(keys)}
            return [found.get(key) for key in keys]

        return DataLoader(load)

    @cached_property
    def contacts(self) -> DataLoader[UUID, list[Contact]]:
        async def load(keys: list[UUID]) -> list[list[Contact]]:
            return [await accounts.contacts(key) for key in keys]

        return DataLoader(load)

    @cached_property
    def invoices(self) -> DataLoader[Key, Invoice | None]:
        return DataLoader(lambda keys: _found(keys, invoices.find_each))

    @cached_property
    def payments(self) -> DataLoader[Key, Payment | None]:
        return DataLoader(lambda keys: _found(keys, payments.find_each))

    @cached_property
    def lines(self) -> DataLoader[Key, list[InvoiceLine]]:
        return DataLoader(_lines)

    @cached_property
    def deliveries(self) -> DataLoader[Key, list[Delivery]]:
        return DataLoader(lambda keys: _values(keys, documents.deliveries_of))

    @cached_property
    def delivery(self) -> DataLoader[Key, Delivery | None]:
        return DataLoader(lambda keys: _found(keys, documents.find_deliveries))

    @cached_property
    def allocations(self) -> DataLoader[Key, list[Allocation]]:
        return DataLoader(lambda keys: _values(keys, _allocations))

    @cached_property
    def receipts(self) -> DataLoader[Key, Document | None]:
        return DataLoader(lambda keys: _values(keys, documents.receipts_of))

    @cached_property
    def payment_counts(self) -> DataLoader[Key, int]:
        return DataLoader(lambda keys: _values(keys, payment_pages.counts_of_invoices))

    @cached_property
    def payment_pages(self) -> DataLoader[PageKey, PaymentPage]:
        return DataLoader(_payment_pages)

    @cached_property
    def payment_evidence(self) -> DataLoader[Key, list[EvidenceRecord]]:
        return DataLoader(lambda keys: _each(keys, evidence.of_payments))

    @cached_property
    def invoice_evidence(self) -> DataLoader[Key, list[EvidenceRecord]]:
        return DataLoader(lambda keys: _each(keys, evidence.of_invoices))

    @cached_property
    def refunds(self) -> DataLoader[Key, list[Refund]]:
        return DataLoader(lambda keys: _values(keys, refunds.of_payments))

    @cached_property
    def disputes(self) -> DataLoader[Key, list[Dispute]]:
        return DataLoader(lambda keys: _values(keys, refunds.disputes_of_payments))

    @cached_property
    def cases(self) -> DataLoader[Key, SupportCase | None]:
        return DataLoader(lambda keys: _records(keys, cases.find_many))

    @cached_property
    def open_cases(self) -> DataLoader[Key, list[SupportCase]]:
        """The open cases about payments."""
        return DataLoader(lambda keys: _each(keys, _open_cases))

    @cached_property
    def candidates(self) -> DataLoader[Key, list[Candidate]]:
        return DataLoader(lambda keys: _each(keys, cases.candidates_of))

    @cached_property
    def links(self) -> DataLoader[Key, PaymentLink | None]:
        return DataLoader(lambda keys: _records(keys, payment_links.find_many))

    @cached_property
    def invoice_links(self) -> DataLoader[Key, list[PaymentLink]]:
        return DataLoader(lambda keys: _values(keys, payment_links.of_invoices))

    @cached_property
    def under_way(self) -> DataLoader[Key, UnderWay]:
        """What invoices wait for."""
        return DataLoader(lambda keys: _each(keys, _under_way))

    @cached_property
    def rates(self) -> DataLoader[tuple[str, str], Quote | None]:
        """The price of nothing, for the sake of its rate."""

        async def load(keys: list[tuple[str, str]]) -> list[Quote | None]:
            return [await self._rate(base, currency) for base, currency in keys]

        return DataLoader(load)

    async def _rate(self, base: str, currency: str) -> Quote | None:
        today = self.today(self.ports.seller.time_zone)
        try:
            return await quotes.price(
                self.ports, Money(0, base), currency, on=today, valid_until=None
            )
        except ExchangeRateUnavailable:
            return None


def _by_account(keys: Sequence[Key]) -> dict[UUID, list[UUID]]:
    wanted: dict[UUID, list[UUID]] = defaultdict(list)
    for account_id, one in keys:
        wanted[account_id].append(one)
    return wanted


async def _records(
    keys: list[Key], find: Callable[[UUID, Sequence[UUID]], Awaitable[list[RecordT]]]
) -> list[RecordT | None]:
    found: dict[Key, RecordT] = {}
    for account_id, ids in _by_account(keys).items():
        for record in await find(account_id, ids):
            found[account_id, record.id] = record
    return [found.get(key) for key in keys]


async def _found(
    keys: list[Key], find: Callable[[Sequence[Key]], Awaitable[list[OwnedT]]]
) -> list[OwnedT | None]:
    found = {(record.account_id, record.id): record for record in await find(keys)}
    return [found.get(key) for key in keys]


async def _each(
    keys: list[Key], find: Callable[[Sequence[Key]], Awaitable[Mapping[Key, ValueT]]]
) -> list[ValueT]:
    found = await find(keys)
    return [found[key] for key in keys]


async def _values(
    keys: list[Key], find: Callable[[UUID, Sequence[UUID]], Awaitable[Mapping[UUID, ValueT]]]
) -> list[ValueT]:
    found: dict[Key, ValueT] = {}
    for account_id, ids in _by_account(keys).items():
        for one, value in (await find(account_id, ids)).items():
            found[account_id, one] = value
    return [found[key] for key in keys]


async def _lines(keys: list[Key]) -> list[list[InvoiceLine]]:
    found = await _values(keys, invoices.lines)
    if sum(len(lines) for lines in found) > LINES_MAX:
        raise bad_input(f"That is more than {LINES_MAX} line items: ask for fewer invoices.")
    return found


async def _allocations(
    account_id: UUID, payment_ids: Sequence[UUID]
) -> dict[UUID, list[Allocation]]:
    found: dict[UUID, list[Allocation]] = {payment_id: [] for payment_id in payment_ids}
    for part in await payments.allocations(account_id, payment_ids):
        found[part.payment_id].append(part)
    return found


async def _open_cases(keys: Sequence[Key]) -> dict[Key, list[SupportCase]]:
    found: dict[Key, list[SupportCase]] = {key: [] for key in keys}
    for case in await cases.open_about_each(payments=keys):
        if case.payment_id is not None:
            found[case.account_id, case.payment_id].append(case)
    return found


async def _under_way(keys: Sequence[Key]) -> dict[Key, UnderWay]:
    attempts = await payment_checks.under_way(keys)
    about = await cases.open_about_each(
        payments=[(one.account_id, one.id) for one in attempts.values()], invoices=keys
    )
    # Oldest first, so that the newest one about a thing stays.
    of_payment = {case.payment_id: case for case in about if case.payment_id is not None}
    of_invoice = {case.invoice_id: case for case in about if case.invoice_id is not None}
    found = {}
    for key in keys:
        payment = attempts.get(key)
        case = of_payment.get(payment.id) if payment else None
        found[key] = UnderWay(payment, case or of_invoice.get(key[1]))
    return found


async def _payment_pages(keys: list[PageKey]) -> list[PaymentPage]:
    alike: dict[tuple[UUID, int], list[PageKey]] = defaultdict(list)
    for key in keys:
        alike[key[0], key[3]].append(key)
    found: dict[PageKey, PaymentPage] = {}
    for (account_id, size), group in alike.items():
        wanted = [(invoice_id, after) for _, invoice_id, after, _ in group]
        pages = await payment_pages.pages_of_invoices(account_id, wanted, size=size)
        found.update(zip(group, pages, strict=True))
    return [found[key] for key in keys]
