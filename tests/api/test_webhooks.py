"""Webhooks: the gateway's signed notices are kept once, at once, and nothing else is."""

from __future__ import annotations

import hashlib
import hmac
import json
import time

import httpx

from service.store.database import execute, fetch
from tests.api.harness import Api
from tests.support.books import books, rows
from tests.support.shop import WEBHOOK_SECRET

EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "checkout.session.completed",
    "livemode": False,
    "data": {"object": {"object": "checkout.session", "id": "cs_test_1"}},
}


def signed(
    api: Api, body: bytes, *, secret: str = WEBHOOK_SECRET, age_s: int = 0
) -> dict[str, str]:
    at = int(api.shop.clock().timestamp()) - age_s
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"stripe-signature": f"t={at},v1={digest}", "content-type": "application/json"}


async def notify(api: Api, body: bytes, headers: dict[str, str]) -> httpx.Response:
    return await api.http.post("/webhooks/stripe", content=body, headers=headers)


async def test_a_signed_notice_is_kept_once_and_answered_every_time(api: Api) -> None:
    body = json.dumps(EVENT, indent=2).encode()
    first = await notify(api, body, signed(api, body))
    again = await notify(api, body, signed(api, body))
    assert (first.status_code, first.json()) == (200, {"received": True, "duplicate": False})
    assert (again.status_code, again.json()) == (200, {"received": True, "duplicate": True})
    (kept,) = await fetch("SELECT event_id, body, handled_at FROM receipt")
    assert (kept["event_id"], bytes(kept["body"]), kept["handled_at"]) == ("evt_1", body, None)
    assert await rows("pgqueuer", "entrypoint = 'handle_receipt'") == 1


async def test_a_notice_that_is_not_the_gateways_is_refused(api: Api) -> None:
    body = json.dumps(EVENT).encode()
    good = signed(api, body)
    before = await books()
    for sent, headers in (
        (body, {}),
        (body, {"stripe-signature": "nonsense"}),
        (body, signed(api, body, secret="whsec_another")),
        (body, signed(api, body, age_s=301)),
        (body, signed(api, body, age_s=-301)),
        (body + b" ", good),
        (b"", good),
        (b"\xff\xfe", signed(api, b"\xff\xfe")),
        (b"[]", signed(api, b"[]")),
    ):
        refused = await notify(api, sent, headers)
        assert refused.status_code == 400
        assert refused.json() == {
            "error": {
                "code": "BAD_SIGNATURE",
                "message": "The signature does not match or is too old.",
            }
        }
    assert await books() == before


async def test_a_notice_that_cannot_be_stored_is_answered_500_and_taken_when_it_comes_again(
    api: Api,
) -> None:
    body = json.dumps(EVENT).encode()
    await execute("ALTER TABLE receipt ADD CONSTRAINT broken CHECK (false) NOT VALID")
    try:
        before = await books()
        assert (await notify(api, body, signed(api, body))).status_code == 500
        assert await books() == before
    finally:
        await execute("ALTER TABLE receipt DROP CONSTRAINT broken")
    again = await notify(api, body, signed(api, body))
    assert (again.status_code, again.json()) == (200, {"received": True, "duplicate": False})
    assert await rows("receipt") == 1


async def test_a_notice_of_more_than_a_mebibyte_is_not_read(api: Api) -> None:
    body = b" " * (1024 * 1024 + 1)
    refused = await notify(api, body, signed(api, body))
    assert refused.status_code == 413
    assert refused.json()["error"]["code"] == "PAYLOAD_TOO_LARGE"
    assert await rows("receipt") == 0


async def test_a_notice_is_answered_within_fifty_milliseconds(api: Api) -> None:
    body = json.dumps(EVENT).encode()
    await notify(api, body, signed(api, body))
    durations = []
    for number in range(2, 12):
        body = json.dumps(EVENT | {"id": f"evt_{number}"}).encode()
        headers = signed(api, body)
        started = time.perf_counter()
        assert (await notify(api, body, headers)).status_code == 200
        durations.append(time.perf_counter() - started)
    assert sorted(durations)[len(durations) // 2] < 0.05


async def test_without_a_signing_secret_there_is_no_webhook(api: Api) -> None:
    api.rebuild(webhook_enabled=False)
    body = json.dumps(EVENT).encode()
    answered = await notify(api, body, signed(api, body))
    assert answered.status_code == 404
    assert await rows("receipt") == 0
