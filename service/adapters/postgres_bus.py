"""Hints by PostgreSQL's LISTEN/NOTIFY: works across processes with nothing to install."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any, Self
from uuid import UUID

import asyncpg
import structlog

log = structlog.get_logger(__name__)

_CHANNEL = "paidup"
_RECONNECT_PAUSE_S = 1.0
_TIMEOUT_S = 5.0


class _Mailbox:
    """Remembers that something may have changed, however often it was told."""

    def __init__(self) -> None:
        self._told = asyncio.Event()

    def tell(self) -> None:
        self._told.set()

    async def wait(self, timeout_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._told.wait()
        self._told.clear()


class PostgresBus:
    """Use as `async with PostgresBus(url) as bus`. One connection listens for the whole process;
    when it breaks, a new one is made and everybody is told, since hints may have been missed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._mailboxes: dict[str, set[_Mailbox]] = defaultdict(set)
        self._connection: Any = None
        self._lost = asyncio.Event()
        self._sending = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._connect()
        self._keeper = asyncio.create_task(self._keep_connected())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        if self._connection is not None:
            with contextlib.suppress(OSError, asyncpg.PostgresError):
                await self._connection.close(timeout=1)

    async def publish(self, account_id: UUID) -> None:
        """Tell every listener of an account. A hint that cannot be sent is only logged: listeners
        re-read the log from time to time anyway."""
        connection = self._connection
        try:
            if connection is None:
                raise ConnectionError("not connected")
            async with self._sending:
                await connection.execute(
                    "SELECT pg_notify($1, $2)", _CHANNEL, str(account_id), timeout=_TIMEOUT_S
                )
        except Exception as error:
            # Whatever the driver says: the change that this follows is committed, and no hint may
            # make it look failed.
            log.warning("hint_not_sent", why=type(error).__name__)
            self._tell(str(account_id))

    @contextlib.asynccontextmanager
    async def listen(self, account_id: UUID) -> AsyncIterator[_Mailbox]:
        mailbox, key = _Mailbox(), str(account_id)
        self._mailboxes[key].add(mailbox)
        try:
            yield mailbox
        finally:
            self._mailboxes[key].discard(mailbox)
            if not self._mailboxes[key]:
                del self._mailboxes[key]

    async def _connect(self) -> None:
        connection = await asyncpg.connect(self._url, timeout=_TIMEOUT_S)
        self._lost.clear()
        connection.add_termination_listener(lambda _: self._lost.set())
        try:
            await connection.add_listener(_CHANNEL, self._on_notify)
        except BaseException:
            connection.terminate()
            raise
        self._connection = connection

    async def _keep_connected(self) -> None:
        while True:
            await self._lost.wait()
            lost, self._connection = self._connection, None
            lost.terminate()
            log.warning("bus_connection_lost")
            while self._connection is None:
                try:
                    await self._connect()
                except Exception as error:
                    # Also the driver's own mistakes: without this task the process stays deaf.
                    log.warning("bus_not_reachable", why=type(error).__name__)
                    await asyncio.sleep(_RECONNECT_PAUSE_S)
            for key in list(self._mailboxes):
                self._tell(key)

    def _on_notify(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        self._tell(str(payload))

    def _tell(self, key: str) -> None:
        for mailbox in self._mailboxes.get(key, ()):
            mailbox.tell()
