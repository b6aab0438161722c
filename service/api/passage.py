"""Where a payer's browser passes between us and a gateway: on to a page that wants a form, and back
from one that sends signed fields along."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from service.api.webhooks import body_of
from service.billing.errors import BadSignature, NotFound
from service.billing.ids import Kind, decode_as
from service.billing.payment import PaymentStatus
from service.ports import Ports
from service.store import payments
from service.store.records import Payment
from service.templates.passage import form_page, message_page
from service.workflows.returns import receive_callback, return_url

log = structlog.get_logger(__name__)

_BODY_BYTES_MAX = 64 * 1024
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src data:; "
    "base-uri 'none'; form-action {}; frame-ancestors 'none'"
)
_HEADERS = {
    "cache-control": "private, no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}


@dataclass(frozen=True, slots=True)
class Passage:
    """The way to a gateway's page and back. `prefix` is the path that the app is reached under."""

    ports: Ports
    prefix: str = ""

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/checkout/{id}/go", self.go, methods=["GET"]),
            Route("/callbacks/{gateway}", self.come_back, methods=["POST"]),
        ]

    async def go(self, request: Request) -> Response:
        """Send the browser on with the gateway's form."""
        payment = await self._payable(request)
        if payment is None or payment.page_url is None:
            return self._message(
                404,
                "Nothing can be paid here any more",
                "Open the invoice again, and start the payment from there.",
            )
        page = form_page(
            payment.page_url,
            payment.page_form or {},
            back_url=return_url(payment, payment.cancel_url),
            static_url=f"{self.prefix}/static",
        )
        # Browsers hold every redirect that follows a form to this too: the host stays open.
        scheme = urlsplit(payment.page_url).scheme
        return _page(page, form_action=f"{scheme}:")

    async def come_back(self, request: Request) -> Response:
        """Take what the browser brings from the gateway, and lead it to the payer's own page."""
        body = await body_of(request, _BODY_BYTES_MAX)
        if body is None:
            return self._message(413, "This is too long", "A payment page sends less.")
        try:
            url = await receive_callback(
                self.ports, body, request.headers, gateway=request.path_params["gateway"]
            )
        except (BadSignature, NotFound) as error:
            log.warning("callback_refused", code=error.code)
            return self._message(
                400,
                "This did not come from the payment page",
                "If you have paid, your invoice shows it within a few minutes.",
            )
        return RedirectResponse(url, 303, headers=_HEADERS)

    async def _payable(self, request: Request) -> Payment | None:
        """The attempt of the path, if the token opens it and its page is open."""
        claim = self.ports.links.read_checkout(request.query_params.get("token", ""))
        payment_id = decode_as(Kind.CHECKOUT, request.path_params["id"])
        if claim is None or claim.payment_id != payment_id:
            return None
        found = await payments.find_many(claim.account_id, [claim.payment_id])
        return found[0] if found and found[0].status is PaymentStatus.PENDING else None

    def _message(self, status: int, title: str, text: str) -> Response:
        page = message_page(title, text, static_url=f"{self.prefix}/static")
        return _page(page, status=status)


def _page(page: str, *, status: int = 200, form_action: str = "'none'") -> Response:
    policy = {"content-security-policy": _POLICY.format(form_action)}
    return HTMLResponse(page, status, _HEADERS | policy)
