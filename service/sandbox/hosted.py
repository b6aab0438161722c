"""The hosted payment page: plain forms, no script, strict content policy."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from service.sandbox import cards, checkout, currencies, payform, sessions, timers
from service.sandbox.api import read_body
from service.sandbox.book import Book
from service.sandbox.errors import JSON, InvalidRequest, Missing
from service.sandbox.params import decode
from service.sandbox.payform import PayForm
from service.sandbox.payments import Outcome
from service.sandbox.territories import COUNTRIES

HERE = Path(__file__).parent
PAY_WORDS = {"book": "Book", "donate": "Donate"}
#: A page can do nothing but show itself and send its form. Browsers hold every redirect that
#: follows a form to form-action, so it has to let the seller's return page lead on anywhere.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "form-action 'self' https: http:"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
STATUS = {Outcome.COMPLETE: 200, Outcome.EXPIRED: 410}


class HostedPages:
    """The pages a payer sees."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            auto_reload=False,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the pages and of their style sheet."""
        page = "/c/pay/{id}"
        return [
            Route(page, self.show, methods=["GET"]),
            Route(page, self.submit, methods=["POST"]),
            Route(f"{page}/authenticate", self.show_challenge, methods=["GET"]),
            Route(f"{page}/authenticate", self.answer_challenge, methods=["POST"]),
            Mount("/c/assets", StaticFiles(directory=HERE / "static")),
        ]

    async def show(self, request: Request) -> Response:
        """Show the payment form, or how the session ended."""
        session = self._session(request)
        if isinstance(session, Response):
            return session
        intent = checkout.current_intent(self._book, session["id"])
        if intent is not None and intent["status"] == "requires_action":
            return _redirect(f"{request.url.path.rsplit('/', 1)[-1]}/authenticate")
        return self._form(session, PayForm(self._prefilled(session)))

    async def submit(self, request: Request) -> Response:
        """Try to pay."""
        session = self._session(request)
        if isinstance(session, Response):
            return session
        try:
            fields = dict(decode(await read_body(request)))
        except InvalidRequest:
            return self._message("form", 400)
        form = payform.read(fields, session, self._book.now())
        if form.payer is None or form.means is None:
            return self._form(session, form, status=422)
        with self._book.transaction():
            outcome = checkout.submit(self._book, session["id"], form.payer, form.means)
        if outcome is Outcome.CHALLENGE:
            return _redirect(f"{session['id']}/authenticate")
        if outcome is Outcome.DECLINED:
            return self._form(self._book.get("session", session["id"]), form, status=402)
        return self._leave(session, outcome)

    async def show_challenge(self, request: Request) -> Response:
        """Show the challenge of the card's bank."""
        session = self._session(request)
        if isinstance(session, Response):
            return session
        intent = checkout.current_intent(self._book, session["id"])
        if intent is None or intent["status"] != "requires_action":
            return _redirect(f"../{session['id']}")
        method = self._book.get("payment_method", intent["payment_method"])
        return self._page("authenticate.html", session, card=method["card"], assets="../../assets")

    async def answer_challenge(self, request: Request) -> Response:
        """Take the payer's answer to the challenge."""
        session = self._session(request)
        if isinstance(session, Response):
            return session
        try:
            passed = dict(decode(await read_body(request))).get("result") == "complete"
            with self._book.transaction():
                outcome = checkout.authenticate(self._book, session["id"], passed=passed)
        except InvalidRequest:
            return _redirect(f"../{session['id']}")
        if outcome is Outcome.DECLINED:
            return _redirect(f"../{session['id']}")
        return self._leave(session, outcome)

    def _session(self, request: Request) -> JSON | Response:
        """Return the open session of a request, or the page that says why there is none."""
        if self._book.faults.outage:
            return self._message("outage", 503)
        timers.run_due(self._book)
        try:
            session = self._book.get("session", request.path_params["id"])
        except Missing:
            return self._message("missing", 404)
        over = checkout.state(self._book, session["id"])
        if over is None:
            return session
        # A second submit of a paid page ends where the first one did.
        if over is Outcome.COMPLETE and request.method == "POST":
            return self._leave(session, over)
        return self._message(over.value, STATUS[over], session)

    def _leave(self, session: JSON, outcome: Outcome) -> Response:
        if outcome is Outcome.EXPIRED:
            return self._message("expired", STATUS[outcome], session)
        return _redirect(success_url(session))

    def _prefilled(self, session: JSON) -> dict[str, str]:
        """Return what the form starts with: the last try's answers, else a likely country."""
        values = dict.fromkeys(payform.REMEMBERED, "")
        values["method"] = session["payment_method_types"][0]
        values["country"] = "IN" if session["currency"] == "inr" else "US"
        tried = self._book.get("checkout", session["id"]).get("attempt")
        if tried is None:
            return values
        payer = tried["payer"]
        address = {name: text for name, text in payer["address"].items() if text}
        return values | {"email": payer["email"], "name": payer["name"]} | address

    def _form(self, session: JSON, form: PayForm, *, status: int = 200) -> Response:
        intent = checkout.current_intent(self._book, session["id"])
        refused = (intent or {}).get("last_payment_error")
        return self._page(
            "pay.html",
            session,
            status,
            values=form.values,
            errors=form.errors,
            alert=refused["message"] if refused and not form.errors else None,
            email=payform.fixed_email(session),
            with_address=payform.needs_address(session),
            countries=COUNTRIES,
            methods=session["payment_method_types"],
            debit=sessions.BANK_DEBIT,
            accounts=cards.TEST_ACCOUNTS.values(),
            test_cards=[card for card in cards.TEST_CARDS.values() if card.listed],
            grouped=cards.grouped,
            settles_after_s=self._book.settings.debit_settles_after_s,
            pay_word=PAY_WORDS.get(session["submit_type"] or "", "Pay"),
            assets="../assets",
        )

    def _page(self, template: str, session: JSON, status: int = 200, **values: Any) -> Response:
        currency = session["currency"]
        asked = self._book.get("checkout", session["id"])
        html = self._templates.get_template(template).render(
            session=session,
            seller=self._book.settings.seller_name,
            total=currencies.display(session["amount_total"], currency),
            lines=list(zip(asked["line_items"], asked["descriptions"], strict=True)),
            money=lambda minor: currencies.display(minor, currency),
            **values,
        )
        return HTMLResponse(html, status, HEADERS)

    def _message(self, reason: str, status: int, session: JSON | None = None) -> Response:
        html = self._templates.get_template("message.html").render(
            reason=reason,
            seller=self._book.settings.seller_name,
            back=session
            and (success_url(session) if reason == "complete" else session["cancel_url"]),
            assets="../assets",
        )
        return HTMLResponse(html, status, HEADERS)


def success_url(session: JSON) -> str:
    """Return where a payer goes after paying."""
    url: str = session["success_url"]
    return url.replace("{CHECKOUT_SESSION_ID}", session["id"])


def _redirect(url: str) -> Response:
    return RedirectResponse(url, 303, {"Cache-Control": "no-store"})
