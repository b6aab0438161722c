"""Printers and mailers for tests that are about what happens around printing and mailing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from service.ports import Mail, PrinterUnavailable

PDF = b"%PDF-1.7 a page that is always the same"


class PlainPrinter:
    """Prints the same bytes for every page; fails first as often as it is told."""

    def __init__(self, *, failures: int = 0, body: bytes = PDF) -> None:
        self.printed: list[str] = []
        self.body = body
        self._failures = failures

    async def print_pdf(self, html: str) -> bytes:
        self.printed.append(html)
        # As with a browser, others get their turn meanwhile.
        await asyncio.sleep(0.01)
        if len(self.printed) <= self._failures:
            raise PrinterUnavailable("the browser did not answer")
        return self.body


class ListMailer:
    """Takes every mail, or answers with the errors it is given, in their order."""

    def __init__(self, errors: Iterable[Exception | None] = ()) -> None:
        self.sent: list[Mail] = []
        self._errors = iter(errors)

    async def send(self, mail: Mail) -> None:
        error = next(self._errors, None)
        if error is not None:
            raise error
        self.sent.append(mail)
