"""What mutations are given: who may, for which account, and what a text stands for."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from service.api.context import Viewer
from service.billing.errors import Forbidden, InvalidInput, LostRace, NotFound
from service.billing.ids import Kind, decode_as
from service.billing.people import Role

# Anything else is no invoice number, and some of it is no text that a database takes.
INVOICE_NUMBER = re.compile(r"[A-Za-z0-9/-]{1,16}", re.ASCII)
_KEY = re.compile(r"[\x21-\x7e]{1,255}")

ResultT = TypeVar("ResultT")


async def again_if_raced(work: Callable[[], Awaitable[ResultT]]) -> ResultT:
    """Do something; if something else changed a row under it, do it once more.

    Raises:
        LostRace: it happened again.
    """
    try:
        return await work()
    except LostRace:
        return await work()


def account_of(viewer: Viewer, allowed: frozenset[Role], what: str) -> UUID:
    """The account to act for.

    Raises:
        Forbidden: the viewer's role does not allow it; the seller's staff never acts for one.
    """
    check_role(viewer, allowed, what)
    if viewer.account_id is None:
        raise Forbidden(f"Your role {viewer.role} may not {what}.")
    return viewer.account_id


def check_role(viewer: Viewer, allowed: frozenset[Role], what: str) -> None:
    """Raises Forbidden: the viewer's role does not allow it."""
    if viewer.role not in allowed:
        raise Forbidden(f"Your role {viewer.role} may not {what}.")


async def owned(
    kind: Kind, id: str, owner_of: Callable[[UUID], Awaitable[UUID]], what: str
) -> tuple[UUID, UUID]:
    """Whose something is that the seller's staff acts on, and what it is.

    Raises:
        NotFound: there is no such thing.
    """
    found = decoded(kind, id, what)
    try:
        return await owner_of(found), found
    except NotFound:
        raise NotFound(what) from None


def decoded(kind: Kind, id: str, what: str) -> UUID:
    """Raises NotFound: what is no id of that kind names nothing."""
    found = decode_as(kind, id)
    if found is None:
        raise NotFound(what)
    return found


def checked_key(key: str) -> str:
    """Raises InvalidInput: not 1 to 255 visible ASCII characters."""
    if not _KEY.fullmatch(key):
        raise InvalidInput.one(
            "idempotencyKey", "INVALID", "An idempotency key is 1 to 255 visible ASCII characters."
        )
    return key
