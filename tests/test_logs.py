"""Log lines: one object each, with the request's id, and never with a secret in it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import pytest
import structlog

from service.billing.errors import BadSignature, GatewayUnavailable
from service.logs import configure_logs
from service.workflows.notices import receive_notice
from tests.support.shop import API_KEY, WEBHOOK_SECRET, Shop

CANARY = "c4n4ryc4n4ryc4n4ry"
JWT = f"eyJhbGciOiJIUzI1NiJ9.eyJ{CANARY}.{CANARY}"
SHAPES = (
    f"sk_live_{CANARY}",
    f"rk_test_{CANARY}",
    f"whsec_{CANARY}",
    f"Bearer {JWT}",
    f"https://pay.example.com/invoices/inv_1/view?token={JWT}",
    f"https://pay.example.com/pay/{CANARY}",
    f"/pay/{CANARY}?left=1",
    f"/pay/return/{JWT}",
    f"/pay/return/{CANARY}?left=1",
    f"/checkout/cs_1/go?token={JWT}",
    f"/checkout/cs_1/go?a=b&token={CANARY}",
    f"https://elsewhere.example/?next=https%3A%2F%2Fpay.example.com%2Fpay%2F{CANARY}",
    f"success_url=https%3A%2F%2Fpay.example.com%2Fpay%2Freturn%2F{JWT}",
    f"url=https%3a%2f%2fpay.example.com%2fpay%2freturn%2f{CANARY}",
    f"url=%2Fcheckout%2Fcs_1%2Fgo%3Ftoken%3D{CANARY}",
    f"postgresql://paidup:{CANARY}@db.example/paidup",
    f"smtps://user:{CANARY}@mail.example:465",
    f"t=1790000000,v1={'0123456789abcdef' * 4}",
)
NAMES = (
    "authorization",
    "Authorization",
    "token",
    "access_token",
    "secret",
    "webhook_secrets",
    "password",
    "stripe_signature",
    "set-cookie",
    "api_key",
    "apikey",
)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Logging is one for the process: what a test configures is undone."""
    root = logging.getLogger()
    handlers, level, settings = root.handlers, root.level, structlog.get_config()
    yield
    root.handlers, root.level = handlers, level
    structlog.configure(**settings)
    structlog.contextvars.clear_contextvars()


@dataclass
class Holder:
    """A value whose text holds a secret."""

    key: str


def logger() -> Any:
    return structlog.get_logger("test")


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_is_one_object_with_its_time_and_level(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("json")
    structlog.contextvars.bind_contextvars(request_id="req_7")
    logger().info("paid", invoice="INV-2627-000001", amount_minor=124900, text="अ\nb")
    [line] = lines(capsys)
    timestamp = line.pop("timestamp")
    assert timestamp.endswith("Z")
    assert line == {
        "event": "paid",
        "level": "info",
        "request_id": "req_7",
        "invoice": "INV-2627-000001",
        "amount_minor": 124900,
        "text": "अ\nb",
    }


def test_the_libraries_lines_have_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("json")
    logging.getLogger("some.library").warning("lost %s of %d", "one", 2)
    [line] = lines(capsys)
    assert (line["event"], line["level"]) == ("lost one of 2", "warning")


def test_chatter_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("json")
    for name in ("httpx", "uvicorn.access", "stripe", "pgqueuer"):
        logging.getLogger(name).info("chatter")
    logger().debug("chatter")
    assert lines(capsys) == []


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("shape", SHAPES)
def test_what_looks_like_a_secret_is_blanked_wherever_it_stands(
    capsys: pytest.CaptureFixture[str], form: Literal["json", "console"], shape: str
) -> None:
    configure_logs(form)
    log = logger()
    log.warning(f"in the event {shape} itself")
    log.warning("event", text=f"before {shape} after")
    log.warning("event", nested={"a": [{"b": shape}, (shape, shape)]})
    log.warning("event", body=f"{{{shape}}}".encode())
    log.warning("event", error=ValueError(shape))
    log.warning("event", holder=Holder(shape))
    log.warning("event", **{"a name": {shape: 1}})
    logging.getLogger("some.library").warning("a line with %s", shape)
    logging.getLogger("some.library").error(shape, exc_info=ValueError(shape))
    try:
        local = shape
        raise ValueError(f"with {local}")
    except ValueError:
        log.exception("failed")
    written = capsys.readouterr().err
    assert CANARY not in written
    assert "0123456789abcdef" not in written
    assert written.count("[redacted]") >= 10


def test_a_web_servers_line_of_a_request_hides_what_opens_a_page(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure_logs("json")
    log = logging.getLogger("uvicorn.access")
    log.setLevel(logging.INFO)
    # Servers that other tests start in this process keep their lines from the root, in two ways.
    for name in ("uvicorn", "uvicorn.access"):
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
        monkeypatch.setattr(logging.getLogger(name), "disabled", False)
    paths = (f"/pay/{CANARY}", f"/pay/return/{CANARY}?left=1", f"/checkout/c/go?token={CANARY}")
    for path in paths:
        log.info('%s - "%s %s HTTP/%s" %d', "203.0.113.1:4711", "GET", path, "1.1", 200)
    written = [line["event"] for line in lines(capsys)]
    head, tail = '203.0.113.1:4711 - "GET ', ' HTTP/1.1" 200'
    assert written == [
        f"{head}/pay/[redacted]{tail}",
        f"{head}/pay/return/[redacted]?left=1{tail}",
        f"{head}/checkout/c/go?token=[redacted]{tail}",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_named_like_a_secret_is_blanked_whatever_it_is(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    configure_logs("json")
    logger().info("event", **{name: CANARY})
    logger().info("event", headers={name: CANARY, "accept": "*/*"})
    logger().info("event", **{name: [CANARY, {"a": CANARY}]})
    logger().info("event", **{name: CANARY.encode()})
    written = capsys.readouterr().err
    assert CANARY not in written
    assert '"accept": "*/*"' in written


def test_what_is_no_secret_stays_readable(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("json")
    kept = {
        "payment": UUID(int=7),
        "session": "cs_test_a1B2c3D4e5F6",
        "url": "https://pay.example.com/invoices?after=abc",
        "page": "https://pay.example.com/static/pay/pay.css",
        "idempotency_key": "sample:1",
        "none": None,
        "flag": True,
        "rate": 94.5,
    }
    logger().info("event", **kept)
    [line] = lines(capsys)
    assert {name: line[name] for name in kept} == {**kept, "payment": str(UUID(int=7))}


def test_a_traceback_shows_no_local_variables(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("json")
    plain = "a password without any shape"
    try:
        raise RuntimeError("it failed")
    except RuntimeError:
        logger().exception("failed")
    written = capsys.readouterr().err
    assert "it failed" in written
    assert plain not in written


async def test_a_day_of_trouble_with_the_gateway_leaves_no_secret_in_the_log(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs("json", level=logging.DEBUG)
    # The service's own loggers outlive this test.
    structlog.configure(cache_logger_on_first_use=False)
    logging.getLogger("stripe").setLevel(logging.DEBUG)
    account = await shop.account()
    invoice = await shop.invoice(account)
    shop.with_ports(gateway=shop.gateway_with_key(f"sk_test_{CANARY}"))
    with pytest.raises(GatewayUnavailable):
        await shop.start(account, invoice)
    header = f"t={int(shop.clock().timestamp())},v1={CANARY}"
    with pytest.raises(BadSignature):
        await receive_notice(shop.ports, b"{}", {"stripe-signature": header})
    written = capsys.readouterr().err
    assert "gateway_error" in written
    for secret in (CANARY, API_KEY, WEBHOOK_SECRET):
        assert secret not in written
