"""A small dashboard as Vite leaves it in a folder, and a proxy that serves an app under a path."""

from __future__ import annotations

import os
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

SCRIPT = b"export const words = 'as they come, ';\n" * 400
STYLE = b":root { color: canvastext; }\n" * 40
PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <!-- Relative addresses start here. -->
    <base href="/" />
    <title>Paidup</title>
    <link rel="icon" href="./favicon.svg" />
    <script src="./first-paint.js"></script>
    <script type="module" crossorigin src="./assets/index-B4x_9aZq.js"></script>
    <link rel="stylesheet" crossorigin href="./assets/index-CwZ-1f8k.css" />
  </head>
  <body><div id="app"></div></body>
</html>
"""
FILES = {
    "index.html": PAGE.encode(),
    "favicon.svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "first-paint.js": b"document.documentElement.lang = 'hi';\n",
    "paidup-invoices.js": b"document.title = 'the element runs';\n",
    "assets/index-B4x_9aZq.js": SCRIPT,
    "assets/index-B4x_9aZq.js.br": b"squeezed with brotli",
    "assets/index-CwZ-1f8k.css": STYLE,
    "assets/noto-DfG7hJ2k.woff2": b"wOF2" + bytes(2_000),
    "assets/plain.js": SCRIPT,
    ".vite/manifest.json": b"{}",
    "notes.xyz": b"not for browsers",
    "other.html": b"<script>1</script>",
}


def built_into(folder: Path, **files: bytes) -> Path:
    """Write a built dashboard; `files` come instead of, or beside, the usual ones."""
    for name, content in {**FILES, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def linked(folder: Path, name: str, target: Path) -> None:
    """Put a link to a place outside of the build."""
    os.symlink(target, folder / name)


class Proxy:
    """Takes a path away from what it forwards, as proxies do in front of a service."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            path = scope["path"]
            assert path.startswith(f"{self._prefix}/"), f"{path} leads past the service"
            inner = path.removeprefix(self._prefix)
            scope = {**scope, "path": inner, "raw_path": inner.encode()}
        await self._app(scope, receive, send)
