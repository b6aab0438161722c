"""Files that a front end's build left in a folder, as browsers want them: compressed, and kept."""

from __future__ import annotations

import asyncio
import gzip
import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from service.api.conditional import unless_known
from service.api.negotiation import parse_accept

# By ending, rather than by what the machine has been told about endings.
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_DENSE = frozenset({".ico", ".png", ".webp", ".woff2"})
# The encodings that are offered, best first, with the ending of a file that is compressed so.
_ENCODINGS = {"br": ".br", "gzip": ".gz"}
_HASHED = re.compile(r"assets/.*-[\w-]{8,}(\.\w+)+", re.ASCII)
_FOR_GOOD = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class BuiltFiles:
    """The files of a folder. Pages are not among them: they need headers of their own."""

    folder: Path

    async def answer(self, request: Request, path: str) -> Response | None:
        """Answer with a file; None when there is none. `path` is relative and the client's."""
        accepted = _encodings(request.headers.get("accept-encoding", ""))
        found = await asyncio.to_thread(self._read, path, accepted)
        if found is None:
            return None
        body, encoding = found
        headers = {
            "content-type": _TYPES[Path(path).suffix],
            "cache-control": _FOR_GOOD if _HASHED.fullmatch(path) else "no-cache",
            "vary": "Accept-Encoding",
            "x-content-type-options": "nosniff",
        }
        if encoding is not None:
            headers["content-encoding"] = encoding
        return unless_known(request, body, headers)

    def _read(self, path: str, accepted: list[str]) -> tuple[bytes, str | None] | None:
        """The bytes of a file, and how they are encoded."""
        file = self._find(path)
        if file is None:
            return None
        if file.suffix in _DENSE:
            return file.read_bytes(), None
        for encoding in accepted:
            packed = file.with_name(file.name + _ENCODINGS[encoding])
            if packed.is_file():
                return packed.read_bytes(), encoding
        if "gzip" in accepted:
            return _gzipped(file, file.stat().st_mtime_ns), "gzip"
        return file.read_bytes(), None

    def _find(self, path: str) -> Path | None:
        hidden = any(part[:1] in ("", ".") for part in path.split("/"))
        if hidden or Path(path).suffix not in _TYPES:
            return None
        try:
            file = (self.folder / path).resolve()
            return file if file.is_relative_to(self.folder.resolve()) and file.is_file() else None
        except (OSError, ValueError):
            # A name that no file can have.
            return None


class FilesBut(StaticFiles):
    """The files of a folder, but none of one inside it, which has an address of its own."""

    def __init__(self, directory: Path, *, hidden: Path) -> None:
        super().__init__(directory=directory)
        self.hidden = hidden.resolve()

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """Find a file, however its path is written."""
        found, stat = super().lookup_path(path)
        return ("", None) if Path(found).is_relative_to(self.hidden) else (found, stat)


def _encodings(accept_encoding: str) -> list[str]:
    """Those of ours that a client takes, best first."""
    taken = {entry.media_type for entry in parse_accept(accept_encoding) if entry.quality > 0}
    return [encoding for encoding in _ENCODINGS if encoding in taken]


@lru_cache(maxsize=64)
def _gzipped(file: Path, _changed_at: int) -> bytes:
    return gzip.compress(file.read_bytes(), mtime=0)
