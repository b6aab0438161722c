"""Ports -> the ASGI app, answering at an address. A worker does without: the API takes as long to
load as all the rest."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_network

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from service.api.app import SampleViewer, build_api
from service.api.auth import TokenChecker
from service.api.trusted import ManifestError, TrustedDocuments, contract_manifest
from service.app import utc_now
from service.ports import Clock, Ports
from service.settings import Settings, SettingsError

_WS_MESSAGE_BYTES_MAX = 262_144
_GRACE_S = 1


def build_app(
    settings: Settings,
    ports: Ports,
    token_checker: TokenChecker,
    documents: TrustedDocuments,
    *,
    sample_viewers: Sequence[SampleViewer] = (),
) -> Starlette:
    """The ASGI app over opened ports."""
    return build_api(
        ports,
        authenticate=token_checker,
        allowed_origins=(*settings.cors_origins, settings.public_url),
        public_url=settings.public_url,
        webhook_enabled=bool(settings.stripe_webhook_secrets),
        documents=documents,
        trusted_only=settings.documents == "trusted",
        sign_in_url=settings.sign_in_url,
        sample_viewers=sample_viewers,
    )


def token_checker(settings: Settings, clock: Clock = utc_now) -> TokenChecker:
    """Raises SettingsError when no keys are configured, or the file holds none."""
    if not settings.jwks_url and settings.jwt_key_file is None:
        raise SettingsError("set PAIDUP_JWKS_URL or PAIDUP_JWT_KEY_FILE, to know who asks")
    try:
        return TokenChecker(
            issuer=settings.jwt_issuer,
            audience=settings.jwt_audience,
            jwks_url=settings.jwks_url,
            key_file=settings.jwt_key_file,
            clock=clock,
        )
    except (ValueError, OSError) as error:
        raise SettingsError(f"PAIDUP_JWT_KEY_FILE: {error}") from None


def trusted_documents(settings: Settings) -> TrustedDocuments:
    """The documents of the contract, where it is there, and of the product.

    Raises:
        SettingsError: a manifest cannot be used, or nothing could be asked for.
    """
    own = contract_manifest()
    try:
        found = TrustedDocuments.of([*([own] if own else []), *settings.documents_manifest])
    except ManifestError as error:
        raise SettingsError(f"trusted documents: {error}") from None
    if settings.documents == "trusted" and not found:
        raise SettingsError(
            "PAIDUP_DOCUMENTS=trusted needs documents: name them in PAIDUP_DOCUMENTS_MANIFEST, or "
            "install the service with the contract's"
        )
    return found


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the command line decides when to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def bind(host: str, port: int) -> socket.socket:
    """Take an address before anything else is opened; nobody is answered there yet.

    Raises:
        SettingsError: the address is taken, or is none of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise SettingsError(f"cannot listen at {host}: {error.strerror}") from None
    # A port whose last user ended a moment ago is free.
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise _address_taken(host, port, error) from None
    return bound


def _address_taken(host: str, port: int, error: OSError) -> SettingsError:
    if error.errno == errno.EADDRINUSE:
        others = "choose another: --port, PAIDUP_PORT, or PORT=… of make"
        return SettingsError(f"port {port} of {host} is taken; {others}")
    return SettingsError(f"cannot listen at port {port} of {host}: {error.strerror}")


@contextlib.asynccontextmanager
async def listening(
    app: ASGIApp, bound: socket.socket, *, trusted_proxies: Sequence[str] = ()
) -> AsyncIterator[None]:
    """An app answers at an address of `bind` while the block is open. What `trusted_proxies` say of
    who asks is believed.

    Raises:
        SettingsError: somebody else has begun to listen there.
    """
    host, port = bound.getsockname()[:2]
    try:
        bound.listen()
    except OSError as error:
        raise _address_taken(host, port, error) from None
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=_as_peers(trusted_proxies),
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=_WS_MESSAGE_BYTES_MAX,
        ws_ping_interval=20,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        while not server.started and not serving.done():
            await asyncio.wait({serving}, timeout=0.01)
        yield
    finally:
        server.should_exit = True
        await serving


def _as_peers(proxies: Sequence[str]) -> list[str]:
    """The networks of proxies in each form that a socket tells them in: one for both families calls
    the IPv4 peer 10.0.0.1 `::ffff:10.0.0.1`."""
    networks = [ip_network(proxy) for proxy in proxies]
    mapped = [
        IPv6Network((int(IPv6Address(f"::ffff:{one.network_address}")), 96 + one.prefixlen))
        for one in networks
        if isinstance(one, IPv4Network)
    ]
    return [str(one) for one in (*networks, *mapped)]
