"""The seller's staff, and guests: refunds, bank transfers, links, claims, looking into things."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from service.billing.errors import BillingError
from service.billing.payment import PaymentStatus
from service.ports import Ports
from service.simulation.payers import ask_how_it_stands, look_at_page
from service.simulation.world import NoAnswer, World
from service.store import invoices
from service.store.payment_pages import page
from service.store.records import Payment
from service.workflows import claims, offline, offline_refunds, payment_links, refunds
from service.workflows.claims import Claim
from service.workflows.offline import OfflinePayment
from service.workflows.offline_refunds import OfflineRefund
from service.workflows.payment_links import LinkRequest
from service.workflows.refunds import RefundRequest

CLERK = "clerk@seller.example"
#: Seconds between two things that somebody of the staff does.
_PAUSES_S = (5.0, 60.0, 900.0, 4_000.0)
_TRIES = 2


@dataclass(frozen=True, slots=True)
class Clerk:
    """Somebody of the seller's staff, who looks after one account."""

    world: World
    account_id: UUID
    invoices: tuple[UUID, ...]

    async def live(self, acts: int) -> None:
        """Do so many things."""
        kinds = (self._check, self._refund, self.transfer, self._link, self._claim)
        for _ in range(acts):
            await self.world.sleep(self.world.rng.choice(_PAUSES_S), "reads tickets")
            try:
                await self.world.rng.choices(kinds, (2, 4, 3, 3, 1))[0]()
            except (NoAnswer, BillingError):
                continue

    async def _check(self) -> None:
        payment = await self._some_payment()
        if payment is not None:
            await ask_how_it_stands(self.world, payment.account_id, payment.id)

    async def _refund(self) -> None:
        payment = await self._some_payment(PaymentStatus.CAPTURED)
        if payment is None:
            return
        charged = payment.quote.charged.minor_units
        part = self.world.rng.choice((None, 1, charged // 3 or 1, charged))
        wanted = RefundRequest(payment.id, part, "goodwill", CLERK, self._key())
        name = self.world.trace.name("payment", payment.id)

        async def work(ports: Ports) -> None:
            refund = await refunds.request(ports, self.account_id, wanted)
            self.world.tell(f"gets {self.world.trace.name('refund', refund.id)} {refund.status}")

        await self._insist(f"refund {part or 'all'} of {name}", work)

    async def transfer(self) -> None:
        """Record a bank transfer; two people may do it with the same reference. What is paid
        already is paid by bank once more, and may go back."""
        invoice_id = self.world.rng.choice(self.invoices)
        invoice = await invoices.find(self.account_id, invoice_id)
        due = invoice.due_minor
        amount = self.world.rng.choice((due, due // 2 or 1)) if due > 0 else invoice.total_minor
        received = OfflinePayment(
            invoice_id=invoice_id,
            amount_minor=amount,
            reference=f"transfer {self.world.rng.randint(1, 3)}",
            received_on=self.world.clock.now.date() - timedelta(days=1),
            recorded_by=CLERK,
            idempotency_key=self._key(),
            beyond_due=due <= 0,
        )
        name = self.world.trace.name("invoice", invoice_id)
        came: list[UUID] = []

        async def work(ports: Ports) -> None:
            payment = await offline.record(ports, self.account_id, received)
            self.world.tell(f"gets {self.world.trace.name('payment', payment.id)}")
            came.append(payment.id)

        await self._insist(f"record {received.reference} of {amount} on {name}", work)
        if due <= 0 and self.world.happens(0.5):
            await self._return(came[-1], amount)

    async def _return(self, payment_id: UUID, amount: int) -> None:
        """Record that a transfer went back by bank, in whole or in part."""
        part = self.world.rng.choice((amount, amount // 3 or 1))
        returned = OfflineRefund(
            payment_id=payment_id,
            amount_minor=part,
            reference=f"return {self.world.rng.randint(1, 3)}",
            returned_on=self.world.clock.now.date(),
            note=None,
            recorded_by=CLERK,
            idempotency_key=self._key(),
            beyond_surplus=self.world.happens(0.2),
        )
        name = self.world.trace.name("payment", payment_id)

        async def work(ports: Ports) -> None:
            refund = await offline_refunds.record(ports, self.account_id, returned)
            self.world.tell(f"gets {self.world.trace.name('refund', refund.id)} {refund.status}")

        await self._insist(f"record {returned.reference} of {part} of {name}", work)

    async def _link(self) -> None:
        """Make a link; a guest follows it, or it is revoked."""
        invoice_id = self.world.rng.choice(self.invoices)
        wanted = LinkRequest(invoice_id, CLERK, self._key())

        async def work(ports: Ports) -> payment_links.NewLink:
            return await payment_links.create(ports, self.account_id, wanted)

        made = await self.world.request(
            f"make a link for {self.world.trace.name('invoice', invoice_id)}", work
        )
        if made.url is not None:
            guest = follow(self.world, made.url.rpartition("/")[2])
            self.world.scheduler.start(self.world.number("guest"), guest)
        if self.world.happens(0.2):
            await self._revoke(made.link.id)

    async def _revoke(self, link_id: UUID) -> None:
        async def work(ports: Ports) -> None:
            await payment_links.revoke(ports, self.account_id, link_id, by=CLERK)

        await self.world.request("revoke the link", work)

    async def _claim(self) -> None:
        """A customer says on the phone that an invoice is paid."""
        invoice_id = self.world.rng.choice(self.invoices)
        invoice = await invoices.find(self.account_id, invoice_id)
        said = Claim(invoice.number or "", None, None, "payer@customer.example", self._key())

        async def work(ports: Ports) -> None:
            found = await claims.claim(ports, self.account_id, said)
            what = "a payment" if found.payment else f"a case, {found.candidates} candidates"
            self.world.tell(f"gets {what}")

        await self._insist(f"claim {self.world.trace.name('invoice', invoice_id)}", work)

    def _key(self) -> str:
        return self.world.number("request").replace(" ", "-")

    async def _some_payment(self, status: PaymentStatus | None = None) -> Payment | None:
        listed = (await page(self.account_id, size=9)).payments
        found = [one for one in listed if status in (None, one.status)]
        return self.world.rng.choice(found) if found else None

    async def _insist(self, what: str, work: Callable[[Ports], Awaitable[None]]) -> None:
        """Ask again with the same key when no answer comes."""
        for left in reversed(range(_TRIES)):
            try:
                await self.world.request(what, work)
                return
            except NoAnswer:
                if not left:
                    raise


async def follow(world: World, token: str) -> None:
    """What a guest does with a link: open it, sometimes twice, and perhaps pay."""
    await world.sleep(world.rng.choice((1.0, 600.0, 20_000.0)), "reads the mail")

    async def work(ports: Ports) -> Payment:
        return (await payment_links.follow(ports, token)).payment

    for _ in range(world.rng.randint(1, 2)):
        try:
            payment = await world.request("follow a link", work)
        except (NoAnswer, BillingError):
            continue
        if payment.session_id is not None:
            world.tell(f"gets {world.name(payment.session_id)}")
            await look_at_page(world, payment.session_id)
