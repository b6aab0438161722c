"""The baseline: Starlette and asyncpg, one statement that builds the JSON. Run as a process."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.bench.documents import LIST_SQL, ONE_SQL


def build(url: str, account_id: str) -> Starlette:
    """An app that answers both documents for one account."""
    state: dict[str, Any] = {}

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with asyncpg.create_pool(url, min_size=8, max_size=8) as pool:
            state["pool"] = pool
            yield

    async def answer(request: Request) -> Response:
        body = orjson.loads(await request.body())
        if "number" in (body.get("variables") or {}):
            arguments = (account_id, body["variables"]["number"])
            text = await state["pool"].fetchval(ONE_SQL, *arguments)
        else:
            text = await state["pool"].fetchval(LIST_SQL, account_id)
        return Response(text, media_type="application/json")

    return Starlette(routes=[Route("/graphql", answer, methods=["POST"])], lifespan=lifespan)


if __name__ == "__main__":
    url, account_id, port = sys.argv[1:]
    uvicorn.run(
        build(url, account_id),
        port=int(port),
        log_level="warning",
        access_log=False,
        loop="uvloop",
        http="httptools",
    )
