"""Mails to a payer about a payment: planned with the fact, sent by a job, each once."""

from __future__ import annotations

from uuid import UUID

from service.billing.events import DeliveryState
from service.billing.payment import FINAL, PaymentStatus
from service.billing.support import NotificationKind
from service.ports import Mail, MailRefused, MailUnavailable, Ports
from service.store import accounts, documents, notifications, payments, queue
from service.store.money_records import Notification
from service.store.notifications import NewNotification
from service.store.records import Account, Payment
from service.templates.payment_mails import payment_mail
from service.workflows.payment_news import news_of


async def plan(
    ports: Ports,
    payment: Payment,
    kind: NotificationKind,
    subject_id: UUID | None = None,
    *,
    of: int | None = None,
) -> None:
    """Plan a mail to whoever made a payment, once per kind and subject, or version `of` the
    payment: what a payment goes through twice is told twice.

    Must run inside `transaction()`.
    """
    account = await accounts.find(payment.account_id)
    key = f"{kind.lower()}:{subject_id or payment.id}" + (f":{of}" if of is not None else "")
    await _plan(ports, account, payment, kind, key, payment.payer_email, subject_id)


async def plan_receipt(ports: Ports, payment: Payment) -> None:
    """Plan the mails that bring a payment's receipt: to whoever made it, and to the account's own
    address where that is another.

    Must run inside `transaction()`.
    """
    account = await accounts.find(payment.account_id)
    kind, key = NotificationKind.RECEIPT, f"receipt:{payment.id}"
    await _plan(ports, account, payment, kind, key, payment.payer_email)
    if account.email.lower() != payment.payer_email.lower():
        await _plan(ports, account, payment, kind, f"{key}:account", account.email)


async def _plan(
    ports: Ports,
    account: Account,
    payment: Payment,
    kind: NotificationKind,
    key: str,
    email: str,
    subject_id: UUID | None = None,
) -> None:
    new = NewNotification(
        account_id=account.id,
        key=key,
        kind=kind,
        recipient_name=account.name,
        recipient_email=email,
        payment_id=payment.id,
        subject_id=subject_id,
    )
    notification_id = await notifications.plan(new, at=ports.clock())
    if notification_id is not None:
        await queue.enqueue(
            "send_notification",
            key=f"notification:{notification_id}",
            account_id=str(account.id),
            notification_id=str(notification_id),
        )


async def send(ports: Ports, account_id: UUID, notification_id: UUID) -> None:
    """Hand one mail over. Repeated after a crash it is the same mail, by its Message-ID.

    Raises:
        MailUnavailable: noted on the notification; the job is tried again.
    """
    if not await notifications.begin(account_id, notification_id, at=ports.clock()):
        return
    notification = await notifications.find(account_id, notification_id)
    try:
        mail = await _compose(ports, notification)
    except _OutOfDate as why:
        await _end(ports, notification, DeliveryState.BOUNCED, str(why))
        return
    try:
        await ports.mailer.send(mail)
    except (MailRefused, ValueError) as refusal:
        # ValueError: no message can be addressed so.
        await _end(ports, notification, DeliveryState.BOUNCED, str(refusal))
    except MailUnavailable as error:
        await _end(ports, notification, DeliveryState.FAILED, str(error))
        raise
    else:
        await _end(ports, notification, DeliveryState.SENT, None)


async def _end(
    ports: Ports, notification: Notification, state: DeliveryState, error: str | None
) -> None:
    await notifications.end(
        notification.account_id, notification.id, state, error=error, at=ports.clock()
    )


class _OutOfDate(Exception):
    """What a mail was to tell is true no more."""


async def _compose(ports: Ports, notification: Notification) -> Mail:
    if notification.payment_id is None:
        raise ValueError("a notification is about a payment")
    payment = await payments.find(notification.account_id, notification.payment_id)
    has_failed = payment.status in FINAL and payment.status is not PaymentStatus.CAPTURED
    if notification.kind is NotificationKind.PAYMENT_FAILED and not has_failed:
        raise _OutOfDate("Not sent: the payment has not failed any more.")
    receipt = (await documents.receipts_of(payment.account_id, [payment.id]))[payment.id]
    pdf = None
    if notification.kind is NotificationKind.RECEIPT:
        if receipt is None or receipt.storage_key is None:
            raise MailUnavailable("the PDF is not ready")
        pdf = await ports.documents.get(receipt.storage_key)
    domain = ports.seller.mail_from.partition("@")[2]
    return payment_mail(
        await news_of(ports, notification, payment, receipt),
        recipient_name=notification.recipient_name,
        recipient_email=notification.recipient_email,
        sender=ports.seller.mail_from,
        message_id=f"{notification.id}@{domain}",
        pdf=pdf,
    )
