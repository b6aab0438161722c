"""How each safeguard of the service is taken away: names given other values."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from service.adapters import stripe_gateway
from service.adapters.stripe_gateway import StripeGateway
from service.adapters.stripe_words import (
    checkout_of,
    from_wire,
    session_params,
)
from service.billing import payment as payment_rules
from service.billing.errors import GatewayUnavailable
from service.billing.events import Event
from service.billing.evidence import Witness
from service.billing.invoice import is_payable
from service.billing.money import Money
from service.billing.payment import Attempt, GatewayCheckout, GatewayState, PaymentMove
from service.gateway import CheckoutOrder, CheckoutPage, OrderItem
from service.ports import Ports
from service.simulation import network
from service.store import events, idempotency, payments, queue, receipts
from service.store.database import execute, fetch_one, new_id, transaction
from service.store.money_records import Refund
from service.store.payments import NewPayment
from service.store.records import Account, Invoice, Payment
from service.workflows import capture, checkout, look_ups, notices, pages, reports

Change = tuple[Any, str, Any]


# -- the gateway -------------------------------------------------------------------------------


def another_key_each_time() -> list[Change]:
    async def open_checkout(self: StripeGateway, order: CheckoutOrder) -> CheckoutPage:
        create = self._client.v1.checkout.sessions.create_async
        options: Any = {"idempotency_key": str(new_id())}
        made = await stripe_gateway._answer(create(session_params(order), options))
        return CheckoutPage(made.id, made.url or "", order.expires_at)

    return [(StripeGateway, "open_checkout", open_checkout)]


def complete_is_paid() -> list[Change]:
    real = checkout_of

    def any_complete(session: Any) -> GatewayCheckout:
        if session["status"] != "complete":
            return real(session)
        amount = from_wire(session["amount_total"], session["currency"])
        return replace(real(session), state=GatewayState.PAID, amount=amount)

    return [(stripe_gateway, "checkout_of", any_complete)]


def no_answer_is_a_no() -> list[Change]:
    real = StripeGateway.look_up

    async def look_up(self: StripeGateway, session_id: str) -> GatewayCheckout:
        try:
            return await real(self, session_id)
        except GatewayUnavailable:
            found = await fetch_one("SELECT * FROM payment WHERE session_id = $1", session_id)
            if found is None:
                raise
            asked = Payment.read(found)
            return GatewayCheckout(
                session_id, GatewayState.FAILED, asked.quote.charged, asked.live_mode,
                str(asked.id), None, None, None, None,
            )  # fmt: skip

    return [(StripeGateway, "look_up", look_up)]


# -- what is compared before money counts ------------------------------------------------------


def blind_to(**fields: Callable[[Attempt, GatewayCheckout], Any]) -> list[Change]:
    """Judge as if these fields of the gateway's report were what was asked."""
    real = payment_rules.mismatch

    def mismatch(attempt: Attempt, seen: GatewayCheckout) -> str | None:
        taken = {name: value(attempt, seen) for name, value in fields.items()}
        return real(attempt, replace(seen, **taken))

    return [(payment_rules, "mismatch", mismatch)]


def any_amount() -> list[Change]:
    return blind_to(
        amount=lambda attempt, seen: Money(attempt.charged.minor_units, seen.amount.currency)
    )


def any_currency() -> list[Change]:
    return blind_to(
        amount=lambda attempt, seen: Money(seen.amount.minor_units, attempt.charged.currency)
    )


def any_mode() -> list[Change]:
    return blind_to(live_mode=lambda attempt, _: attempt.live_mode)


def any_reference() -> list[Change]:
    return blind_to(reference=lambda attempt, _: attempt.payment_id)


# -- settling ----------------------------------------------------------------------------------


def judged_as_pending(payment: Payment) -> Payment:
    return replace(payment, status=payment_rules.PaymentStatus.PENDING)


async def move_from_anywhere(payment: Payment, step: PaymentMove, **more: Any) -> Any:
    """payments.move without its guard: whatever the row's status is now, it moves."""
    live = payment.status in payment_rules.LIVE
    await execute(
        "UPDATE payment SET status = $2, live = $3, captured_at = NULL WHERE id = $1",
        payment.id,
        payment.status,
        live,
    )
    return await _guarded_move(payment, step, **more)


_guarded_move = payments.move


def captured_again() -> list[Change]:
    async def settle(
        ports: Ports,
        account_id: UUID,
        payment_id: UUID,
        witness: Witness,
        *,
        session_hint: str | None = None,
        thorough: bool = False,
    ) -> Payment:
        payment = await payments.find(account_id, payment_id)
        if payment.session_id is None and session_hint is None:
            payment = await look_ups.resume(ports, payment)
        session_id = payment.session_id or session_hint
        if session_id is not None:
            seen = await ports.gateway.look_up(session_id)
            await reports.apply(ports, payment, seen, witness)
        return await payments.find(account_id, payment_id)

    async def apply(
        ports: Ports, payment: Payment, seen: GatewayCheckout, _witness: Witness, **_: Any
    ) -> bool:
        async with transaction(ports.bus):
            current = await payments.find(payment.account_id, payment.id)
            verdict = payment_rules.judge(reports._attempt(judged_as_pending(current)), seen)
            wanted = await reports.invoices_of(current)
            if verdict.move is PaymentMove.CAPTURE:
                await reports._write(ports, judged_as_pending(current), seen, verdict, wanted)
            elif reports._is_news(current, seen, verdict):
                await reports._write(ports, current, seen, verdict, wanted)
        return True

    return [
        (capture, "settle", settle),
        (reports, "apply", apply),
        (payments, "move", move_from_anywhere),
    ]


def decided_before_the_lock() -> list[Change]:
    async def apply(
        ports: Ports, payment: Payment, seen: GatewayCheckout, _witness: Witness, **_: Any
    ) -> bool:
        verdict = payment_rules.judge(reports._attempt(payment), seen)
        async with transaction(ports.bus):
            if reports._is_news(payment, seen, verdict):
                wanted = await reports.invoices_of(payment)
                await reports._write(ports, payment, seen, verdict, wanted)
        return True

    return [(reports, "apply", apply), (payments, "move", move_from_anywhere)]


_later: ContextVar[list[tuple[UUID, Event, datetime]] | None] = ContextVar("later", default=None)


def told_afterwards() -> list[Change]:
    record, apply = events.record, reports.apply

    async def record_later(account_id: UUID, event: Event, *, at: datetime) -> int:
        later = _later.get()
        if later is None:
            return await record(account_id, event, at=at)
        later.append((account_id, event, at))
        return 0

    async def apply_then_tell(
        ports: Ports, payment: Payment, seen: GatewayCheckout, witness: Witness, **more: Any
    ) -> bool:
        later: list[tuple[UUID, Event, datetime]] = []
        token = _later.set(later)
        try:
            done = await apply(ports, payment, seen, witness, **more)
        finally:
            _later.reset(token)
        async with transaction(ports.bus):
            for account_id, event, at in later:
                await record(account_id, event, at=at)
        return done

    return [(events, "record", record_later), (reports, "apply", apply_then_tell)]


def told_by_what_is_read_anew() -> list[Change]:
    async def as_they_are(payment: Payment, **_: Any) -> list[Invoice]:
        return await reports.invoices_of(payment)

    return [(reports, "_as_told", as_they_are)]


def expired_by_our_clock() -> list[Change]:
    real = capture.settle

    async def settle(
        ports: Ports, account_id: UUID, payment_id: UUID, witness: Witness, **more: Any
    ) -> Payment:
        payment = await payments.find(account_id, payment_id)
        if payment.status == "PENDING" and ports.clock() > payment.expires_at:
            return await pages.expire(ports, payment)
        return await real(ports, account_id, payment_id, witness, **more)

    return [(capture, "settle", settle)]


async def looks_at_nothing(ports: Ports, **_: Any) -> int:
    return 0


# -- after the capture -------------------------------------------------------------------------


async def keeps_the_surplus(*_: Any, **__: Any) -> None:
    return None


async def calls_nobody(*_: Any, **__: Any) -> None:
    return None


async def asks_nothing(_ports: Ports, payment: Payment, _witness: Witness) -> Payment:
    return payment


async def is_owed_for_ever(_ports: Ports, refund: Refund, _payment: Payment) -> Refund:
    return refund


# -- starting ----------------------------------------------------------------------------------


def page_before_the_row() -> list[Change]:
    opened: dict[UUID, CheckoutPage] = {}
    make, show = checkout._new_payment, pages.open_page

    async def new_payment(ports: Ports, account: Account, *more: Any, **named: Any) -> NewPayment:
        new = await make(ports, account, *more, **named)
        order = CheckoutOrder(
            new.id, (OrderItem("Invoices", new.quote.charged),), "Invoices", new.payer_email,
            account.locale, new.success_url, new.cancel_url, new.expires_at,
            {"payment_id": str(new.id)},
        )  # fmt: skip
        opened[new.id] = await ports.gateway.open_checkout(order)
        return new

    async def open_page(ports: Ports, payment: Payment) -> Payment:
        if payment.session_id is None and payment.id in opened:
            await payments.keep_page(payment, opened[payment.id], at=ports.clock())
            return await payments.find(payment.account_id, payment.id)
        return await show(ports, payment)

    return [(checkout, "_new_payment", new_payment), (pages, "open_page", open_page)]


def keys_forgotten() -> list[Change]:
    async def result_of(*_: Any) -> None:
        return None

    async def keep(_account_id: UUID, _use: object, result_id: UUID, *, at: datetime) -> UUID:
        return result_id

    return [(idempotency, "result_of", result_of), (idempotency, "keep", keep)]


def money_on_its_way_is_due() -> list[Change]:
    def may_be_paid(status: Any, *, due_minor: int, live_payment: Any) -> bool:
        return is_payable(status, due_minor=due_minor, live_payment=None)

    async def live_attempt(*_: Any) -> tuple[None, bool]:
        return None, False

    async def take_over(new: NewPayment, *, at: datetime) -> None:
        await execute(
            "UPDATE payment SET status = 'EXPIRED', live = false WHERE live AND account_id = $1",
            new.account_id,
        )
        await create(new, at=at)

    create = payments.create
    return [
        (checkout, "is_payable", may_be_paid),
        (checkout, "_live_attempt", live_attempt),
        (payments, "create", take_over),
    ]


# -- notices -----------------------------------------------------------------------------------


def answered_and_dropped() -> list[Change]:
    async def receive(ports: Ports, body: bytes, headers: Any) -> None:
        ports.gateway.read_notice(body, headers, now=ports.clock())

    return [(network, "receive_notice", receive)]


def kept_each_time() -> list[Change]:
    async def store(gateway: str, notice: Any, body: bytes, *, at: datetime) -> UUID:
        receipt_id = new_id()
        await execute(
            "INSERT INTO receipt (id, gateway, event_id, kind, live_mode, session_id, payment_id,"
            " body, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            receipt_id, gateway, notice.event_id, notice.kind, notice.live_mode,
            notice.session_id, notice.payment_id, body, at,
        )  # fmt: skip
        return receipt_id

    return [(receipts, "store", store)]


def queued_afterwards() -> list[Change]:
    async def receive(ports: Ports, body: bytes, headers: Any) -> None:
        now = ports.clock()
        notice = ports.gateway.read_notice(body, headers, now=now)
        async with transaction():
            kept = await receipts.store(ports.gateway.name, notice, body, at=now)
        if kept is not None:
            await queue.enqueue("handle_receipt", receipt_id=str(kept))

    return [(network, "receive_notice", receive)]


def handled_before_the_work() -> list[Change]:
    async def handle(ports: Ports, receipt_id: UUID) -> None:
        receipt = await receipts.find(receipt_id)
        if receipt.handled_at is None:
            await receipts.mark_handled(receipt_id, "done", at=ports.clock())
            await notices._act_on(ports, receipt)

    return [(notices, "handle_receipt", handle)]
