"""What one operation reads: each thing once, and all things of a kind in one statement."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
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
from service.billing.rates import EuroRates
from service.billing.support import CaseStatus
from service.ports import Ports
from service.store import (
    accounts,
    cases,
    documents,
    evidence,
    invoice_pages,
    invoices,
    payment_checks,
    payment_links,
    payment_pages,
    payments,
    refunds,
)
from service.store.cases import CaseList, CasePage
from service.store.invoice_pages import InvoiceList, InvoicePage, InvoiceSlice
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
from service.store.payment_pages import InvoicePayments, PaymentList, PaymentPage
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
from service.workflows.rates import newest

if TYPE_CHECKING:
    from service.api.context import Viewer

# Of one operation: writing them out holds up everybody else.
LINES_MAX = 5000
EVIDENCE_MAX = 3000
# Lists and sums of accounts in one operation: each is a search of its own.
ACCOUNT_READS_MAX = 300
# Of the lists and sums of accounts nothing is kept: each of several changes that one operation
# makes answers with what it left.
_KEPT = False

FindOwners: TypeAlias = Callable[[Sequence[UUID]], Awaitable[Mapping[UUID, UUID]]]
"""Finds the accounts of things by their ids alone, of those that are there."""


@dataclass(frozen=True, slots=True)
class UnderWay:
    """What an invoice waits for: the end of an attempt, a person who looks, or both."""

    payment: Payment | None
    case: SupportCase | None


class _Owned(Protocol):
    @property
    def id(self) -> UUID: ...

    @property
    def account_id(self) -> UUID: ...


KeyT = TypeVar("KeyT", bound=Hashable)
OwnedT = TypeVar("OwnedT", bound=_Owned)
ValueT = TypeVar("ValueT")


class Reads:
    """Made anew for each operation, and on a subscription for each batch of events: a thing that
    it has read stays as it was."""

    def __init__(self, ports: Ports, viewer: Viewer) -> None:
        self.ports = ports
        self.viewer = viewer
        self.now = ports.clock()
        self._days: dict[str, date] = {}
        self._owners: dict[FindOwners, DataLoader[UUID, UUID | None]] = {}
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
        account_id = await self._owner(invoices.owners_of, invoice_id)
        return await self.invoices.load((account_id, invoice_id)) if account_id else None

    async def invoice_by_number(self, number: str) -> Invoice | None:
        """An invoice by its number, if the viewer may see it."""
        account_id = self.viewer.account_id
        try:
            if account_id is None:
                account_id = await invoices.owner_of_number(number)
            return await invoices.find_by_number(account_id, number)
        except NotFound:
            return None

    async def payment(self, payment_id: UUID) -> Payment | None:
        """A payment, if the viewer may see it."""
        account_id = await self._owner(payments.owners_of, payment_id)
        return await self.payments.load((account_id, payment_id)) if account_id else None

    async def contact(self, contact_id: UUID) -> Contact | None:
        """A billing contact, if the viewer may see it."""
        account_id = await self._owner(accounts.owners_of_contacts, contact_id)
        listed = await self.contacts.load(account_id) if account_id else []
        return next((contact for contact in listed if contact.id == contact_id), None)

    async def support_case(self, case_id: UUID) -> SupportCase | None:
        """A support case, if the viewer may see it."""
        account_id = await self._owner(cases.owners_of, case_id)
        return await self.cases.load((account_id, case_id)) if account_id else None

    async def payment_link(self, link_id: UUID) -> PaymentLink | None:
        """A payment link, if the viewer may see it."""
        account_id = await self._owner(payment_links.owners_of, link_id)
        return await self.links.load((account_id, link_id)) if account_id else None

    async def charged(self, amount: Money, currency: str) -> Quote | None:
        """What an amount costs in a currency at today's rate; None without a recent rate."""
        unit = await self.rates.load((amount.currency, currency))
        if unit is None:
            return None
        charged = amount.convert(unit.rate, currency)
        return Quote(unit.rate, unit.source, unit.as_of, None, charged)

    async def _owner(self, find: FindOwners, one: UUID) -> UUID | None:
        """Whose it is taken to be: a customer's own, or for staff its owner's."""
        if self.viewer.account_id is not None:
            return self.viewer.account_id
        if find not in self._owners:
            self._owners[find] = DataLoader(lambda ids: _if_there(ids, find))
        return await self._owners[find].load(one)

    @cached_property
    def accounts(self) -> DataLoader[UUID, Account | None]:
        async def load(keys: list[UUID]) -> list[Account | None]:
            found = {account.id: account for account in await accounts.find_many(keys)}
            return [found.get(key) for key in keys]

        return DataLoader(load)

    @cached_property
    def balances_due(self) -> DataLoader[UUID, int]:
        return DataLoader(lambda keys: _each(keys, accounts.balances_due), cache=_KEPT)

    @cached_property
    def contacts(self) -> DataLoader[UUID, list[Contact]]:
        return DataLoader(lambda keys: _each(keys, accounts.contacts_of_each))

    @cached_property
    def invoices(self) -> DataLoader[Key, Invoice | None]:
        return DataLoader(lambda keys: _found(keys, invoices.find_each))

    @cached_property
    def invoice_pages(self) -> DataLoader[InvoiceSlice, InvoicePage]:
        return DataLoader(invoice_pages.pages, cache=_KEPT)

    @cached_property
    def invoice_counts(self) -> DataLoader[InvoiceList, int]:
        return DataLoader(invoice_pages.counts, cache=_KEPT)

    @cached_property
    def payments(self) -> DataLoader[Key, Payment | None]:
        return DataLoader(lambda keys: _found(keys, payments.find_each))

    @cached_property
    def payment_pages(self) -> DataLoader[PaymentList, PaymentPage]:
        """The payments of accounts."""
        return DataLoader(payment_pages.pages, cache=_KEPT)

    @cached_property
    def payment_counts(self) -> DataLoader[UUID, int]:
        """How many payments accounts have."""
        return DataLoader(lambda keys: _each(keys, payment_pages.counts), cache=_KEPT)

    @cached_property
    def invoice_payment_pages(self) -> DataLoader[InvoicePayments, PaymentPage]:
        return DataLoader(payment_pages.pages_of_invoices)

    @cached_property
    def invoice_payment_counts(self) -> DataLoader[Key, int]:
        return DataLoader(lambda keys: _each(keys, payment_pages.counts_of_invoices))

    @cached_property
    def lines(self) -> DataLoader[Key, list[InvoiceLine]]:
        return DataLoader(_lines)

    @cached_property
    def deliveries(self) -> DataLoader[Key, list[Delivery]]:
        return DataLoader(lambda keys: _each(keys, documents.deliveries_of_each))

    @cached_property
    def delivery(self) -> DataLoader[Key, Delivery | None]:
        return DataLoader(lambda keys: _found(keys, documents.find_deliveries))

    @cached_property
    def allocations(self) -> DataLoader[Key, list[Allocation]]:
        return DataLoader(lambda keys: _each(keys, payments.allocations_of_each))

    @cached_property
    def receipts(self) -> DataLoader[Key, Document | None]:
        return DataLoader(lambda keys: _each(keys, documents.receipts_of_each))

    @cached_property
    def payment_evidence(self) -> DataLoader[Key, list[EvidenceRecord]]:
        return DataLoader(lambda keys: _each(keys, evidence.of_payments))

    @cached_property
    def invoice_evidence(self) -> DataLoader[Key, list[EvidenceRecord]]:
        return DataLoader(lambda keys: _each(keys, evidence.of_invoices))

    @cached_property
    def refunds(self) -> DataLoader[Key, list[Refund]]:
        return DataLoader(lambda keys: _each(keys, refunds.of_each))

    @cached_property
    def disputes(self) -> DataLoader[Key, list[Dispute]]:
        return DataLoader(lambda keys: _each(keys, refunds.disputes_of_each))

    @cached_property
    def cases(self) -> DataLoader[Key, SupportCase | None]:
        return DataLoader(lambda keys: _found(keys, cases.find_each))

    @cached_property
    def case_pages(self) -> DataLoader[CaseList, CasePage]:
        return DataLoader(cases.pages, cache=_KEPT)

    @cached_property
    def case_counts(self) -> DataLoader[tuple[UUID, CaseStatus | None], int]:
        return DataLoader(lambda keys: _each(keys, cases.counts), cache=_KEPT)

    @cached_property
    def open_cases(self) -> DataLoader[Key, list[SupportCase]]:
        """The open cases about payments."""
        return DataLoader(lambda keys: _each(keys, _open_cases))

    @cached_property
    def candidates(self) -> DataLoader[Key, list[Candidate]]:
        return DataLoader(lambda keys: _each(keys, cases.candidates_of))

    @cached_property
    def links(self) -> DataLoader[Key, PaymentLink | None]:
        return DataLoader(lambda keys: _found(keys, payment_links.find_each))

    @cached_property
    def invoice_links(self) -> DataLoader[Key, list[PaymentLink]]:
        return DataLoader(lambda keys: _each(keys, payment_links.of_invoices))

    @cached_property
    def under_way(self) -> DataLoader[Key, UnderWay]:
        """What invoices wait for."""
        return DataLoader(lambda keys: _each(keys, _under_way))

    @cached_property
    def rates(self) -> DataLoader[tuple[str, str], Quote | None]:
        """The price of nothing, for the sake of its rate."""

        async def load(keys: list[tuple[str, str]]) -> list[Quote | None]:
            exchanged = any(base != currency for base, currency in keys)
            table = await newest(self.ports, self._sellers_today) if exchanged else None
            return [self._rate(table, base, currency) for base, currency in keys]

        return DataLoader(load)

    def _rate(self, table: EuroRates | None, base: str, currency: str) -> Quote | None:
        nothing, today = Money(0, base), self._sellers_today
        try:
            return quotes.price_by(self.ports, table, nothing, currency, on=today, valid_until=None)
        except ExchangeRateUnavailable:
            return None

    @property
    def _sellers_today(self) -> date:
        return self.today(self.ports.seller.time_zone)


async def _found(
    keys: list[Key], find: Callable[[Sequence[Key]], Awaitable[list[OwnedT]]]
) -> list[OwnedT | None]:
    found = {(record.account_id, record.id): record for record in await find(keys)}
    return [found.get(key) for key in keys]


async def _if_there(ids: list[UUID], find: FindOwners) -> list[UUID | None]:
    found = await find(ids)
    return [found.get(one) for one in ids]


async def _each(
    keys: list[KeyT], find: Callable[[Sequence[KeyT]], Awaitable[Mapping[KeyT, ValueT]]]
) -> list[ValueT]:
    found = await find(keys)
    return [found[key] for key in keys]


async def _lines(keys: list[Key]) -> list[list[InvoiceLine]]:
    found = await _each(keys, invoices.lines)
    if sum(len(lines) for lines in found) > LINES_MAX:
        raise bad_input(f"That is more than {LINES_MAX} line items: ask for fewer invoices.")
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
