"""Finding accounts, for the seller's staff: in the order of their names, by keyset."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from service.store.database import fetch
from service.store.records import Account

# What is found by other things than its name is sorted by name for each page; among more than this
# nobody finds the one they look for.
OTHER_MATCHES_MAX = 100

_ORDER = 'lower({}.name) COLLATE "C", {}.id'


@dataclass(frozen=True, slots=True)
class AccountPage:
    """Accounts in the order of their names, and whether there are more."""

    accounts: list[Account]
    has_more: bool


@dataclass
class _Statement:
    """A statement in the making, with its arguments, numbered as they are added."""

    arguments: list[Any] = field(default_factory=list)

    def argument(self, value: Any) -> str:
        self.arguments.append(value)
        return f"${len(self.arguments)}"


async def page(*, size: int, search: str | None = None, after: UUID | None = None) -> AccountPage:
    """One page of the accounts, in one statement; of those whose name, mail address, reference or
    contact's mail address begins with `search` in letters of any case, or which have the invoice
    of this number. `after` is the account to go on after.
    """
    statement = _Statement()
    beyond = _beyond(statement.argument(after)) if after else "TRUE"
    matches = "TRUE"
    if search is not None:
        # An array, so that these are looked up by their ids, however many PostgreSQL expects.
        matches = f"a.id = ANY(ARRAY({_found(statement.argument(search), beyond, size + 1)}))"
    rows = await fetch(
        f"SELECT a.* FROM account a WHERE {matches} AND {beyond}"  # noqa: S608
        f" ORDER BY {_ORDER.format('a', 'a')} LIMIT {size + 1}",
        *statement.arguments,
    )
    return AccountPage([Account.read(row) for row in rows[:size]], len(rows) > size)


def _beyond(place: str) -> str:
    """The condition that an account comes after another in the order."""
    name = f'(SELECT lower(name) COLLATE "C" FROM account WHERE id = {place})'  # noqa: S608
    return f"({_ORDER.format('a', 'a')}) > ({name}, {place})"


def _found(search: str, beyond: str, count: int) -> str:
    """The ids of the accounts that match. Each part reads one index, from a place to a place."""
    named = (
        f"SELECT a.id FROM account a WHERE {_begins('a.name', search)} AND {beyond}"  # noqa: S608
        f" ORDER BY {_ORDER.format('a', 'a')} LIMIT {count}"
    )
    others = [
        _first("account", "id", "email", search),
        _first("account", "id", "reference", search),
        _first("billing_contact", "account_id", "email", search, "removed_at IS NULL"),
        "SELECT account_id FROM invoice WHERE status <> 'DRAFT'"  # noqa: S608
        f" AND number IN ({search}, upper({search}))",
    ]
    return " UNION ".join(f"({part})" for part in (named, *others))


def _first(table: str, account_id: str, column: str, search: str, condition: str = "TRUE") -> str:
    return (
        f"SELECT {account_id} FROM {table} WHERE {_begins(column, search)}"  # noqa: S608
        f' AND {condition} ORDER BY lower({column}) COLLATE "C", id LIMIT {OTHER_MATCHES_MAX}'
    )


def _begins(column: str, search: str) -> str:
    """Between the text itself and the text with the last of all characters after it; there is no
    pattern in it that a text could break."""
    folded, last = f"lower({search}::text)", "chr(1114111)"
    return (
        f'lower({column}) COLLATE "C" >= {folded} COLLATE "C"'
        f' AND lower({column}) COLLATE "C" < ({folded} || {last}) COLLATE "C"'
    )
