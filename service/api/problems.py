"""What the rules refuse, as members of the result unions: the one place that knows both."""

from __future__ import annotations

from datetime import timedelta

from service.api.context import Context
from service.api.scalars import CurrencyCode
from service.api.types import errors as types
from service.api.types.invoices import Invoice
from service.api.types.links import PaymentLink
from service.billing import errors
from service.billing.payment import NextAction


async def user_error(error: errors.BillingError, context: Context) -> types.UserError:
    """A refusal as a member of a mutation's result union.

    Raises:
        BillingError: the same, when it is a fault of ours that no client should see.
    """
    code, message = error.code, str(error)
    match error:
        case errors.InvalidInput():
            issues = [
                types.InputIssue(path=list(one.path), code=one.code, message=one.message)
                for one in error.issues
            ]
            return types.ValidationError(code=code, message=message, issues=issues)
        case errors.NotFound():
            return types.NotFoundError(code=code, message=message)
        case errors.Forbidden():
            return types.ForbiddenError(code=code, message=message)
        case errors.InvoiceNotPayable():
            row = await context.reads.invoice(error.invoice_id)
            if row is None:
                raise error
            invoice = Invoice.of(row, context.reads)
            return types.InvoiceNotPayableError(code=code, message=message, invoice=invoice)
        case errors.GatewayRefused():
            return types.CheckoutRefusedError(
                code=code, message=message, next_action=NextAction.CONTACT_SUPPORT
            )
        case errors.GatewayUnavailable():
            return gateway_unavailable(error, context)
        case errors.ExchangeRateUnavailable():
            return types.ExchangeRateUnavailableError(
                code=code,
                message=message,
                base=CurrencyCode(error.base),
                quote=CurrencyCode(error.quote),
                as_of=error.as_of,
            )
        case errors.IdempotencyConflict():
            return types.IdempotencyConflictError(
                code=code, message=message, first_used_at=error.first_used_at
            )
        case errors.StaleVersion():
            return types.StaleVersionError(
                code=code, message=message, current_version=error.current_version
            )
        case errors.TooSoon():
            return types.TooSoonError(code=code, message=message, retry_at=error.retry_at)
        case _:
            raise error


def gateway_unavailable(
    error: errors.GatewayUnavailable, context: Context, link: PaymentLink | None = None
) -> types.GatewayUnavailableError:
    """A gateway that does not answer; with a link, if there is one, to pay by later."""
    return types.GatewayUnavailableError(
        code=error.code,
        message=str(error),
        retry_after=context.ports.clock() + timedelta(seconds=error.retry_after_s),
        payment_link=link,
        next_action=NextAction.USE_LINK if link else NextAction.WAIT,
    )
