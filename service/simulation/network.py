"""The wires between the gateway and us: calls that are lost, answers that are lost, failures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import httpx
import stripe
from starlette.types import ASGIApp, Message, Scope

from service.billing.errors import BadSignature
from service.ports import Ports
from service.simulation.scheduler import Crash, inside
from service.simulation.world import World
from service.workflows.notices import receive_notice

Answer = tuple[bytes, int, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Call:
    """An HTTP request to the gateway."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


class Wire:
    """From our gateway client to the gateway of whichever world is connected: the client is made
    once, worlds come and go."""

    def __init__(self) -> None:
        self.world: World | None = None

    async def carry(self, call: Call) -> Answer:
        """Bring a call there, and its answer back.

        Raises:
            httpx.TransportError: one of them is lost.
        """
        world = self.world
        if world is None:
            raise httpx.ConnectError("no world is connected")
        return await _carry(world, call)


async def _carry(world: World, call: Call) -> Answer:
    url = urlsplit(call.url)
    what = _describe(world, call.method, url.path)
    await world.give_way(f"to call {what}")
    if world.happens(world.weather.call_lost):
        world.tell(f"{what} is lost on its way")
        raise httpx.ConnectTimeout("lost on its way")
    if world.happens(world.weather.call_fails):
        world.let_next_call_fail(what)
    answer = await _answered(world.sandbox.app, call, url)
    world.tell(f"{what} is answered {answer[1]}")
    await world.give_way(f"answered {what}")
    if world.happens(world.weather.answer_lost):
        world.tell(f"the answer to {what} is lost on its way")
        raise httpx.ReadTimeout("its answer is lost on its way")
    return answer


async def _answered(app: ASGIApp, call: Call, url: SplitResult) -> Answer:
    """Have an ASGI application (ASGI 3.0, HTTP) answer a call."""
    received: list[Message] = [{"type": "http.request", "body": call.body}]
    sent: list[Message] = []

    async def receive() -> Message:
        return received.pop()

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": call.method,
        "scheme": url.scheme,
        "path": unquote(url.path),
        "raw_path": url.path.encode(),
        "query_string": url.query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), one.encode()) for name, one in call.headers.items()],
        "server": (url.hostname, url.port),
        "client": None,
    }
    await app(scope, receive, send)
    start, *rest = sent
    headers = {name.decode(): one.decode() for name, one in start["headers"]}
    return b"".join(part.get("body", b"") for part in rest), start["status"], headers


def _describe(world: World, method: str, path: str) -> str:
    """The call in few words, with short names for ids."""
    steps = path.removeprefix("/v1/").split("/")
    return f"{method} {' '.join(map(world.name, steps))}"


class PatientHttpClient(stripe.HTTPXClient):
    """The SDK's own client over a wire; its pauses before retries take no time.

    Its calls go straight to the wire: redirects, cookies and connections, of which there are none,
    took a tenth of the time of all histories.
    """

    def __init__(self, wire: Wire) -> None:
        super().__init__(timeout=5)
        self._wire = wire

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> Answer:
        """Make a call and wait for its answer: body, status and headers."""
        body = (post_data or "").encode()
        try:
            return await self._wire.carry(Call(method.upper(), url, headers, body))
        except httpx.TransportError as error:
            self._handle_request_error(error)

    async def sleep_async(self, secs: float) -> None:
        """Virtual time passes between steps only."""

    def _sleep_time_seconds(self, num_retries: int) -> float:
        return 0.0


class Door(httpx.AsyncBaseTransport):
    """Where the gateway's webhooks come in: what the service's own route does, and its crashes."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        world, body = self._world, await request.aread()
        web = world.service("web")
        if web is None:
            world.tell("nobody answers the door")
            raise httpx.ConnectError("our process is down")
        try:
            with inside(web.process):
                await world.give_way("arrives")
                status = await _receive(web.ports, body, request)
                await world.give_way("to acknowledge")
        except Crash:
            raise httpx.ReadError("our process died") from None
        world.tell(f"is answered {status}")
        if world.happens(world.weather.acknowledgement_lost):
            world.tell("the answer is lost on its way")
            raise httpx.ReadTimeout("the answer is lost on its way")
        return httpx.Response(status)


async def _receive(ports: Ports, body: bytes, request: httpx.Request) -> int:
    try:
        await receive_notice(ports, body, request.headers)
    except BadSignature:
        return 400
    return 200
