"""A worker in a process of its own, for tests that end it without warning.

Called with the database's URL, a folder, and the seconds of the heartbeat. Its jobs never end.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from service import jobs
from service.ports import Ports
from service.store.database import database
from tests.support.shop import open_shop


async def work(url: str, folder: Path, heartbeat_s: float) -> None:
    jobs.HEARTBEAT = timedelta(seconds=heartbeat_s)

    async def hold(_: Ports, name: str) -> None:
        print("began", name, flush=True)
        await asyncio.Event().wait()

    jobs.TASKS["probe"] = jobs.Task(hold)
    async with database(url), open_shop(url, folder) as shop, jobs.worker(url, shop.ports):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])))
