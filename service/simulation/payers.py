"""People who pay: on several tabs and devices, by cards and debits, and not always to the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from service.billing.errors import BillingError, GatewayUnavailable
from service.ports import Ports
from service.sandbox.errors import JSON, ApiError
from service.simulation.world import ORIGIN, NoAnswer, World
from service.store.records import Payment
from service.workflows import checkout
from service.workflows.checkout import CheckoutRequest

#: What payers do on the gateway's page, and how often.
OUTCOMES = {
    "success": 50,
    "declined": 12,
    "challenge": 14,
    "debit_succeeds": 12,
    "debit_fails": 6,
    "authorised": 5,
    "leave": 12,
}
#: Seconds that people take: some go on at once, some after lunch.
PAUSES_S = (0.0, 1.0, 8.0, 40.0, 240.0, 1_500.0, 4_000.0)
_PAUSE_WEIGHTS = (20, 20, 25, 15, 10, 5, 5)
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Payer:
    """One browser tab or device of an account's people."""

    world: World
    account_id: UUID
    invoices: tuple[UUID, ...]

    async def live(self, visits: int) -> None:
        """Come so many times to pay something."""
        for _ in range(visits):
            await _pause(self.world, "thinks")
            try:
                await self._visit()
            except (NoAnswer, BillingError):
                continue

    async def _visit(self) -> None:
        payment = await self.start(self._wanted(), self.world.number("key"))
        if payment.session_id is not None:
            self.world.pages.append(payment.session_id)
        await _pause(self.world, "looks at the page")
        page = self._page(payment)
        if page is not None and await look_at_page(self.world, page):
            await self._return(payment)

    def _wanted(self) -> tuple[UUID, ...]:
        rng = self.world.rng
        if rng.random() < 0.6:
            return self.invoices
        return tuple(rng.sample(self.invoices, rng.randint(1, len(self.invoices))))

    def _page(self, payment: Payment) -> str | None:
        """The page that the payer acts on: sometimes one that was left open before."""
        if self.world.pages and self.world.happens(0.2):
            return self.world.rng.choice(self.world.pages)
        return payment.session_id

    async def start(self, invoice_ids: tuple[UUID, ...], key: str) -> Payment:
        """Ask for a checkout; without an answer ask again with the same key, as clients do.

        Raises:
            NoAnswer, BillingError.
        """
        world = self.world
        wanted = ", ".join(world.trace.name("invoice", one) for one in invoice_ids)

        async def work(ports: Ports) -> Payment:
            started = await checkout.start(
                ports, self.account_id, _request(invoice_ids, key.replace(" ", "-"))
            )
            self._note(key, started.payment)
            return started.payment

        for left in reversed(range(_TRIES)):
            try:
                return await world.request(f"pay {wanted} with {key}", work)
            except (NoAnswer, GatewayUnavailable):
                if not left or world.happens(0.3):
                    raise
                await _pause(self.world, "tries again")
        raise NoAnswer

    def _note(self, key: str, payment: Payment) -> None:
        world = self.world
        world.answers.setdefault((self.account_id, key), set()).add(payment.id)
        attempt = world.trace.name("payment", payment.id)
        page = world.name(payment.session_id) if payment.session_id else "no page"
        world.tell(f"gets {attempt}, {payment.status}, {page}")

    async def _return(self, payment: Payment) -> None:
        """Come back from the gateway, unless the tab was closed."""
        world = self.world
        if world.happens(0.4):
            world.tell("closes the tab")
            return
        await _pause(self.world, "returns")
        await ask_how_it_stands(world, payment.account_id, payment.id)


async def look_at_page(world: World, page: str) -> bool:
    """Act on the gateway's page; whether the payer is sent back to us afterwards."""
    outcome = world.rng.choices(list(OUTCOMES), list(OUTCOMES.values()))[0]
    if outcome == "leave":
        world.tell(f"leaves {world.name(page)}")
        # Whose dashboard then asks how it stands, as when a window is closed.
        return world.happens(0.3)
    done = submit(world, page, outcome)
    if done.get("outcome") == "challenge":
        await _pause(world, "is challenged")
        if world.happens(0.4):
            world.tell("gives up on the challenge")
            return False
        done = _authenticate(world, page, passed=world.happens(0.75))
    if done.get("outcome") == "declined" and world.happens(0.5):
        done = submit(world, page, "success")
    return done.get("success_url") is not None


def submit(world: World, page: str, outcome: str) -> JSON:
    """Send the form of the gateway's page; {} when the page does not let the payer."""
    by_hand = world.sandbox.dashboard
    if outcome == "authorised":
        return _act(world, page, "pays (authorised only)", lambda: by_hand.authorise(page))
    return _act(world, page, f"pays ({outcome})", lambda: by_hand.pay(page, outcome))


def _authenticate(world: World, page: str, *, passed: bool) -> JSON:
    by_hand = world.sandbox.dashboard
    what = "passes the challenge" if passed else "fails the challenge"
    return _act(world, page, what, lambda: by_hand.authenticate(page, passed=passed))


async def _pause(world: World, place: str) -> None:
    await world.sleep(world.rng.choices(PAUSES_S, _PAUSE_WEIGHTS)[0], place)


async def ask_how_it_stands(world: World, account_id: UUID, payment_id: UUID) -> None:
    """What a return page does, and staff who look into a payment."""
    attempt = world.trace.name("payment", payment_id)

    async def work(ports: Ports) -> None:
        payment = await checkout.confirm(ports, account_id, payment_id)
        world.tell(f"sees {attempt} {payment.status}")

    await world.request(f"check {attempt}", work)


def _request(invoice_ids: tuple[UUID, ...], key: str) -> CheckoutRequest:
    return CheckoutRequest(
        invoice_ids=invoice_ids,
        idempotency_key=key,
        success_url=f"{ORIGIN}/paid",
        cancel_url=f"{ORIGIN}/invoices",
        payer_email="payer@customer.example",
    )


def _act(world: World, page: str, what: str, act: Callable[[], JSON]) -> JSON:
    """Do something on the gateway's page; {} when the page does not let the payer."""
    try:
        answer = act()
    except ApiError:
        answer = {}
    world.tell(f"{what} on {world.name(page)}: {answer.get('outcome', 'not possible')}")
    return answer
