"""Answers without what differs from run to run: ids, cursors, signatures and the gateway's names.

Each is exchanged for one that is made from what it names, so that an example that links two answers
still does, and two runs can be compared letter by letter. Times stay: the clock stands still.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid5

from service.api import cursors
from service.billing.errors import BadCursor
from service.billing.ids import Kind, decode, encode
from service.store.invoice_pages import Place

_NAMES = UUID("5f0c1d5e-3a51-4d0e-9d55-7d9a4f1c2b60")
_ID = re.compile(rf"\b(?:{'|'.join(Kind)})_[0-9A-HJKMNP-TV-Z]{{26}}\b")
_CURSOR = re.compile(r"A[WX][A-Za-z0-9_-]{22,40}")
_AT_GATEWAY = re.compile(r"\b(cs_test|pi|ch|py|evt|re|dp|du|pm|txn)_([A-Za-z0-9]{8,})")
_SIGNED = re.compile(r"(\?token=)[\w.-]+")
_SECRET_LINK = re.compile(r"(/pay/)[\w-]{20,}")
_REQUEST = re.compile(r"[0-9a-f]{32}")
_STOPPED = re.compile(r"(?<=stopped after )[\d.]+(?= seconds)")
_AGAIN = re.compile(r"(?<=Try again in )\d+(?= s\b)")
_REPLACED: tuple[tuple[re.Pattern[str], str], ...] = (
    (_SIGNED, r"\1signed-for-some-minutes"),
    (_SECRET_LINK, r"\1told-once-and-not-kept"),
    (_STOPPED, "15"),
    (_AGAIN, "60"),
)


class Neutral:
    """Makes the answers of one run comparable to those of any other."""

    def __init__(self) -> None:
        self._labels: dict[UUID, str] = {}
        self._counts: dict[str, int] = {}
        self._accounts: list[UUID] = []
        self._gateway: dict[str, str] = {}

    def name(self, value: UUID, label: str, *, is_account: bool = False) -> None:
        """Give a thing a label of its own, the same in every example."""
        self._labels[value] = label
        if is_account:
            self._accounts.append(value)

    def of(self, value: Any) -> Any:
        """The same value with everything exchanged."""
        if isinstance(value, dict):
            return {key: self._of_member(key, inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.of(inner) for inner in value]
        return self._of_text(value) if isinstance(value, str) else value

    def _of_member(self, key: str, value: Any) -> Any:
        if key == "requestId" and isinstance(value, str) and _REQUEST.fullmatch(value):
            return "0123456789abcdef0123456789abcdef"
        if key == "retryAfterSeconds":
            return 60
        return self.of(value)

    def _of_text(self, text: str) -> str:
        if _CURSOR.fullmatch(text):
            return self._of_cursor(text)
        text = _ID.sub(lambda found: self._of_id(found[0]), text)
        text = _AT_GATEWAY.sub(lambda found: self._of_gateways(found[1], found[0]), text)
        for pattern, replacement in _REPLACED:
            text = pattern.sub(replacement, text)
        return text

    def _of_id(self, text: str) -> str:
        kind, value = decode(text)
        return encode(kind, self._of_uuid(value, kind))

    def _of_uuid(self, value: UUID, kind: Kind) -> UUID:
        # A checkout and its payment are one row.
        named = Kind.PAYMENT if kind is Kind.CHECKOUT else kind
        if value not in self._labels:
            self._labels[value] = f"{named} {self._next(named)}"
        return uuid5(_NAMES, self._labels[value])

    def _next(self, kind: str) -> int:
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return self._counts[kind]

    def _of_gateways(self, prefix: str, text: str) -> str:
        if text not in self._gateway:
            self._gateway[text] = f"{prefix}_example{self._next(prefix):04d}"
        return self._gateway[text]

    def _of_cursor(self, text: str) -> str:
        readers: tuple[Callable[[str], str], ...] = (
            self._of_event,
            self._of_invoice,
            lambda one: cursors.of_payment(self._of_uuid(cursors.read_payment(one), Kind.PAYMENT)),
            lambda one: cursors.of_account(self._of_uuid(cursors.read_account(one), Kind.ACCOUNT)),
            lambda one: cursors.of_case(self._of_uuid(cursors.read_case(one), Kind.CASE)),
        )
        for read in readers:
            with contextlib.suppress(BadCursor):
                return read(text)
        return text

    def _of_event(self, text: str) -> str:
        for account in self._accounts:
            with contextlib.suppress(BadCursor):
                seq = cursors.read_event(text, account)
                return cursors.of_event(self._of_uuid(account, Kind.ACCOUNT), seq)
        raise BadCursor

    def _of_invoice(self, text: str) -> str:
        place = cursors.read_invoice(text)
        return cursors.of_invoice(Place(place.issued_on, self._of_uuid(place.id, Kind.INVOICE)))
