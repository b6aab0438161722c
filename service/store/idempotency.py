"""The first use of each client key: a repeat answers the first result, another input is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import orjson

from service.billing.errors import IdempotencyConflict, InvalidInput
from service.billing.text import clean_line
from service.store.database import fetch_one, new_id

KEY_LENGTH_MAX = 255


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A client's key together with what it is used for."""

    key: str
    operation: str
    fingerprint: str


def key_use(key: str, operation: str, *inputs: str) -> KeyUse:
    """Bind a key to an operation and its inputs (their order counts).

    Raises:
        InvalidInput: a key is one line of 1 to 255 characters.
    """
    if clean_line(key, longest=KEY_LENGTH_MAX) != key:
        raise InvalidInput.one(
            "idempotencyKey", "INVALID", "A key is one line of 1 to 255 characters."
        )
    digest = sha256(orjson.dumps([operation, *inputs])).hexdigest()
    return KeyUse(key, operation, digest)


async def result_of(account_id: UUID, use: KeyUse) -> UUID | None:
    """The result of the key's first use; None when it is new.

    Raises:
        IdempotencyConflict: the key was used for something else.
    """
    row = await fetch_one(
        "SELECT operation, fingerprint, result_id, created_at FROM idempotency_key"
        " WHERE account_id = $1 AND key = $2",
        account_id,
        use.key,
    )
    if row is None:
        return None
    if (row["operation"], row["fingerprint"]) != (use.operation, use.fingerprint):
        raise IdempotencyConflict(row["created_at"])
    return UUID(str(row["result_id"]))


async def keep(account_id: UUID, use: KeyUse, result_id: UUID, *, at: datetime) -> UUID:
    """Keep a key's result, or return the one that another use was quicker to keep.

    Must run in the transaction that makes the result. If the key turns out to be taken, undo that.

    Raises:
        IdempotencyConflict: the key was used for something else.
    """
    row = await fetch_one(
        "WITH kept AS (INSERT INTO idempotency_key"
        " (id, account_id, key, operation, fingerprint, result_id, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account_id, key) DO NOTHING"
        " RETURNING result_id) SELECT result_id FROM kept",
        new_id(),
        account_id,
        use.key,
        use.operation,
        use.fingerprint,
        result_id,
        at,
    )
    if row is not None:
        return result_id
    first = await result_of(account_id, use)
    return first if first is not None else result_id
