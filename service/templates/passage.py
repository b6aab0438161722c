"""The pages between us and a gateway: one that sends a payer on with a form, and plain messages."""

from __future__ import annotations

from collections.abc import Mapping

from service.templates.render import filled

_LOCALE = "en"


def form_page(url: str, fields: Mapping[str, str], *, back_url: str, static_url: str) -> str:
    """A form that posts `fields` to `url`. It is sent by a script where scripts run, else by its
    button; `back_url` is for who would rather not pay."""
    return filled(
        "passage.html",
        _LOCALE,
        title="To the payment page",
        text="The payment page opens in a moment. If it does not, press the button.",
        url=url,
        fields=fields,
        back_url=back_url,
        static_url=static_url,
    )


def message_page(title: str, text: str, *, static_url: str) -> str:
    """A page that says one thing."""
    return filled("passage.html", _LOCALE, title=title, text=text, url=None, static_url=static_url)
