"""One-time payment links in the browser, for somebody without an account.

A link's page shows one invoice and leads to the gateway; the page that the gateway leads back to
tells how it went. Looking uses nothing up: mail scanners open every link. What is wrong, used,
expired, revoked or dead is answered alike, byte by byte.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from service.api.outcomes import NO_RATE, NotNow, Outcome, not_now, outcome_of
from service.api.throttle import Throttle
from service.billing.errors import (
    ExchangeRateUnavailable,
    GatewayRefused,
    GatewayUnavailable,
    InvoiceNotPayable,
    NotFound,
)
from service.billing.events import DocumentState
from service.billing.money import Money
from service.billing.payment import PaymentStatus, Quote
from service.billing.period import local_day
from service.ports import Ports
from service.store import accounts, documents, invoices, payments
from service.store import payment_links as link_rows
from service.store.money_records import PaymentLink
from service.store.records import Invoice, Payment
from service.templates.guest import (
    Bill,
    OpenPage,
    Paid,
    Papers,
    message_page,
    method_text,
    pay_page,
    return_page,
)
from service.workflows import guest_returns, links, pages, payment_links, quotes
from service.workflows.guest_returns import Returned

WRONG_RATE = "10/minute"
_PAPERS_LAST = timedelta(hours=1)
_COOKIE = "paidup-return"
_TOLD = (InvoiceNotPayable, GatewayUnavailable, GatewayRefused, ExchangeRateUnavailable)
_HEADERS = {
    "cache-control": "private, no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}


@dataclass(frozen=True, slots=True)
class GuestPages:
    """The pages of payment links. `prefix` is the path that the app is reached under."""

    ports: Ports
    prefix: str = ""
    throttle: Throttle = field(default_factory=lambda: Throttle(WRONG_RATE))

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/pay/return/{token}", self.back, methods=["GET"]),
            Route("/pay/{token}", self.show, methods=["GET"]),
            Route("/pay/{token}", self.follow, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """The page with the button."""
        if wait_s := await self.throttle.wait_s(request):
            return self._too_many(wait_s)
        try:
            link, invoice = await payment_links.opened_by(self.ports, request.path_params["token"])
        except NotFound:
            return await self._not_open(request)
        return await self._pay_page(request, link, invoice)

    async def follow(self, request: Request) -> Response:
        """The button: to the gateway's page. A gateway that does not answer is told of on the page
        with the button, which works on."""
        if not self._is_own_form(request):
            return self._message(403, "Not from here", "Open the link itself, and continue there.")
        if wait_s := await self.throttle.wait_s(request):
            return self._too_many(wait_s)
        token = request.path_params["token"]
        try:
            started = await payment_links.follow(self.ports, token)
        except NotFound:
            return await self._not_open(request)
        except _TOLD as error:
            return await self._not_now(request, not_now(error))
        return self._to_gateway(token, started.payment)

    async def back(self, request: Request) -> Response:
        """Where the gateway leads back to. A HEAD, which no payer sends, asks nobody anything."""
        if wait_s := await self.throttle.wait_s(request):
            return self._too_many(wait_s)
        token, left = request.path_params["token"], "left" in request.query_params
        try:
            if request.method == "HEAD":
                returned = await guest_returns.look(self.ports, token)
            else:
                returned = await guest_returns.come_back(self.ports, token, left=left)
        except NotFound:
            return await self._refused(request)
        outcome = outcome_of(returned, left=left, at=self.ports.clock())
        return await self._return_page(returned, outcome)

    # -- pages ----------------------------------------------------------------------------------

    async def _pay_page(
        self,
        request: Request,
        link: PaymentLink,
        invoice: Invoice,
        refusal: NotNow | None = None,
    ) -> Response:
        quote = await self._quote(link)
        if quote is None:
            refusal = NO_RATE
        page = pay_page(
            await _bill_of(invoice, link.amount),
            self._papers(invoice),
            quote=quote,
            action=f"{self.prefix}/pay/{request.path_params['token']}",
            usable_until=link.expires_at.astimezone(ZoneInfo(invoice.time_zone)),
            notice=refusal.notice if refusal else None,
            static_url=self._static_url,
        )
        if refusal is None:
            return HTMLResponse(page, headers=self._headers)
        later = {"retry-after": str(refusal.retry_after_s)}
        return HTMLResponse(page, refusal.status, self._headers | later)

    async def _return_page(self, returned: Returned, outcome: Outcome) -> Response:
        invoice, payment = returned.invoice, returned.payment
        zone = ZoneInfo(invoice.time_zone)
        page = return_page(
            await _bill_of(invoice, payment.amount),
            self._papers(invoice, await self._receipt_url(returned)),
            notice=outcome.notice,
            paid=_paid(payment, zone),
            open_page=self._open_page(payment, zone) if outcome.may_pay else None,
            reload_s=outcome.reload_s,
            answer_by=outcome.answer_by and outcome.answer_by.astimezone(zone),
            static_url=self._static_url,
        )
        return HTMLResponse(page, headers=self._headers)

    async def _quote(self, link: PaymentLink) -> Quote | None:
        """What the link would charge now."""
        account = await accounts.find(link.account_id)
        today = local_day(self.ports.clock(), self.ports.seller.time_zone)
        try:
            return await quotes.price(
                self.ports, link.amount, account.charge_currency, on=today, valid_until=None
            )
        except ExchangeRateUnavailable:
            return None

    def _papers(self, invoice: Invoice, receipt_url: str | None = None) -> Papers:
        of = (self.ports, invoice.account_id, invoice.id)
        document = invoice.document
        is_ready = document is not None and document.state is DocumentState.READY
        return Papers(
            links.view_url(*of, lifetime=_PAPERS_LAST),
            links.pdf_url(*of, lifetime=_PAPERS_LAST) if is_ready else None,
            receipt_url,
        )

    async def _receipt_url(self, returned: Returned) -> str | None:
        """The receipt of what a guest has paid. One that names other invoices too is not theirs."""
        payment = returned.payment
        of = (payment.account_id, [payment.id])
        if payment.status is not PaymentStatus.CAPTURED:
            return None
        paid = [part.invoice_id for part in await payments.allocations(*of)]
        receipt = (await documents.receipts_of(*of))[payment.id]
        if receipt is None or paid != [returned.invoice.id]:
            return None
        return links.receipt_url(self.ports, payment.account_id, payment.id, lifetime=_PAPERS_LAST)

    def _open_page(self, payment: Payment, zone: ZoneInfo) -> OpenPage:
        return OpenPage(self._page_of(payment), payment.expires_at.astimezone(zone))

    def _page_of(self, payment: Payment) -> str:
        url = pages.address_of(self.ports, payment)
        if url is None:
            raise ValueError("an attempt without a page leads nowhere")
        return url

    # -- answers --------------------------------------------------------------------------------

    def _to_gateway(self, token: str, payment: Payment) -> Response:
        """The gateway's page. The cookie leads the browser's Back button, and a later look at the
        link in the same browser, to how the payment went."""
        answer = RedirectResponse(self._page_of(payment), 303, self._headers)
        answer.set_cookie(
            _COOKIE,
            payment.success_url.rpartition("/")[2],
            max_age=int(payment_links.RETURN_LASTS.total_seconds()),
            path=f"{self.prefix}/pay/{token}",
            secure=self._base.scheme == "https",
            httponly=True,
            samesite="lax",
        )
        return answer

    async def _not_now(self, request: Request, refusal: NotNow) -> Response:
        try:
            link, invoice = await payment_links.opened_by(self.ports, request.path_params["token"])
        except NotFound:
            return await self._not_open(request)
        return await self._pay_page(request, link, invoice, refusal)

    async def _not_open(self, request: Request) -> Response:
        """To the browser that used the link: how it went. To everybody else: nothing."""
        back = request.cookies.get(_COOKIE)
        claim = self.ports.links.read_return(back) if back else None
        if claim is not None:
            link = await link_rows.by_token(request.path_params["token"])
            if link is not None and link.id == claim.payment_link_id:
                where = f"{self.prefix}/pay/return/{back}?left=1"
                return RedirectResponse(where, 303, self._headers)
        return await self._refused(request)

    async def _refused(self, request: Request) -> Response:
        if wait_s := await self.throttle.note_failure(request):
            return self._too_many(wait_s)
        return self._message(
            404,
            "This link is not open",
            "It may have been used, have expired or have been replaced, or its invoice is paid. "
            "Ask whoever sent it for a new one.",
        )

    def _too_many(self, wait_s: int) -> Response:
        answer = self._message(
            429, "Too many tries", "Please wait a minute, and open the link again."
        )
        answer.headers["retry-after"] = str(wait_s)
        return answer

    def _message(self, status: int, title: str, text: str) -> Response:
        page = message_page(title, text, static_url=self._static_url)
        return HTMLResponse(page, status, self._headers)

    # -- the browser ----------------------------------------------------------------------------

    def _is_own_form(self, request: Request) -> bool:
        """Whether a form of another site was not the one that was sent. Our pages send no referrer,
        and so the origin "null": browsers tell by Sec-Fetch-Site whose form it was."""
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            return site in ("same-origin", "none")
        own = f"{self._base.scheme}://{self._base.netloc}"
        return request.headers.get("origin", "null") in ("null", own)

    @property
    def _base(self) -> SplitResult:
        return urlsplit(self.ports.policy.base_url)

    @property
    def _static_url(self) -> str:
        return f"{self.prefix}/static"

    @property
    def _headers(self) -> dict[str, str]:
        # Browsers hold a form to its policy also where the answer leads on to: to the gateway.
        targets = "https:" if self._base.scheme == "https" else "http: https:"
        policy = (
            "default-src 'none'; style-src 'self'; font-src 'self'; img-src data:; "
            f"base-uri 'none'; form-action 'self' {targets}; frame-ancestors 'none'"
        )
        return {**_HEADERS, "content-security-policy": policy}


async def _bill_of(invoice: Invoice, due: Money) -> Bill:
    account = await accounts.find(invoice.account_id)
    parts = await invoices.frozen_parts(invoice.account_id, invoice.id)
    if invoice.number is None or invoice.issued_on is None or invoice.due_on is None:
        raise ValueError("a draft is paid by nobody")
    return Bill(
        number=invoice.number,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        seller=parts.seller,
        buyer=parts.buyer,
        due=due,
        locale=account.locale,
    )


def _paid(payment: Payment, zone: ZoneInfo) -> Paid | None:
    if payment.status is not PaymentStatus.CAPTURED or payment.captured_at is None:
        return None
    method = method_text(payment.method_kind, payment.method_brand, payment.method_last4)
    return Paid(payment.quote.charged, method, payment.captured_at.astimezone(zone))
