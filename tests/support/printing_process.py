"""Prints one invoice in a process of its own, which is killed when the PDF is stored.

Called with the database's URL, a folder, and the ids of the account and of the invoice.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from uuid import UUID

from service.adapters.chromium_finder import find_chromium
from service.adapters.chromium_printer import ChromiumPrinter
from service.adapters.object_store import ObjectDocumentStore
from service.store.database import database
from service.workflows.documents import print_invoice
from tests.support.shop import open_shop


class LastStore(ObjectDocumentStore):
    """Stores one document, and nothing is done after that."""

    async def put(self, key: str, body: bytes) -> None:
        await super().put(key, body)
        os.kill(os.getpid(), signal.SIGKILL)


async def print_and_die(url: str, folder: Path, account_id: UUID, invoice_id: UUID) -> None:
    found = find_chromium(None)
    assert found is not None
    async with (
        database(url),
        open_shop(url, folder) as shop,
        ChromiumPrinter(found) as printer,
    ):
        documents = LastStore.at(str(folder / "documents"))
        await print_invoice(
            shop.with_ports(printer=printer, documents=documents), account_id, invoice_id
        )


if __name__ == "__main__":
    asyncio.run(print_and_die(sys.argv[1], Path(sys.argv[2]), UUID(sys.argv[3]), UUID(sys.argv[4])))
