"""A demo's first life: killed while it loads its samples, started again, run to rest, stopped."""

from __future__ import annotations

import email
import email.policy
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.support.processes import Demo, data_folder, processes_of, reap, running, wait_until

STOP_S = 5.0
_ACCOUNT = """
query Books($id: ID!) {
  account(id: $id) {
    email
    billingContacts { email }
    invoices(first: 50) {
      nodes {
        id number status total { minorUnits currency }
        document { state sha256 pdfUrl }
        payments(first: 5) { nodes { status receipt { number state } } }
      }
    }
  }
}
"""


@dataclass
class Life:
    """What was seen of it."""

    demo: Demo
    paid_when_killed: int = 0
    described: dict[str, Any] = field(default_factory=dict)
    read: dict[str, Any] = field(default_factory=dict)
    pdfs: dict[str, bytes] = field(default_factory=dict)
    family: set[psutil.Process] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    stop_s: float = 0
    status: int = -1


@contextmanager
def first_life() -> Iterator[Life]:
    """The stopped demo and what was seen of it; all of it is gone afterwards."""
    with data_folder() as folder:
        life = Life(Demo(folder))
        try:
            _live(life)
            yield life
        finally:
            life.demo.end()
            reap(life.family)


def _live(life: Life) -> None:
    demo = life.demo
    demo.launch()
    demo.program_now.wait_until(lambda: _paid(demo) > 4, why="some of the samples are paid")
    demo.kill()
    life.paid_when_killed = _paid(demo)
    assert not (demo.folder / "demo.json").exists()

    demo.start()
    life.described = demo.description
    wait_until(lambda: _all_printed(demo), within=120, why="every sample invoice is printed")
    life.read = books(demo)
    wait_until(lambda: _all_mailed(life), within=60, why="every mail is sent")
    for invoice in invoices(life.read):
        answer = httpx.get(invoice["document"]["pdfUrl"], timeout=30, trust_env=False)
        assert answer.status_code == 200, answer.text
        life.pdfs[invoice["document"]["sha256"]] = answer.content
    life.family = demo.family()
    life.names = {one.name() for one in life.family}
    life.status, life.stop_s, _ = stop_and_time(demo, signal.SIGTERM)


def stop_and_time(demo: Demo, number: signal.Signals) -> tuple[int, float, set[psutil.Process]]:
    """Stop a demo; return its status, the seconds until all of it had ended, and what has not."""
    family = demo.family()
    begun = time.monotonic()
    status = demo.stop(number)
    while running(family | processes_of(demo.folder)) and time.monotonic() - begun < STOP_S:
        time.sleep(0.02)
    return status, time.monotonic() - begun, running(family | processes_of(demo.folder))


def books(demo: Demo) -> dict[str, Any]:
    """Each account as the seller's operator reads it, by account id."""
    headers = {"authorization": f"Bearer {demo.viewer('OPERATOR')['token']}"}
    found = {}
    for account_id in dict.fromkeys(one["account_id"] for one in demo.description["viewers"]):
        if account_id is not None:
            body = {"query": _ACCOUNT, "variables": {"id": account_id}}
            answer = httpx.post(
                demo.graphql_url, json=body, headers=headers, timeout=30, trust_env=False
            ).json()
            assert "errors" not in answer, answer
            found[account_id] = answer["data"]["account"]
    return found


def invoices(read: dict[str, Any]) -> list[dict[str, Any]]:
    """All invoices of the books, as listed."""
    return [invoice for account in read.values() for invoice in account["invoices"]["nodes"]]


def receipts(listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The receipts of what was paid of invoices."""
    payments = [payment for one in listed for payment in one["payments"]["nodes"]]
    return [payment["receipt"] for payment in payments if payment["status"] == "CAPTURED"]


def mails(demo: Demo) -> list[Path]:
    """The mails in the demo's folder."""
    return sorted((demo.folder / "mail").glob("*.eml"))


def attachment_of(path: Path) -> Any:
    """The one attachment of a mail."""
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    (attached,) = list(mail.iter_attachments())
    return attached


def pdfs(demo: Demo) -> list[Path]:
    """The stored PDFs, those of unlisted invoices too."""
    return sorted((demo.folder / "documents").rglob("*.pdf"))


def people(account: dict[str, Any]) -> list[str]:
    """Who gets an account's invoices."""
    return [account["email"], *(one["email"] for one in account["billingContacts"])]


def _paid(demo: Demo) -> int:
    """How many sessions of the gateway were paid so far."""
    journal = demo.folder / "demo" / "sandbox-journal.jsonl"
    if not journal.exists():
        return 0
    return journal.read_text().count('"type":"checkout.session.completed"')


def _all_printed(demo: Demo) -> bool:
    listed = invoices(books(demo))
    documents = [one["document"] for one in listed] + receipts(listed)
    return all(document["state"] == "READY" for document in documents)


def _all_mailed(life: Life) -> bool:
    """Each listed invoice to each of its people, and each unlisted one to somebody."""
    wanted = sum(len(one["invoices"]["nodes"]) * len(people(one)) for one in life.read.values())
    sent = mails(life.demo)
    if len(sent) < wanted:
        return False
    printed = {path.parent for path in pdfs(life.demo)}
    return len({attachment_of(path).get_filename() for path in sent}) >= len(printed)
