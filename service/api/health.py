"""Whether the process is up, and whether it can do its work."""

from __future__ import annotations

import asyncio

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from service.store.database import applied_migrations, known_migrations

log = structlog.get_logger(__name__)

_DATABASE_ANSWERS_WITHIN_S = 1.0
_NO_STORE = {"cache-control": "no-store"}


def routes() -> list[BaseRoute]:
    return [
        Route("/healthz", _healthz, methods=["GET"]),
        Route("/readyz", _readyz, methods=["GET"]),
    ]


async def _healthz(_: Request) -> JSONResponse:
    """The process is up. It says nothing of the database: restarting would not help that."""
    return JSONResponse({"status": "ok"}, headers=_NO_STORE)


async def _readyz(_: Request) -> JSONResponse:
    """The database answers and has the form that this release needs."""
    problem = await _database_problem()
    if problem is None:
        return JSONResponse({"status": "ok"}, headers=_NO_STORE)
    return JSONResponse({"status": "unavailable", "database": problem}, 503, _NO_STORE)


async def _database_problem() -> str | None:
    try:
        async with asyncio.timeout(_DATABASE_ANSWERS_WITHIN_S):
            applied = await applied_migrations()
    except TimeoutError:
        return f"no answer within {_DATABASE_ANSWERS_WITHIN_S:g} s"
    except Exception as error:
        # Whatever the driver raises: its text may name hosts and users.
        log.warning("database_not_ready", why=type(error).__name__)
        return "does not answer"
    missing = known_migrations() - set(applied)
    return f"migrations missing: {len(missing)}" if missing else None
