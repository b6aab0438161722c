"""The journal: what was answered survives the end of the process, whole; and seeds repeat runs."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import stripe

from service.sandbox import Sandbox, SandboxSettings
from service.sandbox.journal import Journal, JournalBroken, JournalInUse
from tests.contract.conftest import Gate, OpenGate

KINDS = (
    "balance_transaction",
    "charge",
    "checkout",
    "customer",
    "delivery",
    "dispute",
    "event",
    "idempotency",
    "meta",
    "payment_intent",
    "payment_method",
    "refund",
    "session",
    "timer",
    "webhook_endpoint",
    "webhook_secret",
)
SECRET = "whsec_gate"


def contents(gate: Gate) -> dict[str, list[Any]]:
    return {kind: list(gate.sandbox.book.oldest_first(kind)) for kind in KINDS}


async def a_few_things(gate: Gate) -> Any:
    session = await gate.session(key="pay-1")
    await gate.submit(session, number="4000000000000002")
    await gate.submit(session)
    waiting = await gate.session()
    await gate.submit(waiting, method="us_bank_account", account="000123456789")
    await gate.control("clock", seconds=2)
    return session


async def test_everything_is_back_after_a_restart(open_gate: OpenGate, tmp_path: Path) -> None:
    journal = tmp_path / "deep" / "sandbox.jsonl"
    gate = await open_gate(journal=journal)
    session = await a_few_things(gate)
    before = contents(gate)
    await gate.sandbox.close()

    again = await open_gate(journal=journal, clock=gate.clock)

    assert contents(again) == before
    assert again.sandbox.book.shift_s == 2
    replayed = await again.session(key="pay-1")
    assert replayed.id == session.id
    assert replayed.last_response.headers["idempotent-replayed"] == "true"
    fresh = await again.session(key="pay-2")
    assert fresh.id not in {session["id"] for session in before["session"]}
    again.clock.move(4)
    types = await again.event_types()
    assert types[-1] == "checkout.session.async_payment_succeeded"


async def test_undelivered_webhooks_are_sent_after_a_restart(
    open_gate: OpenGate, tmp_path: Path
) -> None:
    journal = tmp_path / "sandbox.jsonl"
    gate = await open_gate(journal=journal)
    gate.receiver.answers = [200, 500]
    await gate.submit(await gate.session())
    await gate.sandbox.tick()
    sent = gate.receiver.events
    assert len(sent) == 4
    await gate.stripe.v1.customers.create_async()
    await gate.sandbox.close()

    again = await open_gate(journal=journal, clock=gate.clock)
    again.clock.move(0.5)
    await again.sandbox.tick()
    assert again.receiver.types == ["customer.created"]
    again.clock.move(0.5)
    await again.sandbox.tick()
    assert again.receiver.events[1]["id"] == sent[1]["id"]


async def test_an_endpoint_keeps_its_webhooks_when_its_url_moves(
    open_gate: OpenGate, tmp_path: Path
) -> None:
    journal = tmp_path / "sandbox.jsonl"
    old = (("http://elsewhere.test/hook", SECRET), ("http://gone.test/hook", "whsec_gone"))
    gate = await open_gate(journal=journal, webhook_endpoints=old)
    await gate.stripe.v1.customers.create_async()
    await gate.sandbox.close()

    again = await open_gate(journal=journal, clock=gate.clock)
    (endpoint,) = (await again.stripe.v1.webhook_endpoints.list_async()).data
    assert endpoint.url == "http://receiver.test/hook"
    await again.sandbox.tick()
    assert again.receiver.types == ["customer.created"]


async def test_a_process_killed_after_any_line_leaves_a_usable_journal(
    open_gate: OpenGate, tmp_path: Path
) -> None:
    journal = tmp_path / "sandbox.jsonl"
    gate = await open_gate(journal=journal)
    await a_few_things(gate)
    lines = journal.read_bytes().splitlines(keepends=True)
    assert len(lines) > 6
    for kept in range(len(lines)):
        torn = tmp_path / f"torn-{kept}.jsonl"
        torn.write_bytes(b"".join(lines[:kept]) + lines[kept][: len(lines[kept]) // 2])
        again = await open_gate(journal=torn, clock=gate.clock)
        state = contents(again)
        sessions = {session["id"]: session for session in state["session"]}
        intents = {intent["id"]: intent for intent in state["payment_intent"]}
        for session in sessions.values():
            paid = session["payment_status"] == "paid"
            intent = intents.get(session["payment_intent"])
            assert paid == (intent is not None and intent["status"] == "succeeded")
        events = {event["id"] for event in state["event"]}
        assert events == {delivery["event"] for delivery in state["delivery"]}
        await again.sandbox.close()


async def test_a_real_process_killed_loses_nothing_it_answered(tmp_path: Path) -> None:
    journal = tmp_path / "sandbox.jsonl"
    program = f"""
import uvicorn
from pathlib import Path
from service.sandbox import Sandbox, SandboxSettings
app = Sandbox(SandboxSettings(journal=Path({str(journal)!r}))).app
config = uvicorn.Config(app, port=0, log_level="info")
class Server(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        print(self.servers[0].sockets[0].getsockname()[1], flush=True)
Server(config).run()
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        base = f"http://127.0.0.1:{int(process.stdout.readline())}"
        made = []
        async with httpx.AsyncClient(base_url=base) as client:
            for number in range(20):
                answer = await client.post(
                    "/v1/customers",
                    data={"name": str(number)},
                    headers={
                        "Authorization": "Bearer sk_test_sandbox",
                        "Idempotency-Key": f"k{number}",
                    },
                )
                made.append(answer.json()["id"])
    finally:
        process.kill()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()
    sandbox = Sandbox(SandboxSettings(journal=journal))
    assert [customer["id"] for customer in sandbox.book.oldest_first("customer")] == made
    assert sandbox.book.count("idempotency") == 20
    assert sandbox.book.count("event") == 20
    await sandbox.close()


async def test_the_journal_is_compacted_and_pruned_at_start(
    open_gate: OpenGate, tmp_path: Path
) -> None:
    journal = tmp_path / "sandbox.jsonl"
    gate = await open_gate(journal=journal)
    session = await gate.session(key="pay-1")
    for number in range(50):
        await gate.stripe.v1.checkout.sessions.update_async(
            session.id, {"metadata": {"n": str(number)}}
        )
    await gate.stripe.v1.customers.create_async()
    await gate.sandbox.tick()
    await gate.sandbox.close()
    size = journal.stat().st_size
    gate.clock.move(31 * 24 * 3600)

    again = await open_gate(journal=journal, clock=gate.clock)

    assert journal.stat().st_size < size / 4
    assert (await again.read(session)).metadata.to_dict() == {"n": "49"}
    assert again.sandbox.book.count("idempotency") == 0
    assert await again.event_types() == ["checkout.session.expired"]


def test_a_journal_belongs_to_one_process(tmp_path: Path) -> None:
    first = Journal(tmp_path / "sandbox.jsonl")
    with pytest.raises(JournalInUse):
        Journal(tmp_path / "sandbox.jsonl")
    first.close()
    Journal(tmp_path / "sandbox.jsonl").close()


def test_a_broken_line_in_the_middle_is_not_skipped(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.jsonl"
    good = orjson.dumps({"n": [1, 1], "put": [["customer", "cus_1", {"id": "cus_1"}]]})
    path.write_bytes(good + b"\n" + b"{oops\n" + good + b"\n")
    with pytest.raises(JournalBroken, match="line 2"):
        Sandbox(SandboxSettings(journal=path))


async def test_a_refused_write_changes_nothing(
    open_gate: OpenGate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = await open_gate(journal=tmp_path / "sandbox.jsonl")
    session = await gate.session()
    before = contents(gate)

    def full(changes: object, counters: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(gate.sandbox.book._journal, "append", full)
        answer = await gate.call("POST", f"/v1/checkout/sessions/{session.id}/expire")
        assert answer.status_code == 500
    assert contents(gate) == before
    assert (await gate.read(session)).status == "open"


async def test_the_same_seed_and_requests_give_the_same_bytes(open_gate: OpenGate) -> None:
    runs = []
    for _ in range(2):
        gate = await open_gate(seed=42)
        await a_few_things(gate)
        await gate.sandbox.tick()
        runs.append((contents(gate), gate.receiver.bodies, gate.receiver.signatures))
    assert runs[0] == runs[1]
    other = await open_gate(seed=43)
    await a_few_things(other)
    assert contents(other) != runs[0][0]


async def everything_by_hand(gate: Gate) -> None:
    """Disputes, refunds, captures and late debits, with and without faults."""
    by_hand = gate.sandbox.dashboard
    charges = []
    for outcome in ("disputed", "success", "success"):
        paid = by_hand.pay((await gate.session()).id, outcome)
        intent = gate.sandbox.book.get("payment_intent", paid["payment_intent"])
        charges.append(intent["latest_charge"])
    by_hand.refund(charges[1], 1000, pending=True, fails=True)
    by_hand.win_dispute(by_hand.dispute(charges[2], 5000)["id"])
    held = by_hand.authorise((await gate.session()).id)
    by_hand.capture(held["payment_intent"], 100000)
    late = await gate.session()
    by_hand.pay(late.id, "debit_fails")
    by_hand.expire(late.id)
    gate.sandbox.faults.add("lose_api", next=1, error="ReadTimeout")
    options = {"idempotency_key": "lost", "max_network_retries": 0}
    with pytest.raises(stripe.APIConnectionError):
        await gate.stripe.v1.customers.create_async({}, options)
    gate.clock.move(10)
    await gate.sandbox.tick()


async def test_the_same_seed_gives_the_same_bytes_by_hand(open_gate: OpenGate) -> None:
    runs = []
    for _ in range(2):
        gate = await open_gate(seed=42)
        await everything_by_hand(gate)
        runs.append((contents(gate), gate.receiver.bodies))
    assert runs[0] == runs[1]
    assert {dispute["status"] for dispute in runs[0][0]["dispute"]} == {"won", "needs_response"}
    assert {refund["status"] for refund in runs[0][0]["refund"]} == {"failed"}


async def test_what_was_to_come_by_hand_comes_after_a_restart(
    open_gate: OpenGate, tmp_path: Path
) -> None:
    journal = tmp_path / "sandbox.jsonl"
    gate = await open_gate(journal=journal)
    paid = gate.sandbox.dashboard.pay((await gate.session()).id, "disputed")
    held = gate.sandbox.dashboard.authorise((await gate.session()).id, "disputed")
    await gate.sandbox.close()

    again = await open_gate(journal=journal, clock=gate.clock)
    again.sandbox.dashboard.capture(held["payment_intent"])
    again.clock.move(2)
    disputes = (await again.stripe.v1.disputes.list_async()).data
    intents = {dispute.payment_intent for dispute in disputes}
    assert intents == {paid["payment_intent"], held["payment_intent"]}


async def test_reading_moves_no_id(open_gate: OpenGate) -> None:
    ids = []
    for reads in (0, 5):
        gate = await open_gate(seed=42)
        for _ in range(reads):
            await gate.event_types()
        ids.append((await gate.session()).id)
    assert ids[0] == ids[1]


async def test_two_hundred_payments_take_little_time(open_gate: OpenGate) -> None:
    """A bound against accidents, far above what it takes: about 1 ms of CPU for the two calls."""
    gate = await open_gate()
    headers = {
        "authorization": "Bearer sk_test_sandbox",
        "content-type": "application/x-www-form-urlencoded",
    }
    form = (
        b"mode=payment&success_url=https://seller.test/ok&line_items[0][quantity]=1"
        b"&line_items[0][price_data][currency]=inr&line_items[0][price_data][unit_amount]=5000"
        b"&line_items[0][price_data][product_data][name]=Invoice"
    )
    started = time.process_time()
    for _ in range(200):
        made = await gate.browser.post("/v1/checkout/sessions", content=form, headers=headers)
        await gate.browser.post(f"/_sandbox/sessions/{made.json()['id']}/pay", json={})
    each_ms = (time.process_time() - started) / 200 * 1000
    assert each_ms < 10
