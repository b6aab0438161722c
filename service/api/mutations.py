"""What can be done. Each mutation calls one workflow and names each of its refusals."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar, cast
from uuid import UUID

import strawberry

from service.api.context import Context, Info, Viewer
from service.api.fields import given, resolved
from service.api.problems import user_error
from service.api.types.accounts import BillingContact
from service.api.types.checkout import CheckoutSession
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
    Forbidden,
    InvalidInput,
    InvoiceNotPayable,
    LostRace,
    NotFound,
)
from service.billing.ids import Kind, decode_as
from service.billing.people import MAY_EDIT_CONTACTS, MAY_PAY, Role
from service.store.records import Payment
from service.workflows import checkout, contacts
from service.workflows.checkout import CheckoutRequest, Started

_KEY = re.compile(r"[\x21-\x7e]{1,255}")

ResultT = TypeVar("ResultT")


@strawberry.type(
    description="What can be done. Each answers its result or a UserError; `errors` is for "
    "requests that are wrong in themselves."
)
class Mutation:
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
            account_id = _account_of(context.viewer, MAY_PAY, "pay")
            request = _checkout_request(context.viewer, input)
            started = await _start(context, account_id, request)
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
            account_id = _account_of(context.viewer, MAY_PAY, "pay")
            payment = await _confirm(context, account_id, input.checkout_session_id)
        except BillingError as error:
            return cast("ConfirmCheckoutResult", await user_error(error, context))
        return ConfirmCheckoutSuccess(checkout_session=CheckoutSession.of(payment, context.reads))

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
            account_id = _account_of(context.viewer, MAY_EDIT_CONTACTS, "edit billing contacts")
            contact = await contacts.add(
                context.ports,
                account_id,
                idempotency_key=_checked_key(input.idempotency_key),
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
            account_id = _account_of(context.viewer, MAY_EDIT_CONTACTS, "edit billing contacts")
            contact = await contacts.change(
                account_id,
                _decoded(Kind.CONTACT, input.id, "billing contact"),
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
            account_id = _account_of(context.viewer, MAY_EDIT_CONTACTS, "edit billing contacts")
            contact_id = _decoded(Kind.CONTACT, input.id, "billing contact")
            await contacts.remove(context.ports, account_id, contact_id)
        except BillingError as error:
            return cast("RemoveBillingContactResult", await user_error(error, context))
        return RemoveBillingContactSuccess(removed_id=input.id)


async def again_if_raced(work: Callable[[], Awaitable[ResultT]]) -> ResultT:
    """Do something; if something else changed a row under it, do it once more.

    Raises:
        LostRace: it happened again.
    """
    try:
        return await work()
    except LostRace:
        return await work()


async def _start(context: Context, account_id: UUID, request: CheckoutRequest) -> Started:
    try:
        return await again_if_raced(lambda: checkout.start(context.ports, account_id, request))
    except LostRace:
        raise InvoiceNotPayable(
            request.invoice_ids[0], "It changed a moment ago. Try again."
        ) from None


async def _confirm(context: Context, account_id: UUID, checkout_id: str) -> Payment:
    payment_id = _decoded(Kind.CHECKOUT, checkout_id, "checkout")
    try:
        return await again_if_raced(lambda: checkout.confirm(context.ports, account_id, payment_id))
    except NotFound:
        raise NotFound("checkout") from None


def _account_of(viewer: Viewer, allowed: frozenset[Role], what: str) -> UUID:
    """The account to act for.

    Raises:
        Forbidden: the viewer's role does not allow it; the seller's staff never acts for one.
    """
    if viewer.role not in allowed or viewer.account_id is None:
        raise Forbidden(f"Your role {viewer.role} may not {what}.")
    return viewer.account_id


def _checkout_request(viewer: Viewer, asked: StartCheckoutInput) -> CheckoutRequest:
    return CheckoutRequest(
        invoice_ids=tuple(_decoded(Kind.INVOICE, one, "invoice") for one in asked.invoice_ids),
        idempotency_key=_checked_key(asked.idempotency_key),
        success_url=asked.success_url,
        cancel_url=asked.cancel_url,
        payer_email=viewer.email,
    )


def _decoded(kind: Kind, id: str, what: str) -> UUID:
    """Raises NotFound: what is no id of that kind names nothing."""
    found = decode_as(kind, id)
    if found is None:
        raise NotFound(what)
    return found


def _checked_key(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise InvalidInput.one(
            "idempotencyKey", "INVALID", "An idempotency key is 1 to 255 visible ASCII characters."
        )
    return key
