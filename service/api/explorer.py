"""The API explorer: GraphiQL from our own files, so that it works without the internet."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from service.api import wire

FOLDER = Path(__file__).parent.parent / "static" / "explorer"
EXAMPLES = FOLDER / "examples.json"

# What may stand in a policy without changing its meaning: a name or an address, and a port.
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")


@dataclass(frozen=True, slots=True)
class SampleViewer:
    """Somebody to ask as: a label to choose by, and a token that works."""

    label: str
    token: str


class Explorer:
    """The explorer's page and the files and data behind it."""

    def __init__(
        self, *, path: str = "/graphql", sample_viewers: Callable[[], Sequence[SampleViewer]] = list
    ) -> None:
        """Prepare the page.

        Args:
            path: where the GraphQL view is mounted; the page's data is one level below.
            sample_viewers: who can be asked as without a token of one's own. It gives tokens to
                everybody who opens the page: leave it out where accounts are real.
        """
        self._path = path
        self._sample_viewers = sample_viewers
        self._page = (FOLDER / "index.html").read_bytes()
        self._examples: list[dict[str, Any]] = json.loads(EXAMPLES.read_text(encoding="utf-8"))

    def page(self, request: Request) -> Response:
        """Return the page. It runs only our own scripts and talks only to this server."""
        return Response(
            self._page,
            headers={
                "content-type": "text/html; charset=utf-8",
                "content-security-policy": content_policy(request.headers.get("host", "")),
                "referrer-policy": "no-referrer",
                "cross-origin-opener-policy": "same-origin",
                "x-content-type-options": "nosniff",
                "x-frame-options": "DENY",
                "cache-control": "no-cache",
                "vary": "Accept",
            },
        )

    def routes(self) -> list[BaseRoute]:
        """Return the routes to mount beside the view: the page's data and its files."""
        return [
            Route(f"{self._path}/explorer.json", self._data, methods=["GET"]),
            Mount("/static/explorer", _Files(directory=FOLDER)),
        ]

    async def _data(self, request: Request) -> Response:
        viewers = [asdict(viewer) for viewer in self._sample_viewers()]
        if not from_own_page(request):
            viewers = []
        return Response(
            wire.encode({"viewers": viewers, "examples": self._examples}),
            headers={
                "content-type": "application/json",
                "cache-control": "no-store",
                "x-content-type-options": "nosniff",
                "vary": "Sec-Fetch-Site",
            },
        )


def content_policy(host: str) -> str:
    """Return the page's Content-Security-Policy; sockets are allowed to `host` alone."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            # The editor sets the widths of its lines and panes as inline styles.
            "style-src 'self' 'unsafe-inline'",
            "font-src 'self' data:",
            "img-src 'self' data:",
            f"connect-src 'self'{socket_sources(host)}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def socket_sources(host: str) -> str:
    """What stands behind 'self' in a connect-src: the sockets of `host`, which older browsers do
    not take for the page's own."""
    return f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""


def from_own_page(request: Request) -> bool:
    """Whether one of our pages asks, or nobody's: tokens are not for other sites. Browsers say."""
    return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


class _Files(StaticFiles):
    """Files that browsers keep but ask about again, so that an upgrade shows at once."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "no-cache"
        response.headers["x-content-type-options"] = "nosniff"
        return response
