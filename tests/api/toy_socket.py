"""A client that speaks graphql-transport-ws, one message at a time."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

PROTOCOL = Subprotocol("graphql-transport-ws")
INIT = {"type": "connection_init", "payload": {"Authorization": "Bearer good"}}
ACK = {"type": "connection_ack"}


class Socket:
    """One connection, and its messages as JSON."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, message: object) -> None:
        text = message if isinstance(message, str | bytes) else json.dumps(message)
        await self.connection.send(text)

    async def hear(self) -> Any:
        async with asyncio.timeout(5):
            return json.loads(await self.connection.recv())

    async def open(self) -> None:
        await self.say(INIT)
        assert await self.hear() == ACK

    async def subscribe(self, query: str, id: str = "1", **members: Any) -> None:
        await self.say({"id": id, "type": "subscribe", "payload": {"query": query, **members}})

    async def closing(self) -> tuple[int, str]:
        """Read until the server closes; return its code and reason."""
        with contextlib.suppress(ConnectionClosed):
            async with asyncio.timeout(5):
                while True:
                    await self.connection.recv()
        code, reason = self.connection.close_code, self.connection.close_reason
        assert code != 1006, "closed without a close frame"
        return code or 0, reason or ""


@contextlib.asynccontextmanager
async def dial(host: str, **options: Any) -> AsyncIterator[Socket]:
    """Connect; the options are those of the WebSocket client."""
    options.setdefault("subprotocols", [PROTOCOL])
    async with connect(f"ws://{host}/graphql", proxy=None, **options) as connection:
        yield Socket(connection)
