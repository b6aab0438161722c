"""Mails about payments: planned once by their key, handed over, and ended once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from tortoise.exceptions import IntegrityError

from service.billing.errors import NotFound
from service.billing.events import DeliveryState
from service.billing.support import NotificationKind
from service.store import notifications
from service.store.database import fetch, new_id, transaction
from service.store.money_records import Notification
from service.store.notifications import NewNotification
from service.store.records import Payment
from tests.store import rows
from tests.store.rows import NOW

pytestmark = pytest.mark.usefixtures("db")

LATER = NOW + timedelta(minutes=1)


async def paid() -> Payment:
    account = await rows.account()
    return await rows.payment(account.id, await rows.invoice(account.id))


async def plan(new: NewNotification) -> UUID | None:
    async with transaction():
        return await notifications.plan(new, at=NOW)


async def planned(payment: Payment) -> Notification:
    notification_id = await plan(rows.new_notification(payment))
    assert notification_id is not None
    return await notifications.find(payment.account_id, notification_id)


async def last_error(notification: Notification) -> str | None:
    (row,) = await fetch("SELECT last_error FROM notification WHERE id = $1", notification.id)
    error: str | None = row["last_error"]
    return error


async def now(notification: Notification) -> Notification:
    return await notifications.find(notification.account_id, notification.id)


async def test_a_mail_is_read_as_it_was_planned() -> None:
    payment = await paid()
    about = new_id()
    kind = NotificationKind.CASE_OPENED
    new = rows.new_notification(payment, kind=kind, subject_id=about)
    notification_id = await plan(new)
    assert notification_id is not None
    assert await notifications.find(payment.account_id, notification_id) == Notification(
        id=notification_id,
        account_id=payment.account_id,
        kind=kind,
        payment_id=payment.id,
        invoice_id=None,
        subject_id=about,
        recipient_name="Müller",
        recipient_email="payer@mueller.example",
        state=DeliveryState.QUEUED,
        attempts=0,
    )


async def test_a_mail_is_planned_once_by_its_key() -> None:
    payment, other = await paid(), await paid()
    new = rows.new_notification(payment, key="receipt:1")
    ends = await asyncio.gather(*[plan(new) for _ in range(6)])
    assert ends.count(None) == 5
    assert await plan(replace(new, recipient_email="other@mueller.example")) is None
    assert await plan(rows.new_notification(payment, key="receipt:2"))
    assert await plan(rows.new_notification(other, key="receipt:1"))
    assert await rows.number_of("notification") == 3


async def test_a_mail_of_another_account_is_not_found() -> None:
    notification = await planned(await paid())
    stranger = (await rows.account()).id
    with pytest.raises(NotFound, match=r"No such notification\."):
        await notifications.find(stranger, notification.id)
    assert not await notifications.begin(stranger, notification.id, at=NOW)
    await notifications.begin(notification.account_id, notification.id, at=NOW)
    sending = await now(notification)
    await notifications.end(stranger, notification.id, DeliveryState.SENT, error=None, at=NOW)
    assert await now(notification) == sending


async def test_a_mail_is_about_a_payment_of_its_account() -> None:
    payment = await paid()
    stranger = (await rows.account()).id
    with pytest.raises(IntegrityError, match="notification_payment"):
        await plan(rows.new_notification(payment, account_id=stranger))
    assert await rows.number_of("notification") == 0


@pytest.mark.parametrize("state", [DeliveryState.SENT, DeliveryState.BOUNCED])
async def test_a_mail_that_arrived_or_was_refused_is_not_sent_again(state: DeliveryState) -> None:
    notification = await planned(await paid())
    where = (notification.account_id, notification.id)
    assert await notifications.begin(*where, at=LATER)
    assert await now(notification) == replace(notification, state=DeliveryState.SENDING, attempts=1)
    await notifications.end(*where, state, error="e" * 600, at=LATER)
    assert not await notifications.begin(*where, at=LATER)
    assert await now(notification) == replace(notification, state=state, attempts=1)
    assert await last_error(notification) == "e" * 500


async def test_the_first_end_stays() -> None:
    notification = await planned(await paid())
    where = (notification.account_id, notification.id)
    await notifications.end(*where, DeliveryState.SENT, error=None, at=LATER)
    assert await now(notification) == notification
    await notifications.begin(*where, at=LATER)
    await notifications.end(*where, DeliveryState.SENT, error=None, at=LATER)
    await notifications.end(*where, DeliveryState.FAILED, error="late", at=LATER)
    assert (await now(notification)).state is DeliveryState.SENT
    assert await last_error(notification) is None


async def test_what_failed_or_was_cut_off_is_tried_again() -> None:
    notification = await planned(await paid())
    where = (notification.account_id, notification.id)
    assert await notifications.begin(*where, at=NOW)
    # The process died while it was handing over.
    assert await notifications.begin(*where, at=LATER)
    await notifications.end(*where, DeliveryState.FAILED, error="no answer", at=LATER)
    assert await notifications.begin(*where, at=LATER)
    await notifications.end(*where, DeliveryState.SENT, error=None, at=LATER)
    assert await now(notification) == replace(notification, state=DeliveryState.SENT, attempts=3)
