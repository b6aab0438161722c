"""What the seller's staff can do for any account. Each mutation calls one workflow and names each
of its refusals."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, cast
from uuid import UUID

import strawberry

from service.api.context import Context, Info
from service.api.fields import given, resolved
from service.api.inputs import again_if_raced, check_role, checked_key, decoded, owned
from service.api.problems import user_error
from service.api.types.cases import SupportCase
from service.api.types.links import PaymentLink
from service.api.types.money_results import (
    CreatePaymentLinkInput,
    CreatePaymentLinkResult,
    CreatePaymentLinkSuccess,
    RecordOfflinePaymentInput,
    RecordOfflinePaymentResult,
    RecordOfflinePaymentSuccess,
    RecordOfflineRefundInput,
    RecordOfflineRefundResult,
    RecordOfflineRefundSuccess,
    RefundPaymentInput,
    RefundPaymentResult,
    RefundPaymentSuccess,
    ResolveSupportCaseInput,
    ResolveSupportCaseResult,
    ResolveSupportCaseSuccess,
    RevokePaymentLinkInput,
    RevokePaymentLinkResult,
    RevokePaymentLinkSuccess,
    SettleClaimInput,
    SettleClaimResult,
    SettleClaimSuccess,
)
from service.api.types.payments import Payment, payment_of
from service.api.types.refunds import Refund
from service.billing.errors import BillingError, GatewayRefused, GatewayUnavailable
from service.billing.ids import Kind
from service.billing.people import MAY_MAKE_LINKS, MAY_MOVE_MONEY, MAY_WORK_ON_CASES
from service.store import cases as case_store
from service.store import invoices, payments, records
from service.store import payment_links as link_store
from service.workflows import cases, offline, offline_refunds, payment_links, refunds
from service.workflows.claim_settling import Decision, settle_with
from service.workflows.offline import OfflinePayment
from service.workflows.offline_refunds import OfflineRefund
from service.workflows.payment_links import LinkRequest
from service.workflows.refunds import RefundRequest


@strawberry.type(description="What the seller's staff can do for any account.")
class StaffMutation:
    @resolved
    async def settle_claim(
        self,
        info: Info,
        input: Annotated[SettleClaimInput, strawberry.argument(description="What to decide.")],
    ) -> SettleClaimResult:
        """Decide that a candidate is the payment that a customer claims: it is looked up again,
        booked on the invoice, and the case is closed. SUPPORT and OPERATOR may."""
        context = info.context
        try:
            check_role(context.viewer, MAY_WORK_ON_CASES, "work on support cases")
            account_id, case_id = await owned(
                Kind.CASE, input.support_case_id, case_store.owner_of, "support case"
            )
            payment = await _settle(context, account_id, case_id, input)
        except BillingError as error:
            return cast("SettleClaimResult", await user_error(error, context))
        return SettleClaimSuccess(
            support_case=await _case(context, account_id, case_id),
            payment=Payment.of(payment, context.reads),
        )

    @resolved
    async def resolve_support_case(
        self,
        info: Info,
        input: Annotated[
            ResolveSupportCaseInput, strawberry.argument(description="What to close.")
        ],
    ) -> ResolveSupportCaseResult:
        """Close a support case by hand. It moves no money: a case about money that is still held
        under review is refused, and closes itself. So is one that is closed, unless with the same
        words. SUPPORT and OPERATOR may."""
        context = info.context
        try:
            check_role(context.viewer, MAY_WORK_ON_CASES, "work on support cases")
            account_id, case_id = await owned(
                Kind.CASE, input.support_case_id, case_store.owner_of, "support case"
            )
            closed = await cases.resolve(
                context.ports,
                account_id,
                case_id,
                by=context.viewer.email,
                resolution=input.resolution,
            )
        except BillingError as error:
            return cast("ResolveSupportCaseResult", await user_error(error, context))
        return ResolveSupportCaseSuccess(support_case=SupportCase.of(closed, context.reads))

    @resolved
    async def create_payment_link(
        self,
        info: Info,
        input: Annotated[CreatePaymentLinkInput, strawberry.argument(description="What for.")],
    ) -> CreatePaymentLinkResult:
        """Make a link that pays what is due on an invoice now, once, also for somebody without an
        account. SUPPORT and OPERATOR may."""
        context, hours = info.context, given(input.expires_in_hours)
        try:
            check_role(context.viewer, MAY_MAKE_LINKS, "make payment links")
            account_id, invoice_id = await owned(
                Kind.INVOICE, input.invoice_id, invoices.owner_of, "invoice"
            )
            wanted = LinkRequest(
                invoice_id=invoice_id,
                created_by=context.viewer.email,
                idempotency_key=checked_key(input.idempotency_key),
                lifetime=timedelta(hours=hours) if hours is not None else None,
            )
            made = await payment_links.create(context.ports, account_id, wanted)
        except BillingError as error:
            return cast("CreatePaymentLinkResult", await user_error(error, context))
        return CreatePaymentLinkSuccess(
            payment_link=PaymentLink.of(made.link, context.reads, url=made.url)
        )

    @resolved
    async def revoke_payment_link(
        self,
        info: Info,
        input: Annotated[RevokePaymentLinkInput, strawberry.argument(description="Which one.")],
    ) -> RevokePaymentLinkResult:
        """End a payment link; ending it again changes nothing. The payment page that it led to is
        closed too, unless it was paid on before. SUPPORT and OPERATOR may."""
        context = info.context
        try:
            check_role(context.viewer, MAY_MAKE_LINKS, "make payment links")
            account_id, link_id = await owned(
                Kind.LINK, input.payment_link_id, link_store.owner_of, "payment link"
            )
            ended = await payment_links.revoke(
                context.ports, account_id, link_id, by=context.viewer.email
            )
        except BillingError as error:
            return cast("RevokePaymentLinkResult", await user_error(error, context))
        return RevokePaymentLinkSuccess(payment_link=PaymentLink.of(ended, context.reads))

    @resolved
    async def refund_payment(
        self,
        info: Info,
        input: Annotated[RefundPaymentInput, strawberry.argument(description="What to refund.")],
    ) -> RefundPaymentResult:
        """Give a captured payment back through its gateway, in whole or in part. OPERATOR may."""
        context, charged = info.context, given(input.charged)
        try:
            check_role(context.viewer, MAY_MOVE_MONEY, "refund payments")
            account_id, payment_id = await owned(
                Kind.PAYMENT, input.payment_id, payments.owner_of, "payment"
            )
            wanted = RefundRequest(
                payment_id=payment_id,
                charged_minor=int(charged) if charged is not None else None,
                note=input.note,
                requested_by=context.viewer.email,
                idempotency_key=checked_key(input.idempotency_key),
            )
            refund = await refunds.request(context.ports, account_id, wanted)
        except BillingError as error:
            return cast("RefundPaymentResult", await user_error(error, context))
        return RefundPaymentSuccess(
            refund=Refund.of(refund, context.reads),
            payment=await payment_of(account_id, payment_id, context.reads),
        )

    @resolved
    async def record_offline_payment(
        self,
        info: Info,
        input: Annotated[
            RecordOfflinePaymentInput, strawberry.argument(description="What was received.")
        ],
    ) -> RecordOfflinePaymentResult:
        """Record a bank transfer for an invoice: a part of what is due, all of it, or more.
        OPERATOR may."""
        context = info.context
        try:
            check_role(context.viewer, MAY_MOVE_MONEY, "record bank transfers")
            account_id, invoice_id = await owned(
                Kind.INVOICE, input.invoice_id, invoices.owner_of, "invoice"
            )
            received = OfflinePayment(
                invoice_id=invoice_id,
                amount_minor=int(input.amount),
                reference=input.bank_reference,
                received_on=input.received_on,
                recorded_by=context.viewer.email,
                idempotency_key=checked_key(input.idempotency_key),
                beyond_due=input.beyond_due,
            )
            payment = await offline.record(context.ports, account_id, received)
        except BillingError as error:
            return cast("RecordOfflinePaymentResult", await user_error(error, context))
        return RecordOfflinePaymentSuccess(payment=Payment.of(payment, context.reads))

    @resolved
    async def record_offline_refund(
        self,
        info: Info,
        input: Annotated[
            RecordOfflineRefundInput, strawberry.argument(description="What was sent back.")
        ],
    ) -> RecordOfflineRefundResult:
        """Record that money of a bank transfer went back by bank, in whole or in part. It moves no
        money. OPERATOR may."""
        context = info.context
        try:
            check_role(context.viewer, MAY_MOVE_MONEY, "record bank transfers")
            account_id, payment_id = await owned(
                Kind.PAYMENT, input.payment_id, payments.owner_of, "payment"
            )
            returned = OfflineRefund(
                payment_id=payment_id,
                amount_minor=int(input.amount),
                reference=input.bank_reference,
                returned_on=input.returned_on,
                note=given(input.note),
                recorded_by=context.viewer.email,
                idempotency_key=checked_key(input.idempotency_key),
                beyond_surplus=input.beyond_surplus,
            )
            refund = await offline_refunds.record(context.ports, account_id, returned)
        except BillingError as error:
            return cast("RecordOfflineRefundResult", await user_error(error, context))
        return RecordOfflineRefundSuccess(
            refund=Refund.of(refund, context.reads),
            payment=await payment_of(account_id, payment_id, context.reads),
        )


async def _settle(
    context: Context, account_id: UUID, case_id: UUID, asked: SettleClaimInput
) -> records.Payment:
    """Raises BillingError; a gateway that is not configured any more counts as one that does not
    answer."""
    decided = Decision(
        case_id=case_id,
        candidate_id=decoded(Kind.CANDIDATE, asked.candidate_id, "candidate"),
        resolution=asked.resolution,
        decided_by=context.viewer.email,
    )
    try:
        return await again_if_raced(lambda: settle_with(context.ports, account_id, decided))
    except GatewayRefused:
        raise GatewayUnavailable from None


async def _case(context: Context, account_id: UUID, case_id: UUID) -> SupportCase:
    return SupportCase.of(await case_store.find(account_id, case_id), context.reads)
