"""What can be done. Each mutation calls one workflow and names each of its refusals."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated, cast
from uuid import UUID

import strawberry

from service.api.account_mutations import AccountMutation
from service.api.context import Context, Info, Viewer
from service.api.fields import given, resolved
from service.api.inputs import INVOICE_NUMBER, account_of, again_if_raced, checked_key, decoded
from service.api.problems import gateway_unavailable, user_error
from service.api.staff_mutations import StaffMutation
from service.api.types.accounts import BillingContact
from service.api.types.cases import SupportCase
from service.api.types.checkout import CheckoutSession
from service.api.types.invoices import Invoice
from service.api.types.links import PaymentLink
from service.api.types.money_results import (
    ClaimPaidInput,
    ClaimPaidResult,
    ClaimSettled,
    ClaimUnderReview,
)
from service.api.types.payments import Payment
from service.api.types.results import (
    AddBillingContactInput,
    AddBillingContactResult,
    AddBillingContactSuccess,
    ConfirmCheckoutInput,
    ConfirmCheckoutResult,
    ConfirmCheckoutSuccess,
    RemoveBillingContactInput,
    RemoveBillingContactResult,
    RemoveBillingContactSuccess,
    StartCheckoutInput,
    StartCheckoutResult,
    StartCheckoutSuccess,
    UpdateBillingContactInput,
    UpdateBillingContactResult,
    UpdateBillingContactSuccess,
)
from service.billing.errors import (
    BillingError,
    GatewayUnavailable,
    InvoiceNotPayable,
    LostRace,
    NotFound,
)
from service.billing.evidence import Source
from service.billing.ids import Kind
from service.billing.people import MAY_CLAIM, MAY_EDIT_CONTACTS, MAY_PAY
from service.store import records
from service.workflows import checkout, claims, contacts
from service.workflows.checkout import CheckoutRequest, Started
from service.workflows.claims import Claim, Outcome
from service.workflows.payment_links import LinkRequest
from service.workflows.payment_links import create as create_link


@strawberry.type(
    description="What can be done. Each answers its result or a UserError; `errors` is for "
    "requests that are wrong in themselves."
)
class Mutation(StaffMutation, AccountMutation):
    @resolved
    async def start_checkout(
        self,
        info: Info,
        input: Annotated[StartCheckoutInput, strawberry.argument(description="What to pay.")],
    ) -> StartCheckoutResult:
        """Open the gateway's page to pay one or more invoices in full, at an exchange rate that
        is frozen now. OWNER and FINANCE may."""
        context = info.context
        try:
            account_id = account_of(context.viewer, MAY_PAY, "pay")
            await context.allowance.start_or_confirm(account_id)
            request = _checkout_request(context.viewer, input)
            started = await _start(context, account_id, request)
        except GatewayUnavailable as error:
            link = await _offered_link(context, account_id, request)
            return cast("StartCheckoutResult", gateway_unavailable(error, context, link))
        except BillingError as error:
            return cast("StartCheckoutResult", await user_error(error, context))
        return StartCheckoutSuccess(
            checkout_session=CheckoutSession.of(started.payment, context.reads),
            replayed=started.replayed,
        )

    @resolved
    async def confirm_checkout(
        self,
        info: Info,
        input: Annotated[ConfirmCheckoutInput, strawberry.argument(description="Which checkout.")],
    ) -> ConfirmCheckoutResult:
        """Ask the gateway now how a checkout stands: what the page does that a payer returns to.
        It changes nothing that would not change by itself a moment later. OWNER and FINANCE
        may."""
        context = info.context
        try:
            account_id = account_of(context.viewer, MAY_PAY, "pay")
            await context.allowance.start_or_confirm(account_id)
            payment = await _confirm(context, account_id, input.checkout_session_id)
        except BillingError as error:
            return cast("ConfirmCheckoutResult", await user_error(error, context))
        return ConfirmCheckoutSuccess(checkout_session=CheckoutSession.of(payment, context.reads))

    @resolved
    async def claim_paid(
        self,
        info: Info,
        input: Annotated[ClaimPaidInput, strawberry.argument(description="What was paid.")],
    ) -> ClaimPaidResult:
        """Say that an invoice is paid: the gateways are searched now. One safe match settles it;
        else a person looks, with what was found. Repeating it asks the gateways again. OWNER and
        FINANCE may."""
        context = info.context
        try:
            account_id = account_of(context.viewer, MAY_CLAIM, "claim payments")
            await context.allowance.claim(account_id)
            outcome = await _claim(context, account_id, input)
        except BillingError as error:
            return cast("ClaimPaidResult", await user_error(error, context))
        if outcome.case is not None:
            return ClaimUnderReview(support_case=SupportCase.of(outcome.case, context.reads))
        return ClaimSettled(
            invoice=Invoice.of(outcome.invoice, context.reads),
            payment=Payment.of(outcome.payment, context.reads) if outcome.payment else None,
        )

    @resolved
    async def add_billing_contact(
        self,
        info: Info,
        input: Annotated[AddBillingContactInput, strawberry.argument(description="Whom to add.")],
    ) -> AddBillingContactResult:
        """Add a person who receives the account's invoices from now on; an account has at most
        50. OWNER and FINANCE may."""
        context = info.context
        try:
            account_id = account_of(context.viewer, MAY_EDIT_CONTACTS, "edit billing contacts")
            await context.allowance.edit(account_id)
            contact = await contacts.add(
                context.ports,
                account_id,
                idempotency_key=checked_key(input.idempotency_key),
                name=input.name,
                email=input.email,
                locale=given(input.locale),
            )
        except BillingError as error:
            return cast("AddBillingContactResult", await user_error(error, context))
        return AddBillingContactSuccess(billing_contact=BillingContact.of(contact))

    @resolved
    async def update_billing_contact(
        self,
        info: Info,
        input: Annotated[
            UpdateBillingContactInput, strawberry.argument(description="What to change.")
        ],
    ) -> UpdateBillingContactResult:
        """Change a billing contact, unless somebody else did since you read it. OWNER and FINANCE
        may."""
        context = info.context
        try:
            account_id = account_of(context.viewer, MAY_EDIT_CONTACTS, "edit billing contacts")
            await context.allowance.edit(account_id)
            contact = await contacts.change(
                context.ports,
                account_id,
                decoded(Kind.CONTACT, input.billing_contact_id, "billing contact"),
                expected_version=input.expected_version,
                name=given(input.name),
                email=given(input.email),
                locale=given(input.locale),
            )
        except BillingError as error:
            return cast("UpdateBillingContactResult", await user_error(error, context))
        return UpdateBillingContactSuccess(billing_contact=BillingContact.of(contact))

    @resolved
    async def remove_billing_contact(
        self,
        info: Info,
        input: Annotated[
            RemoveBillingContactInput, strawberry.argument(description="Whom to remove.")
        ],
    ) -> RemoveBillingContactResult:
        """Stop mailing invoices to a billing contact. OWNER and FINANCE may."""
        context = info.context
        try:
            account_id = account_of(context.viewer, MAY_EDIT_CONTACTS, "edit billing contacts")
            await context.allowance.edit(account_id)
            contact_id = decoded(Kind.CONTACT, input.billing_contact_id, "billing contact")
            await contacts.remove(context.ports, account_id, contact_id)
        except BillingError as error:
            return cast("RemoveBillingContactResult", await user_error(error, context))
        return RemoveBillingContactSuccess(billing_contact_id=input.billing_contact_id)


async def _start(context: Context, account_id: UUID, request: CheckoutRequest) -> Started:
    try:
        return await again_if_raced(lambda: checkout.start(context.ports, account_id, request))
    except LostRace:
        raise InvoiceNotPayable(
            request.invoice_ids[0], "It changed a moment ago. Try again."
        ) from None


async def _confirm(context: Context, account_id: UUID, checkout_id: str) -> records.Payment:
    payment_id = decoded(Kind.CHECKOUT, checkout_id, "checkout")
    try:
        return await again_if_raced(lambda: checkout.confirm(context.ports, account_id, payment_id))
    except NotFound:
        raise NotFound("checkout") from None


async def _offered_link(
    context: Context, account_id: UUID, request: CheckoutRequest
) -> PaymentLink | None:
    """A link to pay later by, when nothing can be paid now: for a single invoice, while every
    gateway that could charge it is down."""
    ports = context.ports
    account = await context.reads.account(account_id)
    if account is None or len(set(request.invoice_ids)) != 1:
        return None
    able = [one for one in ports.gateways if one.takes(account.charge_currency)]
    if not able or not all(gateway.is_down for gateway in able):
        return None
    wanted = LinkRequest(
        invoice_id=request.invoice_ids[0],
        created_by=request.payer_email,
        idempotency_key=f"link-for:{sha256(request.idempotency_key.encode()).hexdigest()}",
        source=Source.PAYER,
    )
    try:
        made = await create_link(ports, account_id, wanted)
    except BillingError:
        return None
    return PaymentLink.of(made.link, context.reads, url=made.url)


async def _claim(context: Context, account_id: UUID, asked: ClaimPaidInput) -> Outcome:
    if not INVOICE_NUMBER.fullmatch(asked.invoice_number):
        raise NotFound("invoice")
    said = Claim(
        invoice_number=asked.invoice_number,
        reference=given(asked.reference),
        paid_on=given(asked.paid_on),
        claimed_by=context.viewer.email,
        idempotency_key=checked_key(asked.idempotency_key),
    )
    return await again_if_raced(lambda: claims.claim(context.ports, account_id, said))


def _checkout_request(viewer: Viewer, asked: StartCheckoutInput) -> CheckoutRequest:
    return CheckoutRequest(
        invoice_ids=tuple(decoded(Kind.INVOICE, one, "invoice") for one in asked.invoice_ids),
        idempotency_key=checked_key(asked.idempotency_key),
        success_url=asked.success_url,
        cancel_url=asked.cancel_url,
        payer_email=viewer.email,
    )
