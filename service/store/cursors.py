"""How far a gateway's own list of what happened was read."""

from __future__ import annotations

from datetime import datetime

from service.store.database import execute, fetch_one, new_id


async def place_in(gateway: str, stream: str) -> str | None:
    """How far a gateway's list was read; None when it never was."""
    row = await fetch_one(
        "SELECT cursor FROM gateway_cursor WHERE gateway = $1 AND stream = $2", gateway, stream
    )
    return row["cursor"] if row else None


async def keep_place(gateway: str, stream: str, cursor: str | None, *, at: datetime) -> None:
    """Keep how far a gateway's list was read."""
    await execute(
        "INSERT INTO gateway_cursor (id, gateway, stream, cursor, updated_at)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (gateway, stream)"
        " DO UPDATE SET cursor = $4, updated_at = $5",
        new_id(),
        gateway,
        stream,
        cursor,
        at,
    )
