"""The gateways' signed notices: kept and answered; the work is done by a job."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from service.billing.errors import BadSignature
from service.ports import Ports
from service.workflows.notices import receive_notice

log = structlog.get_logger(__name__)

_BODY_BYTES_MAX = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Where gateways send notices to, each by its name. Who names none of ours is answered like
    who cannot sign."""

    ports: Ports

    def routes(self) -> list[BaseRoute]:
        return [Route("/webhooks/{gateway}", self.receive, methods=["POST"])]

    async def receive(self, request: Request) -> Response:
        """Keep a notice; one that was kept before is answered alike, so that the gateway stops
        sending it."""
        body = await body_of(request, _BODY_BYTES_MAX)
        if body is None:
            return _refused(413, "PAYLOAD_TOO_LARGE", "A notice has at most 1 MiB.")
        try:
            kept = await receive_notice(
                self.ports, body, request.headers, gateway=request.path_params["gateway"]
            )
        except BadSignature as error:
            log.warning("notice_refused")
            return _refused(400, error.code, str(error))
        return JSONResponse({"received": True, "duplicate": kept is None})


async def body_of(request: Request, most: int) -> bytes | None:
    """The raw bytes, over which the signature was made; None when they are more than `most`."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            return None
    return bytes(body)


def _refused(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status)
