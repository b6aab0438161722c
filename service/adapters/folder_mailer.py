"""Puts mails into a folder as .eml files, for a machine without a mail server."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from urllib.parse import quote

from service.adapters.mail_message import build_message
from service.ports import Clock, Mail


class FolderMailer:
    """A Mailer whose recipients look into a folder. A mail that is sent again replaces itself."""

    def __init__(self, folder: Path, *, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    async def send(self, mail: Mail) -> None:
        """Write a mail to a file named by its Message-ID; it appears whole or not at all.

        Raises:
            ValueError: the mail cannot be written as a message.
        """
        body = build_message(mail, at=self._clock()).as_bytes()
        await asyncio.to_thread(self._write, mail.message_id, body)

    def _write(self, message_id: str, body: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        name = quote(message_id.strip("<>"), safe="@+=")
        # In the same folder, so that the rename is one step of the file system.
        with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".tmp", delete=False) as file:
            file.write(body)
        os.replace(file.name, self._folder / f"{name}.eml")
