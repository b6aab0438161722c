"""The real `paidup demo`: what it promises to people and programs, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import json
import re
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import httpx
import psutil
import pytest

from service.billing.ids import Kind, decode
from tests.support.first_life import (
    STOP_S,
    Life,
    attachment_of,
    books,
    invoices,
    mails,
    pdfs,
    people,
    receipts,
    stop_and_time,
)
from tests.support.graphql import BILLING_EVENTS
from tests.support.nursery import Nursery
from tests.support.processes import (
    COMMAND_S,
    ROOT,
    Demo,
    answers,
    environment,
    free_ports,
    processes_of,
    running,
)
from tests.support.sockets import event_stream, socket_of

Note = Callable[[str], None]
START_S = 10.0
ROLES = ["OWNER", "MEMBER", "OWNER", "MEMBER", "OWNER", "MEMBER", "SUPPORT", "OPERATOR"]
PLANS = ["PAID", "PAID", "PAID", "PAID", "FREE", "FREE", None, None]


def lasting(read: dict[str, Any]) -> list[tuple[str, ...]]:
    """What of the books stays the same: not the signed links."""
    return [
        (one["id"], one["number"], one["status"], one["document"]["sha256"])
        for one in invoices(read)
    ]


def test_demo_json_has_what_a_program_needs(life: Life) -> None:
    described = life.described
    base = f"http://127.0.0.1:{life.demo.port}"
    assert set(described) == {
        *("base_url", "graphql_url", "ws_url", "webhook", "sandbox", "viewers", "pid")
    }
    assert described["base_url"] == base
    assert described["graphql_url"] == f"{base}/graphql"
    assert described["ws_url"] == f"ws://127.0.0.1:{life.demo.port}/graphql"
    assert described["webhook"]["url"] == f"{base}/webhooks/stripe"
    assert described["webhook"]["secret"].startswith("whsec_")
    assert set(described["webhook"]) == {"url", "secret"}
    assert described["sandbox"] == {"base_url": f"http://127.0.0.1:{life.demo.port + 1}"}
    assert described["pid"] == life.demo.program_now.pid
    assert (life.demo.folder / "demo.json").stat().st_mode & 0o077 == 0


def test_other_commands_get_the_demos_settings_from_one_file(demo: Demo) -> None:
    settings = demo.folder / "demo.env"
    assert settings.stat().st_mode & 0o077 == 0
    script = f'. "{settings}" && exec "{sys.executable}" -m service reconcile'
    ran = subprocess.run(
        ["sh", "-c", script],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=COMMAND_S,
    )
    # Other journeys leave payments of nobody at the gateway, and notices that are on their way.
    told = {json.loads(line)["event"] for line in ran.stderr.splitlines()}
    assert (ran.returncode, told - {"payment_of_nobody", "events_taken_in"}) == (0, set())
    assert ran.stdout.endswith(" payments of the last three days were not booked.\n")


@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://localhost:5173"])
def test_a_front_end_that_is_being_built_may_ask_and_be_led_back_to(
    demo: Demo, origin: str
) -> None:
    asked = httpx.options(
        demo.graphql_url,
        headers={"origin": origin, "access-control-request-method": "POST"},
    )
    assert asked.headers["access-control-allow-origin"] == origin
    settings = (demo.folder / "demo.env").read_text()
    assert origin in settings.partition("PAIDUP_RETURN_ORIGINS=")[2].splitlines()[0]


def test_the_sample_viewers_are_two_of_each_account_and_the_sellers_staff(life: Life) -> None:
    viewers = life.described["viewers"]
    for viewer in viewers:
        assert set(viewer) == {"email", "role", "account", "account_id", "plan", "token"}
    assert [one["role"] for one in viewers] == ROLES
    assert [one["plan"] for one in viewers] == PLANS
    accounts = [one["account_id"] for one in viewers]
    assert accounts[0::2][:3] == accounts[1::2][:3]
    assert len(set(accounts[:6])) == 3
    assert all(decode(one)[0] is Kind.ACCOUNT for one in accounts[:6])
    assert accounts[6:] == [None, None]
    assert all((one["account"] is None) == (one["account_id"] is None) for one in viewers)


def test_the_samples_are_about_forty_invoices_in_three_currencies(life: Life) -> None:
    listed = invoices(life.read)
    assert len(life.read) == 3
    assert {one["total"]["currency"] for one in listed} == {"USD", "EUR", "INR"}
    assert {one["status"] for one in listed} == {"OPEN", "PAID"}
    # Lists leave out add-ons, and what a FREE account has paid.
    assert 38 <= len(attached(life, "INV-")) <= 45


def test_loading_that_was_killed_in_the_middle_ends_whole_and_pays_nothing_twice(
    life: Life,
) -> None:
    assert 4 < life.paid_when_killed < 35
    for account in life.read.values():
        months = [one["number"] for one in account["invoices"]["nodes"]]
        assert len(set(months)) == len(months)
    for invoice in invoices(life.read):
        statuses = [one["status"] for one in invoice["payments"]["nodes"]]
        assert statuses == (["CAPTURED"] if invoice["status"] == "PAID" else [])
    # The attachments' names are all numbers that were given, in each year without a gap.
    given = attached(life, "INV-")
    assert len(given) + len(attached(life, "RCT-")) == len(pdfs(life.demo))
    years = Counter(number.rpartition("-")[0] for number in given)
    assert given == {
        f"{year}-{place:06}" for year, count in years.items() for place in range(1, count + 1)
    }


def test_every_sample_invoice_has_the_pdf_that_its_hash_names(life: Life) -> None:
    assert len(life.pdfs) == len(invoices(life.read))
    for digest, body in life.pdfs.items():
        assert body.startswith(b"%PDF-")
        assert sha256(body).hexdigest() == digest


def test_every_recipient_has_one_mail_with_the_pdf_of_each_invoice(life: Life) -> None:
    received: Counter[tuple[str, str]] = Counter()
    for path in mails(life.demo):
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        attached = attachment_of(path)
        assert attached.get_content_type() == "application/pdf"
        assert attached.get_content().startswith(b"%PDF-")
        received[mail["to"].addresses[0].addr_spec, attached.get_filename()] += 1
    assert set(received.values()) == {1}
    for account in life.read.values():
        for invoice in account["invoices"]["nodes"]:
            for address in people(account):
                assert received[address, f"{invoice['number']}.pdf"] == 1


def attached(life: Life, prefix: str) -> set[str]:
    """The numbers, with a prefix, of the documents that were mailed."""
    names = (str(attachment_of(path).get_filename()) for path in mails(life.demo))
    return {name.removesuffix(".pdf") for name in names if name.startswith(prefix)}


def test_every_payment_has_its_receipt_in_the_mail(life: Life) -> None:
    numbers = {one["number"] for one in receipts(invoices(life.read))}
    paid = [one["number"] for one in invoices(life.read) if one["status"] == "PAID"]
    assert numbers == {f"RCT-{number}-1" for number in paid}
    assert numbers <= attached(life, "RCT-")


def test_sigterm_ends_every_process_within_five_seconds(life: Life, note: Note) -> None:
    note(f"stop by SIGTERM {life.stop_s:.1f} s")
    for program in ("postgres", "node", "chrom|headless"):
        assert any(re.match(program, name) for name in life.names), life.names
    assert running(life.family) == set()
    assert processes_of(life.demo.folder) == set()
    assert life.status == 0
    assert life.stop_s < STOP_S
    assert not answers(f"http://127.0.0.1:{life.demo.port}/healthz")


def test_a_second_start_is_quick_and_keeps_the_data_and_sigint_ends_it(
    life: Life, note: Note
) -> None:
    demo = life.demo
    # Another program may have the machine for a while: of two tries the better one counts.
    seconds = demo.start()
    if seconds >= START_S:
        demo.stop()
        seconds = demo.start()
    note(f"second start {seconds:.1f} s")
    assert seconds < START_S
    assert lasting(books(demo)) == lasting(life.read)
    assert [one["account_id"] for one in demo.description["viewers"]] == [
        one["account_id"] for one in life.described["viewers"]
    ]
    assert demo.description["webhook"] == life.described["webhook"]
    mailed = mails(demo)

    status, stop_s, left = asyncio.run(stopped_while_watched(demo))

    note(f"stop by SIGINT under two subscribers {stop_s:.1f} s")
    assert left == set()
    assert status == 0
    assert stop_s < STOP_S
    assert mails(demo) == mailed
    log = demo.program_now.log.read_text()
    assert "Traceback" not in log
    # A warning may be: of samples that are older the gateway has forgotten the events.
    assert "[error" not in log
    assert "[critical" not in log


async def stopped_while_watched(demo: Demo) -> tuple[int, float, set[psutil.Process]]:
    """Stop a demo by SIGINT under a subscriber on a socket and another on a stream."""
    token = demo.viewer("OWNER")["token"]
    async with (
        socket_of(demo.ws_url, token) as watching,
        event_stream(demo.graphql_url, token, BILLING_EVENTS) as stream,
    ):
        await watching.subscribe(BILLING_EVENTS)
        stopped = await asyncio.to_thread(stop_and_time, demo, signal.SIGINT)
        await stream.ended()
        assert not stream.is_cut
        assert (await watching.closed())[0] in (1001, 1006, 1012)
    return stopped


def test_after_kill_nine_the_next_start_has_everything_and_leaves_nothing(life: Life) -> None:
    demo = life.demo
    demo.start()
    before = demo.family()
    demo.kill()
    assert any(one.name() == "postgres" for one in running(before)), "PostgreSQL outlives its user"

    demo.start()

    assert lasting(books(demo)) == lasting(life.read)
    status, _, left = stop_and_time(demo, signal.SIGTERM)
    assert status == 0
    assert left == set()
    assert running(before) == set()


@contextlib.contextmanager
def taken(port: int) -> Iterator[None]:
    """Somebody else listens on a port."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        yield


@pytest.mark.parametrize("offset", [0, 1], ids=["the service's", "the gateway's"])
def test_a_port_that_is_taken_is_named_and_nothing_is_left(
    life: Life, nursery: Nursery, offset: int
) -> None:
    port = free_ports(2)
    with taken(port + offset):
        ended = nursery.run("demo", "--port", str(port), "--data-dir", life.demo.folder)
    assert ended.status == 2
    assert f"port {port + offset} of 127.0.0.1 is taken" in ended.errors
    assert "Traceback" not in ended.errors
    assert processes_of(life.demo.folder) == set()


def test_a_second_demo_on_the_same_folder_is_refused_and_the_first_goes_on(
    demo: Demo, nursery: Nursery
) -> None:
    described = (demo.folder / "demo.json").read_bytes()
    ended = nursery.run("demo", "--port", str(free_ports(2)), "--data-dir", demo.folder)
    assert ended.status == 2
    assert f"another demo runs on {demo.folder}" in ended.errors
    assert (demo.folder / "demo.json").read_bytes() == described
    assert answers(f"{demo.base_url}/healthz")
    assert len(books(demo)) == 3


def test_a_live_key_is_refused(life: Life, nursery: Nursery) -> None:
    ended = nursery.run(
        *("demo", "--port", str(free_ports(2)), "--data-dir", life.demo.folder),
        PAIDUP_STRIPE_SECRET_KEY="sk_live_0123456789",
        PAIDUP_STRIPE_WEBHOOK_SECRETS="whsec_0123456789",
    )
    assert ended.status == 2
    assert "PAIDUP_STRIPE_SECRET_KEY" in ended.errors
    assert "sk_live_0123456789" not in ended.errors + ended.output
    assert processes_of(life.demo.folder) == set()
