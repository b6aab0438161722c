"""One contract for document stores, on a folder and on an object store in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from service.adapters.object_store import ObjectDocumentStore
from service.ports import DocumentMissing, DocumentStore

Opener = Callable[[Path], ObjectDocumentStore]
STORES: dict[str, Opener] = {
    "folder": lambda folder: ObjectDocumentStore.at(str(folder / "documents")),
    "file URL": lambda folder: ObjectDocumentStore.at((folder / "of documents").as_uri()),
    "memory": lambda folder: ObjectDocumentStore(MemoryStore()),
}
KEY = "7d1f/b2c9/aa01.pdf"


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> DocumentStore:
    return STORES[request.param](tmp_path)


async def test_what_was_put_is_got(store: DocumentStore) -> None:
    body = bytes(range(256)) * 1000
    await store.put(KEY, body)
    assert await store.get(KEY) == body


async def test_the_same_bytes_may_be_put_again(store: DocumentStore) -> None:
    await store.put(KEY, b"%PDF-1.4 one")
    await store.put(KEY, b"%PDF-1.4 one")
    assert await store.get(KEY) == b"%PDF-1.4 one"


@pytest.mark.parametrize("other", [b"%PDF-1.4 two", b"", b"%PDF-1.4 one and more"])
async def test_other_bytes_are_refused_and_the_first_stay(
    store: DocumentStore, other: bytes
) -> None:
    await store.put(KEY, b"%PDF-1.4 one")
    with pytest.raises(ValueError, match="other bytes"):
        await store.put(KEY, other)
    assert await store.get(KEY) == b"%PDF-1.4 one"


async def test_of_many_writers_one_wins(store: DocumentStore) -> None:
    bodies = [b"x" * size for size in range(1, 11)]
    results = await asyncio.gather(
        *(store.put(KEY, body) for body in bodies), return_exceptions=True
    )
    assert [type(result) for result in results if result] == [ValueError] * 9
    (winner,) = [i for i, result in enumerate(results) if result is None]
    assert await store.get(KEY) == bodies[winner]


@pytest.mark.parametrize("key", [KEY, "7d1f", "7d1f/b2c9/aa01.pd"])
async def test_what_is_not_there_is_missing(store: DocumentStore, key: str) -> None:
    if key != KEY:
        await store.put(KEY, b"%PDF-1.4")
    with pytest.raises(DocumentMissing):
        await store.get(key)


@pytest.mark.parametrize("key", ["../outside.pdf", "a/../../outside.pdf", "a//b", "a\0b"])
async def test_a_key_cannot_leave_the_store(store: DocumentStore, key: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="path"):
        await store.put(key, b"%PDF-1.4")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


async def test_a_folder_keeps_documents_for_the_next_start(tmp_path: Path) -> None:
    await ObjectDocumentStore.at(str(tmp_path)).put(KEY, b"%PDF-1.4")
    assert (tmp_path / KEY).read_bytes() == b"%PDF-1.4"
    assert await ObjectDocumentStore.at(tmp_path.as_uri()).get(KEY) == b"%PDF-1.4"


@pytest.mark.parametrize("where", ["nowhere://bucket", "s3://", "az://container"])
def test_a_store_that_cannot_be_is_refused_when_opened(where: str) -> None:
    with pytest.raises(ValueError, match="no document store at"):
        ObjectDocumentStore.at(where)


def test_a_bucket_is_named_by_its_url() -> None:
    ObjectDocumentStore.at("s3://bucket/prefix")
