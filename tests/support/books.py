"""Proof that nothing happened: the content of every table of the service, before and after."""

from __future__ import annotations

from service.store.database import execute, fetch, fetch_one, transaction

# Published rates, what was seen, and the queue's own log tell nothing about anybody's money.
_LEFT_OUT = (
    "evidence",
    "exchange_rate",
    "pgqueuer_log",
    "pgqueuer_schedules",
    "pgqueuer_statistics",
)
# So does when a gateway was asked last.
_SEEN = "to_jsonb(t) - 'checked_at' - 'asked_at' - 'seen_state'"

Books = dict[str, tuple[int, str]]


async def books() -> Books:
    """Rows and a digest of their content, by table; equal books are equal tables."""
    tables = await fetch(
        "SELECT tablename::text AS name FROM pg_tables"
        " WHERE schemaname = 'public' AND tablename <> ALL($1) ORDER BY 1",
        list(_LEFT_OUT),
    )
    one = (
        "SELECT '{0}' AS name, count(*) AS rows,"
        " md5(string_agg(({1})::text, '' ORDER BY ({1})::text))"
    )
    found = await fetch(" UNION ALL ".join(_of(one, table["name"]) for table in tables))
    return {row["name"]: (row["rows"], row["md5"] or "") for row in found}


def _of(select: str, table: str) -> str:
    return f'{select.format(table, _SEEN)} AS md5 FROM "{table}" t'


async def rows(table: str, where: str = "TRUE") -> int:
    """How many rows of a table fulfil a condition."""
    found = await fetch_one(f"SELECT count(*) AS n FROM {table} WHERE {where}")  # noqa: S608
    assert found is not None
    return int(found["n"])


async def forge(*statements: str) -> None:
    """Change what nothing can change through the service: past triggers and foreign keys."""
    async with transaction():
        await execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            await execute(statement)
