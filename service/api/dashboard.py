"""The dashboard: the page that was built from frontend-contract/dashboard, and what it needs.

Everything that is no route of ours and asks for a page is a place inside it, which its own router
knows. It runs under any path: a proxy in front takes the path away, and the page is told of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path, PurePosixPath

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketClose

from service.api import wire
from service.api.built import BuiltFiles
from service.api.conditional import unless_known
from service.api.explorer import SampleViewer, from_own_page, socket_sources
from service.api.negotiation import HTML, parse_accept
from service.templates.passage import message_page

FOLDER = Path(__file__).parent.parent / "static" / "dashboard"

# What stands below these is never the dashboard's, also where it is no route.
_OTHERS = frozenset(
    {"graphql", "pay", "static", "webhooks", "callbacks", "healthz", "readyz", "assets"}
)
# Where the payment page's window leads back to.
CARD_PAGE_RETURN = "invoices/pay/return"
_BASE = re.compile(r"<base\b[^>]*>", re.IGNORECASE)
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Serves the built dashboard.

    `prefix` is the path that the app is reached under, `graphql_path` that of the view inside it.
    `sign_in_url` is where a browser without a token goes. `sample_viewers` gives tokens to
    everybody who opens the page: leave it out where accounts are real. `knows_documents` tells
    whether the page may send ids instead of documents.
    """

    folder: Path = FOLDER
    prefix: str = ""
    graphql_path: str = "/graphql"
    sign_in_url: str = ""
    sample_viewers: Callable[[], Sequence[SampleViewer]] = list
    knows_documents: bool = False

    def routes(self) -> list[BaseRoute]:
        return [Route("/dashboard.json", self._settings, methods=["GET"])]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what no route of the app has answered."""
        if scope["type"] != "http":
            await WebSocketClose()(scope, receive, send)
            return
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        path = str(request.scope["path"]).removeprefix("/")
        if request.method not in ("GET", "HEAD"):
            raise HTTPException(404)
        if path in ("", "index.html") or _is_place(request, path):
            return self._page(request, path)
        found = await BuiltFiles(self.folder).answer(request, path)
        if found is None:
            raise HTTPException(404)
        return found

    def _page(self, request: Request, path: str) -> Response:
        """The page. It runs only our own scripts and talks only to this server."""
        headers = _headers(request.headers.get("host", ""), path)
        try:
            page = (self.folder / "index.html").read_text(encoding="utf-8")
        except FileNotFoundError:
            return HTMLResponse(self._not_built(), 404, headers)
        return unless_known(request, _based(page, self.prefix).encode(), headers)

    def _not_built(self) -> str:
        return message_page(
            "The dashboard is not built",
            "Run make dashboard where the service is, and load this page again. The API works "
            f"without it, and has its explorer at {self.prefix}{self.graphql_path}.",
            static_url=f"{self.prefix}/static",
        )

    async def _settings(self, request: Request) -> Response:
        """What the page has to know before it can ask anything."""
        viewers = [asdict(viewer) for viewer in self.sample_viewers()]
        settings = {
            "graphql": f"{self.prefix}{self.graphql_path}",
            "documents": "ids" if self.knows_documents else "text",
            "signInUrl": self.sign_in_url or None,
            "viewers": viewers if from_own_page(request) else [],
        }
        return Response(
            wire.encode(settings),
            headers={
                "content-type": "application/json",
                "cache-control": "no-store",
                "x-content-type-options": "nosniff",
                "vary": "Sec-Fetch-Site",
            },
        )


def _is_place(request: Request, path: str) -> bool:
    """Whether a path is one that the page's router may know: a browser asks for a page there, and
    it does not look like a file."""
    parts = PurePosixPath(path).parts
    if (
        not parts
        or parts[0] in _OTHERS
        or "." in parts[-1]
        or any(part[0] == "." for part in parts)
    ):
        return False
    accepted = parse_accept(request.headers.get("accept", ""))
    return any(entry.media_type == HTML and entry.quality > 0 for entry in accepted)


def _based(page: str, prefix: str) -> str:
    """The page with the address that its own, relative ones start from."""
    base = f'<base href="{escape(prefix)}/">'
    if _BASE.search(page):
        return _BASE.sub(lambda _: base, page, count=1)
    return _HEAD.sub(lambda head: head[0] + base, page, count=1)


def _headers(host: str, path: str) -> dict[str, str]:
    return {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": content_policy(host),
        # Payment pages open in a window of their own, which the page has to keep in its hands: also
        # when it comes back, where a policy of its own would part it from whoever opened it.
        "cross-origin-opener-policy": (
            "unsafe-none" if path == CARD_PAGE_RETURN else "same-origin-allow-popups"
        ),
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "x-robots-tag": "noindex",
        "cache-control": "no-cache",
        "vary": "Accept",
    }


def content_policy(host: str) -> str:
    """Return the page's Content-Security-Policy; sockets are allowed to `host` alone."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "font-src 'self'",
            "img-src 'self' data:",
            f"connect-src 'self'{socket_sources(host)}",
            "manifest-src 'self'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "frame-src 'none'",
        )
    )
