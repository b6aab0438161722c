"""The sandbox gateway in a process of its own, and the client that pays and breaks it.

`python -m tests.support.gateway` serves one; its settings come as JSON in the first argument.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from service.sandbox import Sandbox, SandboxSettings

JSON = dict[str, Any]


class Gateway:
    """A running sandbox, seen from outside."""

    def __init__(self, url: str, http: httpx.AsyncClient, api_key: str = "") -> None:
        self.url = url
        self._http = http
        self._api_key = api_key

    async def pay(self, page_url: str, outcome: str = "success") -> JSON:
        """Send the hosted page's form by program."""
        return await self._control(_paying(page_url), outcome=outcome)

    async def tries_to_pay(self, page_url: str, outcome: str = "success") -> bool:
        """Send that form; whether the page took it, for a page may be closed by now."""
        return await self.acts(_paying(page_url), outcome=outcome) is not None

    async def acts(self, where: str, **body: object) -> JSON | None:
        """Do something in the dashboard; None when the gateway does not allow it now."""
        answer = await self._http.post(f"/_sandbox/{where}", json=body)
        assert answer.status_code < 500, answer.text
        result: JSON | None = answer.json() if answer.status_code == 200 else None
        return result

    async def break_with(self, kind: str, **fields: object) -> str:
        """Put a fault in force; return its id."""
        return str((await self._control("faults", kind=kind, **fields))["id"])

    async def faults(self) -> list[JSON]:
        return await self._list("/_sandbox/faults")

    async def heal(self) -> None:
        """Lift all faults."""
        (await self._http.delete("/_sandbox/faults")).raise_for_status()

    async def deliveries(self) -> list[JSON]:
        """Every webhook delivery so far, oldest first."""
        return await self._list("/_sandbox/deliveries")

    async def listed(self, kind: str) -> list[JSON]:
        """All objects of one kind that the API lists, such as "checkout/sessions"."""
        found: list[JSON] = []
        while True:
            params = {"limit": "100"} | ({"starting_after": found[-1]["id"]} if found else {})
            answer = await self._http.get(
                f"/v1/{kind}", params=params, headers={"authorization": f"Bearer {self._api_key}"}
            )
            answer.raise_for_status()
            page = answer.json()
            found += page["data"]
            if not page["has_more"]:
                return found

    async def _control(self, where: str, **body: object) -> JSON:
        answer = await self._http.post(f"/_sandbox/{where}", json=body)
        assert answer.status_code == 200, answer.text
        result: JSON = answer.json()
        return result

    async def _list(self, where: str) -> list[JSON]:
        answer = await self._http.get(where)
        answer.raise_for_status()
        found: list[JSON] = answer.json()["data"]
        return found


def _paying(page_url: str) -> str:
    return f"sessions/{page_url.rpartition('/')[2]}/pay"


@contextlib.asynccontextmanager
async def gateway_at(url: str, api_key: str = "") -> AsyncIterator[Gateway]:
    """Talk to a sandbox; every fault is lifted before and after."""
    async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as http:
        gateway = Gateway(url, http, api_key)
        await gateway.heal()
        try:
            yield gateway
        finally:
            await gateway.heal()


def main() -> None:
    """Serve one until stopped."""
    given = json.loads(sys.argv[1])
    port = given.pop("port")
    settings = SandboxSettings(
        base_url=f"http://127.0.0.1:{port}",
        api_key=given["api_key"],
        webhook_endpoints=tuple(map(tuple, given["webhook_endpoints"])),
        journal=Path(given["journal"]),
    )
    uvicorn.run(Sandbox(settings).app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
