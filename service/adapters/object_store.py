"""Keeps documents in a folder, or in any object store that a URL can name."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from service.ports import DocumentMissing


class ObjectDocumentStore:
    """A DocumentStore on an object store: bytes are written once and never replaced."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @classmethod
    def at(cls, where: str) -> ObjectDocumentStore:
        """Open a folder by its path, which is made if missing, or a store by its URL.

        `s3://bucket/prefix` and its like take their credentials from the environment.

        Raises:
            ValueError: no store is known for this URL.
        """
        if "://" not in where:
            return cls(LocalStore(Path(where).absolute(), mkdir=True))
        url = urlsplit(where)
        if url.scheme == "file":
            return cls(LocalStore(Path(unquote(url.path)), mkdir=True))
        try:
            return cls(from_url(where))
        except (BaseError, ValueError) as error:
            reason = str(error).partition("\n")[0]
            raise ValueError(
                f"no document store at {url.scheme}://{url.netloc}: {reason}"
            ) from None

    async def put(self, key: str, body: bytes) -> None:
        """Store bytes; storing the same bytes again is a no-op.

        Raises:
            ValueError: other bytes are stored under this key.
        """
        try:
            await self._store.put_async(key, body, mode="create")
        except AlreadyExistsError:
            if await self.get(key) != body:
                raise ValueError(f"other bytes are stored under {key}") from None

    async def get(self, key: str) -> bytes:
        """Raises DocumentMissing when nothing is stored under the key."""
        try:
            found = await self._store.get_async(key)
            return bytes(await found.bytes_async())
        except (NotFoundError, FileNotFoundError):
            raise DocumentMissing(key) from None
