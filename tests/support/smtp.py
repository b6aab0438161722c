"""A mail server that takes mails, or answers what it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Inbox:
    """What an SMTP server took, and what it answers."""

    rcpt_answer: str = "250 OK"
    data_answer: str = "250 OK"
    port: int = 0
    commands: list[str] = field(default_factory=list)
    taken: list[tuple[str, list[str], bytes]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - the server library calls it by this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.rcpt_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt_answer

    async def handle_DATA(  # noqa: N802 - the server library calls it by this name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.data_answer.startswith("250"):
            assert envelope.mail_from is not None
            assert isinstance(envelope.content, bytes)
            self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return self.data_answer


@asynccontextmanager
async def smtp_server(inbox: Inbox) -> AsyncIterator[Inbox]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(inbox), "127.0.0.1", 0)
    inbox.port = server.sockets[0].getsockname()[1]
    async with server:
        yield inbox
