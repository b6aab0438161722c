"""Signed links to an invoice's page and PDF and to a payment's receipt, for browsers and mails."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from service.billing.ids import Kind, encode
from service.ports import LinkClaim, Ports, ReceiptClaim


def view_url(ports: Ports, account_id: UUID, invoice_id: UUID, *, lifetime: timedelta) -> str:
    """Where a browser sees, prints and downloads one invoice until the link expires."""
    return _url(ports, account_id, invoice_id, "/view", lifetime)


def pdf_url(ports: Ports, account_id: UUID, invoice_id: UUID, *, lifetime: timedelta) -> str:
    """Where a browser downloads one invoice's PDF until the link expires."""
    return _url(ports, account_id, invoice_id, ".pdf", lifetime)


def receipt_url(ports: Ports, account_id: UUID, payment_id: UUID, *, lifetime: timedelta) -> str:
    """Where a browser downloads the receipt of one payment until the link expires."""
    token = ports.links.sign_receipt(ReceiptClaim(account_id, payment_id), lifetime=lifetime)
    name = encode(Kind.PAYMENT, payment_id)
    return f"{ports.policy.base_url}/payments/{name}/receipt.pdf?token={token}"


def _url(ports: Ports, account_id: UUID, invoice_id: UUID, ending: str, lifetime: timedelta) -> str:
    token = ports.links.sign(LinkClaim(account_id, invoice_id), lifetime=lifetime)
    name = encode(Kind.INVOICE, invoice_id)
    return f"{ports.policy.base_url}/invoices/{name}{ending}?token={token}"
