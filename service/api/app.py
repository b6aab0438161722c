"""Everything that clients reach, as one ASGI app over the ports."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from service.api import health
from service.api.context import Context, Viewer
from service.api.explorer import Explorer, SampleViewer
from service.api.guest import GuestPages
from service.api.middleware import AccessLog, RequestId
from service.api.paper import Paper
from service.api.passage import Passage
from service.api.schema import schema, shelf
from service.api.session import Authenticate
from service.api.trusted import TrustedDocuments
from service.api.view import PaidupView
from service.api.webhooks import Webhooks
from service.ports import Ports

__all__ = ["SampleViewer", "build_api"]

GRAPHQL_PATH = "/graphql"
_STATIC = Path(__file__).parent.parent / "static"


def build_api(
    ports: Ports,
    *,
    authenticate: Authenticate[Viewer],
    allowed_origins: Sequence[str] = (),
    public_url: str = "",
    webhook_enabled: bool = False,
    documents: TrustedDocuments | None = None,
    trusted_only: bool = False,
    sample_viewers: Sequence[SampleViewer] = (),
) -> Starlette:
    """Build the app.

    Args:
        ports: what the workflows may touch.
        authenticate: opens the session of a bearer token, or raises Unauthenticated.
        allowed_origins: origins whose pages may call the API and open sockets.
        public_url: the URL that browsers reach the app under, which may end in a path.
        webhook_enabled: whether the gateway's notices can be verified; without it their URL is
            not there.
        documents: those that clients may ask for by their ids.
        trusted_only: whether customers are refused everything but them; staff never is.
        sample_viewers: who the explorer offers to ask as. Everybody who opens it gets their
            tokens: for demonstrations only.
    """
    documents = documents or TrustedDocuments()
    documents.reserve_on(shelf)
    explorer = Explorer(path=GRAPHQL_PATH, sample_viewers=lambda: sample_viewers)

    def make_context(viewer: Viewer, _: HTTPConnection) -> Context:
        return Context.of(ports, viewer)

    view = PaidupView(
        schema,
        authenticate=authenticate,
        make_context=make_context,
        explorer_page=explorer.page,
        documents=documents,
        trusted_only=lambda viewer: trusted_only and not viewer.is_staff,
        allowed_origins=allowed_origins,
        clock=ports.clock,
    )
    prefix = urlsplit(public_url).path.rstrip("/")
    routes: list[BaseRoute] = [
        Route(GRAPHQL_PATH, view),
        WebSocketRoute(GRAPHQL_PATH, view),
        *explorer.routes(),
        *Paper(ports, authenticate, prefix).routes(),
        *Passage(ports, prefix).routes(),
        *GuestPages(ports, prefix).routes(),
        *(Webhooks(ports).routes() if webhook_enabled else ()),
        *health.routes(),
        Mount("/static", StaticFiles(directory=_STATIC)),
    ]
    return Starlette(
        routes=routes,
        middleware=[
            Middleware(RequestId),
            Middleware(AccessLog),
            Middleware(
                CORSMiddleware,
                allow_origins=list(allowed_origins),
                allow_methods=["GET", "POST"],
                allow_headers=["authorization", "content-type", "graphql-require-preflight"],
                max_age=3600,
            ),
        ],
    )
