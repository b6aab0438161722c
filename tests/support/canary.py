"""A server on loopback that nobody should reach, and a page that tries everything to reach it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Canary:
    """A server that nobody should reach."""

    port: int
    hits: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def open_canary() -> AsyncIterator[Canary]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        trap.hits.append(line.decode("latin-1").split(" ")[1] if line else "connected")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nLEAKED")
        writer.close()

    trap = Canary(0)
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    trap.port = server.sockets[0].getsockname()[1]
    async with server:
        yield trap


def hostile_page(url: str, secret: Path) -> str:
    socket = url.replace("http", "ws")
    return f"""<!doctype html><html manifest="{url}/manifest"><head>
        <title>Before</title>
        <link rel=stylesheet href="{url}/style"><link rel=prefetch href="{url}/prefetch">
        <link rel=preload as=font href="{url}/preload"><link rel=icon href="{url}/icon">
        <link rel=dns-prefetch href="{url}/dns"><link rel=preconnect href="{url}/connect">
        <link rel=modulepreload href="{url}/module"><link rel=prerender href="{url}/prerender">
        <link rel=stylesheet href="{secret.as_uri()}">
        <style>@import "{url}/import"; @font-face {{ font-family: x; src: url("{url}/font") }}
        body {{ background: url("{url}/background"); font-family: x }}
        li {{ list-style-image: url("{url}/list") }} p {{ cursor: url("{url}/cursor"), auto }}
        </style><script src="{url}/script"></script>
        <script>document.title = "After"; document.write("SCRIPT-RAN");
        fetch("{url}/fetch"); new WebSocket("{socket}/socket"); new Image().src = "{url}/image";
        navigator.sendBeacon("{url}/beacon");</script></head><body onload="document.write('RAN')">
        <p>Visible</p><ul><li>one</ul>
        <img src="{url}/img" srcset="{url}/srcset 2x"><img src="{secret.as_uri()}">
        <picture><source srcset="{url}/source"><img></picture>
        <iframe src="{url}/frame"></iframe><iframe src="{secret.as_uri()}"></iframe>
        <iframe srcdoc="<img src='{url}/srcdoc'><script>document.write('SCRIPT-RAN')</script>">
        </iframe><object data="{url}/object"></object><object data="{secret.as_uri()}"></object>
        <embed src="{url}/embed"><embed src="{secret.as_uri()}">
        <video src="{url}/video" poster="{url}/poster" autoplay></video>
        <audio src="{url}/audio" autoplay></audio><input type=image src="{url}/input">
        <svg><image href="{url}/svg"/><use href="{secret.as_uri()}#x"/></svg>
        <table background="{url}/table"><tr><td>cell</table></body></html>"""
