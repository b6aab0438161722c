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
    PostalAddressInput,
    ResendInvoiceInput,
    ResendInvoiceResult,
    ResendInvoiceSuccess,
    UpdateBillingDetailsInput,
    UpdateBillingDetailsResult,
    UpdateBillingDetailsSuccess,
)
from service.api.types.accounts import Account
from service.api.types.documents import Delivery
from service.api.types.invoices import Invoice
from service.billing.errors import BillingError, InvalidInput, NotFound
from service.billing.ids import Kind
from service.billing.people import MAY_EDIT_DETAILS, MAY_RESEND
from service.billing.sheet import Address
from service.store import invoices
from service.workflows import billing_details
from service.workflows.billing_details import Changes
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

    @resolved
    async def update_billing_details(
        self,
        info: Info,
        input: Annotated[
            UpdateBillingDetailsInput, strawberry.argument(description="What to change.")
        ],
    ) -> UpdateBillingDetailsResult:
        """Change what is printed on an account's next invoices and where they are mailed to,
        unless somebody else did since you read it. OWNER and FINANCE may, and OPERATOR for any
        account."""
        context = info.context
        try:
            check_role(context.viewer, MAY_EDIT_DETAILS, "edit billing details")
            account_id = _account(context.viewer, given(input.account_id))
            if not context.viewer.is_staff:
                await context.allowance.edit(account_id)
            changed = await billing_details.change(
                context.ports,
                account_id,
                expected_version=input.expected_version,
                changes=_changes(input),
            )
        except BillingError as error:
            return cast("UpdateBillingDetailsResult", await user_error(error, context))
        return UpdateBillingDetailsSuccess(account=Account.of(changed, context.reads))


async def _invoice(viewer: Viewer, id: str) -> tuple[UUID, UUID]:
    """Whose invoice is meant, and which.

    Raises:
        NotFound: there is none; another account's is found later on not to be there.
    """
    if viewer.account_id is not None:
        return viewer.account_id, decoded(Kind.INVOICE, id, "invoice")
    return await owned(Kind.INVOICE, id, invoices.owner_of, "invoice")


def _account(viewer: Viewer, id: str | None) -> UUID:
    """Whose details are meant.

    Raises:
        NotFound: no account, or another one than the viewer's.
        InvalidInput: none is named, and the viewer has none.
    """
    named = decoded(Kind.ACCOUNT, id, "account") if id is not None else viewer.account_id
    if named is None:
        raise InvalidInput.one("accountId", "REQUIRED", "The seller's staff name an account.")
    if viewer.account_id not in (None, named):
        raise NotFound("account")
    return named


def _changes(asked: UpdateBillingDetailsInput) -> Changes:
    """What is given; null is given only where something can be taken away."""
    changes = Changes()
    name, email, locale = given(asked.name), given(asked.email), given(asked.locale)
    if name is not None:
        changes["name"] = name
    if email is not None:
        changes["email"] = email
    if locale is not None:
        changes["locale"] = locale
    if asked.address is not strawberry.UNSET:
        changes["address"] = _address(asked.address) if asked.address else None
    if asked.tax_id is not strawberry.UNSET:
        changes["tax_id"] = asked.tax_id
    return changes


def _address(asked: PostalAddressInput) -> Address:
    return Address(
        lines=tuple(asked.lines),
        city=asked.city,
        region=given(asked.region),
        postal_code=given(asked.postal_code),
        country_code=asked.country_code,
    )
