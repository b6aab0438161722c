"""How often one client may be wrong."""

from __future__ import annotations

import ipaddress
import math
import time

from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter
from starlette.requests import HTTPConnection

_NETWORK_BITS = 64  # what one customer of an IPv6 provider has at least


class Throttle:
    """Counts failures by client address. The counts are this process's: a fleet of n processes
    allows n times as many."""

    def __init__(self, rate: str) -> None:
        """`rate` is written like "10/minute"."""
        self._rate = parse(rate)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    async def wait_s(self, request: HTTPConnection) -> int:
        """Seconds that a client has to wait; 0 for one that may ask."""
        client = _client_of(request)
        if await self._limiter.test(self._rate, client):
            return 0
        window = await self._limiter.get_window_stats(self._rate, client)
        return max(1, math.ceil(window.reset_time - time.time()))

    async def note_failure(self, request: HTTPConnection) -> int:
        """Count a failure; return the seconds to wait if there were too many, else 0."""
        if await self._limiter.hit(self._rate, _client_of(request)):
            return 0
        return await self.wait_s(request)


def _client_of(request: HTTPConnection) -> str:
    """An address, or for IPv6 the network that its owner can take addresses from at will."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return host
    if address.ipv4_mapped is not None:
        # A socket for both families tells IPv4 clients so; else they would count as one network.
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), _NETWORK_BITS), strict=False))
