"""Things that are named with their owner, so that what several accounts have is read in one
statement."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias
from uuid import UUID

Key: TypeAlias = tuple[UUID, UUID]
"""An account, and something of that account: nothing is read without its owner."""

#: Keys as a table, in a statement whose first two arguments are their `columns`.
WANTED = "unnest($1::uuid[], $2::uuid[]) AS w (account_id, id)"


def columns(keys: Iterable[Key]) -> tuple[list[UUID], list[UUID]]:
    """The accounts of keys, and the things."""
    listed = list(keys)
    return [account_id for account_id, _ in listed], [one for _, one in listed]
