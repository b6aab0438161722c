"""What customers can do about the account itself and its mails, and the seller's staff for any."""

from __future__ import annotations

from typing import Annotated, cast
from uuid import UUID

import strawberry

from service.api.context import Info, Viewer
from service.api.fields import given, resolved
from service.api.inputs import check_role, checked_key, decoded, owned
from service.api.problems import user_error
from service.api.types.account_results import (
    ResendInvoiceInput,
    ResendInvoiceResult,
    ResendInvoiceSuccess,
)
from service.api.types.documents import Delivery
from service.api.types.invoices import Invoice
from service.billing.errors import BillingError
from service.billing.ids import Kind
from service.billing.people import MAY_RESEND
from service.store import invoices
from service.workflows.resends import ResendRequest, resend


@strawberry.type(description="What can be done about an account and its mails.")
class AccountMutation:
    @resolved
    async def resend_invoice(
        self,
        info: Info,
        input: Annotated[ResendInvoiceInput, strawberry.argument(description="What to mail.")],
    ) -> ResendInvoiceResult:
        """Mail an issued invoice again, to everybody who gets the account's invoices or to one of
        them. OWNER and FINANCE may, and SUPPORT and OPERATOR for any account."""
        context = info.context
        try:
            check_role(context.viewer, MAY_RESEND, "mail invoices again")
            account_id, invoice_id = await _invoice(context.viewer, input.invoice_id)
            wanted = ResendRequest(
                invoice_id=invoice_id,
                idempotency_key=checked_key(input.idempotency_key),
                recipient=given(input.recipient),
            )
            sent = await resend(context.ports, account_id, wanted)
        except BillingError as error:
            return cast("ResendInvoiceResult", await user_error(error, context))
        return ResendInvoiceSuccess(
            invoice=Invoice.of(sent.invoice, context.reads),
            deliveries=[Delivery.of(one) for one in sent.deliveries],
        )


async def _invoice(viewer: Viewer, id: str) -> tuple[UUID, UUID]:
    """Whose invoice is meant, and which.

    Raises:
        NotFound: there is none; another account's is found later on not to be there.
    """
    if viewer.account_id is not None:
        return viewer.account_id, decoded(Kind.INVOICE, id, "invoice")
    return await owned(Kind.INVOICE, id, invoices.owner_of, "invoice")
