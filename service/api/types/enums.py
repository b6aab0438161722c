"""The enums of the rules as enums of the schema."""

from __future__ import annotations

from enum import StrEnum

from service.api.fields import describe
from service.billing.events import DeliveryState, DocumentState
from service.billing.invoice import DisplayStatus, InvoiceKind, InvoiceStatus
from service.billing.payment import NextAction, PaymentStatus
from service.billing.people import ContactStatus, Plan, Role


class CheckoutStatus(StrEnum):
    """Where a checkout stands, for the screen that a payer comes back to."""

    OPEN = "OPEN"
    PROCESSING = "PROCESSING"
    COMPLETE = "COMPLETE"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"


CHECKOUT_STATUSES = {
    PaymentStatus.PENDING: CheckoutStatus.OPEN,
    PaymentStatus.PROCESSING: CheckoutStatus.PROCESSING,
    PaymentStatus.UNDER_REVIEW: CheckoutStatus.PROCESSING,
    PaymentStatus.CAPTURED: CheckoutStatus.COMPLETE,
    PaymentStatus.FAILED: CheckoutStatus.FAILED,
    PaymentStatus.CANCELED: CheckoutStatus.FAILED,
    PaymentStatus.EXPIRED: CheckoutStatus.EXPIRED,
}

describe(
    CheckoutStatus,
    "Where a checkout stands.",
    {
        "OPEN": "The gateway's page waits for the payer. A declined card leaves it open.",
        "PROCESSING": "The payer has done their part; the money is on its way or being checked.",
        "COMPLETE": "The payment was captured and its invoices are settled.",
        "EXPIRED": "The page was not used in time. Start a new checkout.",
        "FAILED": "The payment failed or was canceled for good. Start a new checkout.",
    },
)
describe(
    Role,
    "What somebody may do. OWNER, FINANCE and MEMBER belong to one account; SUPPORT and OPERATOR "
    "to the seller.",
    {
        "OWNER": "Owns the account: reads, pays, and edits billing contacts.",
        "FINANCE": "Does the account's books: reads, pays, and edits billing contacts.",
        "MEMBER": "Belongs to the account: reads.",
        "SUPPORT": "Seller's staff that answers customers: reads any account, works on support "
        "cases and makes payment links.",
        "OPERATOR": "Seller's staff that runs the service: does what SUPPORT does, refunds, and "
        "records bank transfers.",
    },
)
describe(
    Plan,
    "What an account has subscribed to.",
    {
        "FREE": "No invoices section; what is still owed stays visible and payable.",
        "PAID": "All invoices are listed.",
    },
)
describe(
    InvoiceKind,
    "Why an invoice was made.",
    {
        "USAGE": "Made once a month for what was used in it.",
        "ADD_ON": "Made when a service was requested. Mailed, and listed only when asked for.",
    },
)
describe(
    InvoiceStatus,
    "Where an invoice stands in the books. For screens use `InvoiceDisplayStatus`.",
    {
        "DRAFT": "Not issued yet: it has no number, and customers do not see it.",
        "OPEN": "Issued, and not settled yet.",
        "PAID": "Settled in full.",
        "VOID": "Withdrawn: nothing is to be paid.",
        "UNCOLLECTIBLE": "Written off; a payment that still arrives settles it.",
    },
)
describe(
    DisplayStatus,
    "What a screen shows of an invoice. Worked out when asked for, from its status, its due date "
    "and its payments.",
    {
        "DUE": "To be paid by its due date.",
        "OVERDUE": "Its due date is over, by the calendar of the account's time zone.",
        "PROCESSING": "A payment has left the payer's hands and its end is not known yet. Whoever "
        "has paid is never shown as due.",
        "PARTIALLY_PAID": "A part is paid; the rest is to be paid by the due date.",
        "PAID": "Settled in full.",
        "REFUNDED": "It was settled, and all of it was given back. Nothing is to be paid.",
        "DISPUTED": "It was settled, and the payer's bank looks into the payment. Nothing is to "
        "be paid while it does.",
        "VOID": "Withdrawn: nothing is to be paid.",
        "UNCOLLECTIBLE": "Written off.",
    },
    name="InvoiceDisplayStatus",
)
describe(
    PaymentStatus,
    "Where one attempt to pay stands.",
    {
        "PENDING": "A checkout page may be open; no money has moved.",
        "PROCESSING": "The payer has done their part; the money is on its way.",
        "UNDER_REVIEW": "The gateway reports money that does not match this attempt; people look "
        "at it before anything is marked as paid.",
        "CAPTURED": "The money was taken and the invoices are settled. Final.",
        "FAILED": "It did not go through. Money that turns up later is still captured.",
        "CANCELED": "It was called off. Money that turns up later is still captured.",
        "EXPIRED": "Its page was not used in time. Money that turns up later is still captured.",
    },
)
describe(
    NextAction,
    "What helps after something did not go through.",
    {
        "NEW_CARD": "Pay with another card or method.",
        "AUTHENTICATE": "Try again and confirm with the bank when it asks.",
        "WAIT": "Try again later; nothing is wrong with the card.",
        "USE_LINK": "Pay through the link that support sends.",
        "CONTACT_BANK": "Ask the card's bank why it declines.",
        "CONTACT_SUPPORT": "Ask support: trying again does not help.",
    },
)
describe(
    DocumentState,
    "Where the PDF of an invoice or a receipt stands.",
    {
        "QUEUED": "Waits to be printed.",
        "RENDERING": "Is being printed.",
        "READY": "Can be downloaded. Its bytes never change.",
        "FAILED": "Could not be printed; another try is planned.",
    },
)
describe(
    DeliveryState,
    "Where one mail to one recipient stands.",
    {
        "QUEUED": "Waits to be sent.",
        "SENDING": "Is being handed to the mail server.",
        "SENT": "The mail server took it.",
        "BOUNCED": "The recipient's server refused it for good.",
        "FAILED": "Could not be handed over; another try is planned.",
    },
)
describe(
    ContactStatus,
    "Whether mail reaches a billing contact.",
    {
        "ACTIVE": "Receives invoices.",
        "BOUNCING": "The address refused a mail for good. Changing it makes the contact ACTIVE.",
    },
)
