"""Databases as an older version of the service left them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import asyncpg
import pytest


@pytest.fixture
async def empty_url(database_url: str) -> AsyncIterator[str]:
    """A database with nothing in it, next to the migrated one."""
    name = f"{urlsplit(database_url).path[1:]}_empty"
    admin = await asyncpg.connect(database_url)
    await admin.execute(f"CREATE DATABASE {name}")
    yield urlsplit(database_url)._replace(path=f"/{name}").geturl()
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()
