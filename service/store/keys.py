"""Things that are named with their owner, so that what several accounts have is read in one
statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeAlias, TypeVar
from uuid import UUID

from service.store.database import Record, fetch

KeyT = TypeVar("KeyT", bound=Hashable)
ValueT = TypeVar("ValueT")

Key: TypeAlias = tuple[UUID, UUID]
"""An account, and something of that account: nothing is read without its owner."""


def arrays(*, first: int = 1, **types: str) -> str:
    """Arguments that are arrays, from `first` on, as the columns of a table `w`, whose rows `place`
    counts from 1.

    PostgreSQL does not look into a subselect for the length of an array. So it plans a statement
    once for all lengths, and not anew each time, which costs more than most of these reads.
    """
    numbered = enumerate(types.values(), start=first)
    values = ", ".join(f"(SELECT ${number}::{kind}[])" for number, kind in numbered)
    return f"unnest({values}) WITH ORDINALITY AS w ({', '.join(types)}, place)"


#: Keys as a table, in a statement whose first two arguments are their `columns`.
WANTED = arrays(account_id="uuid", id="uuid")
#: Before and after every id there is: the ends of a list that starts or ends nowhere else.
LOWEST, HIGHEST = UUID(int=0), UUID(int=2**128 - 1)


def columns(keys: Iterable[Key]) -> tuple[list[UUID], list[UUID]]:
    """The accounts of keys, and the things. A key that is named twice is looked for once."""
    listed = list(dict.fromkeys(keys))
    return [account_id for account_id, _ in listed], [one for _, one in listed]


def keys_of(account_id: UUID, ids: Iterable[UUID]) -> list[Key]:
    """Several things of one account."""
    return [(account_id, one) for one in ids]


def by_id(found: Mapping[Key, ValueT]) -> dict[UUID, ValueT]:
    """What was found of one account, by the things alone."""
    return {one: value for (_, one), value in found.items()}


def lists_of(
    keys: Iterable[Key], rows: Iterable[Record], about: str, read: Callable[[Record], ValueT]
) -> dict[Key, list[ValueT]]:
    """The rows of each key in their order; `about` is the column that names its thing."""
    found: dict[Key, list[ValueT]] = {key: [] for key in keys}
    for row in rows:
        found[row["account_id"], row[about]].append(read(row))
    return found


async def owners(table: str, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The accounts of some rows by their ids alone, for the seller's staff only; those that are
    not there are left out."""
    rows = await fetch(
        f"SELECT id, account_id FROM {table} WHERE id = ANY($1)",  # noqa: S608 - a table's name
        list(ids),
    )
    return {row["id"]: row["account_id"] for row in rows}


async def in_groups(
    keys: Sequence[KeyT],
    form: Callable[[KeyT], Hashable],
    read: Callable[[Sequence[KeyT]], Awaitable[Sequence[ValueT]]],
) -> list[ValueT]:
    """What each key asks for, where one statement can read those of one form only."""
    groups: dict[Hashable, list[KeyT]] = defaultdict(list)
    for key in dict.fromkeys(keys):
        groups[form(key)].append(key)
    found: dict[KeyT, ValueT] = {}
    for group in groups.values():
        found.update(zip(group, await read(group), strict=True))
    return [found[key] for key in keys]
