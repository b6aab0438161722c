"""The command line of a seller: exit statuses, and what people read."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest
from starlette.responses import Response

from service.adapters.chromium_finder import find_chromium
from service.adapters.embedded_postgres import EmbeddedPostgres
from service.api.schema import print_sdl
from service.api.trusted import hash_of
from service.billing.people import Role
from service.serving import trusted_documents
from service.settings import Settings
from service.store.database import known_migrations
from tests.support.bank import Bank, next_table, open_bank
from tests.support.fleet import API_KEY, WEBHOOK_SECRET, Fleet, fleet_on
from tests.support.gateway import gateway_at
from tests.support.graphql import as_viewer, eventually
from tests.support.nursery import Nursery
from tests.support.processes import ROOT, Demo, Program, answers, environment, run
from tests.support.seller import Customer, Seller, open_seller

MY_INVOICES = """
{ viewer { account { name invoices { nodes { id amountDue { minorUnits currency } } } } } }
"""
TODAY = datetime.now(UTC).date()
HEADING = "account,reference,occurred_at,description,quantity,unit_price,currency,kind\n"


@pytest.fixture
async def empty_database(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """The URL of a database with nothing in it."""
    name = f"test_{uuid4().hex}"
    admin = await asyncpg.connect(postgres.dsn)
    try:
        await admin.execute(f"CREATE DATABASE {name}")
        yield urlsplit(postgres.dsn)._replace(path=f"/{name}").geturl()
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


@pytest.fixture
def fleet(database_url: str, tmp_path: Path, nursery: Nursery) -> Iterator[Fleet]:
    with fleet_on(database_url, tmp_path, nursery) as found:
        yield found


@pytest.fixture
def commands(database_url: str, tmp_path: Path, nursery: Nursery) -> Fleet:
    """Settings and a database for commands that need no gateway."""
    return Fleet(database_url, tmp_path, nursery, ExitStack())


@pytest.fixture
async def seller(commands: Fleet) -> AsyncIterator[Seller]:
    async with open_seller(commands.settings(), commands.issuer) as found:
        yield found


@pytest.fixture
async def customer(seller: Seller) -> Customer:
    return await seller.customer()


async def reference_of(customer: Customer) -> str:
    (row,) = await customer.seller.fetch("SELECT reference FROM account WHERE id = $1", customer.id)
    return str(row["reference"])


def test_schema_prints_the_schema_that_is_kept_in_the_repository() -> None:
    printed = run("schema")
    assert (printed.status, printed.errors) == (0, "")
    assert printed.output == print_sdl()
    assert printed.output == (ROOT / "schema.graphql").read_text("utf-8")


async def test_migrate_makes_an_empty_database_whole_from_two_machines_at_once(
    empty_database: str, nursery: Nursery, tmp_path: Path
) -> None:
    env = environment(PAIDUP_DATABASE_URL=empty_database, PAIDUP_DATA_DIR=str(tmp_path))
    logs = [tmp_path / "one.log", tmp_path / "two.log"]
    both = [Program(nursery.start("service", "migrate", log=log, env=env), log) for log in logs]
    assert [one.process.wait(60) for one in both] == [0, 0], [one.output for one in both]
    assert [one.output for one in both] == ["The database is up to date.\n"] * 2

    again = nursery.run(
        "migrate", PAIDUP_DATABASE_URL=empty_database, PAIDUP_DATA_DIR=str(tmp_path)
    )
    assert (again.status, again.output) == (0, "The database is up to date.\n")
    connection = await asyncpg.connect(empty_database)
    applied = await connection.fetch("SELECT name FROM tortoise_migrations WHERE app = 'service'")
    await connection.close()
    assert sorted(row["name"] for row in applied) == sorted(known_migrations())


async def test_import_takes_good_lines_and_reports_bad_ones_line_by_line(
    commands: Fleet, customer: Customer
) -> None:
    mine = await reference_of(customer)
    file = commands.folder / "usage.csv"
    file.write_text(
        HEADING
        + f'{mine},a-1,2026-09-03T10:00:00Z,"Storage, 3 TB",3,12.50,,\n'
        + "nobody,a-2,2026-09-03T10:00:00Z,Storage,1,1,,\n"
        + f"{mine},a-3,2026-09-03T10:00:00,Storage,1,1,,\n"
        + f"{mine},a-4,2026-09-03T10:00:00+05:30,Storage,0,1,,\n"
        + f"{mine},a-5,2026-09-03T10:00:00Z,Storage,1,one,EUR,RENT\n"
        + f"{mine},a-6,2026-09-04T10:00:00Z,स्टोरेज,1,0.0000000001,INR,USAGE\n",
        encoding="utf-8",
    )

    first = commands.run("import", "charges", file)

    assert first.status == 1
    assert first.output == "2 recorded, 0 known before, 4 refused.\n"
    assert first.errors.splitlines() == [
        "line 3: account: There is no account with this reference.",
        "line 4: occurred_at: occurred_at is an ISO 8601 time with an offset.",
        "line 5: quantity: A quantity is above zero.",
        "line 6: unit_price: unit_price is not a decimal number with at most 10 decimals.",
        "line 6: kind: A kind is USAGE or ADD_ON.",
        "line 6: currency: The account is in INR.",
    ]
    again = commands.run("import", "charges", file)
    assert (again.status, again.output) == (1, "0 recorded, 2 known before, 4 refused.\n")
    kept = await customer.seller.fetch("SELECT reference, description FROM charge ORDER BY 1")
    assert [tuple(row.values()) for row in kept] == [("a-1", "Storage, 3 TB"), ("a-6", "स्टोरेज")]


async def test_import_records_nothing_of_a_file_it_cannot_read(
    commands: Fleet, customer: Customer
) -> None:
    mine = await reference_of(customer)
    good = f"{mine},a-1,2026-09-03T10:00:00Z,Storage,3,12.50\n"
    file = commands.folder / "usage.csv"
    for content, words in (
        (f"account,reference,price\n{good}".encode(), "The heading has no column occurred_at"),
        (b"", "The heading has no column account"),
        (f"{HEADING}{good}".encode("utf-16"), "nothing was recorded"),
    ):
        file.write_bytes(content)
        ended = commands.run("import", "charges", file)
        assert ended.status == 2, ended
        assert words in ended.errors
        assert "Traceback" not in ended.errors
        assert ended.output == ""
    missing = commands.run("import", "charges", commands.folder / "none.csv")
    assert missing.status == 2
    assert "none.csv: No such file or directory" in missing.errors
    assert await customer.seller.fetch("SELECT 1 FROM charge") == []


async def test_run_month_issues_each_accounts_invoice_once(
    commands: Fleet, customer: Customer
) -> None:
    await customer.seller.customer()
    mine = await reference_of(customer)
    file = commands.folder / "usage.csv"
    file.write_text(HEADING + f"{mine},a-1,2026-10-03T10:00:00Z,Storage,3,12.50,,\n")
    assert commands.run("import", "charges", file).status == 0

    first = commands.run("run-month", "2026-10")
    assert (first.status, first.errors) == (0, "")
    assert first.output == "2026-10: 1 invoices issued, 1 accounts idle.\n"
    second = commands.run("run-month", "2026-10")
    assert second.output == "2026-10: 0 invoices issued, 2 accounts idle.\n"
    issued = await customer.seller.fetch(
        "SELECT account_id, total_minor, period_start FROM invoice"
    )
    assert [(one["account_id"], one["total_minor"]) for one in issued] == [(customer.id, 3750)]
    assert str(issued[0]["period_start"]) == "2026-10-01"

    for month in ("2026-13", "October", "2026-1"):
        refused = commands.run("run-month", month)
        assert refused.status == 2, month
        assert "Traceback" not in refused.errors


async def test_a_sellers_first_month_from_two_files_to_a_paid_invoice(fleet: Fleet) -> None:
    people = fleet.folder / "accounts.csv"
    people.write_text(
        "reference,name,email,plan,currency\n"
        "kochi,കൊച്ചി ലാബ്സ്,accounts@kochi.example,PAID,USD\n"
        "nobody,No Plan,accounts@nobody.example,GOLD,USD\n",
        encoding="utf-8",
    )
    usage = fleet.folder / "usage.csv"
    usage.write_text(HEADING + "kochi,c-1,2026-10-03T10:00:00Z,Storage,3,12.50,,\n")

    opened = fleet.run("import", "accounts", people)
    assert (opened.status, opened.output) == (1, "1 opened, 0 known before, 1 refused.\n")
    assert [line.partition(": ")[0] for line in opened.errors.splitlines()] == ["line 3"]
    again = fleet.run("import", "accounts", people)
    assert (again.status, again.output) == (1, "0 opened, 1 known before, 1 refused.\n")
    assert fleet.run("import", "charges", usage).output.startswith("1 recorded")
    fleet.start_service()
    assert fleet.run("run-month", "2026-10").output.startswith("2026-10: 1 invoices issued")

    async with (
        open_seller(fleet.settings(), fleet.issuer) as seller,
        gateway_at(fleet.gateway_url, API_KEY) as gateway,
    ):
        (row,) = await seller.fetch("SELECT id FROM account")
        async with as_viewer(fleet.graphql_url, seller.token(Role.OWNER, row["id"])) as owner:
            listed = await owner.ask(MY_INVOICES)
            account = listed["viewer"]["account"]
            assert account["name"] == "കൊച്ചി ലാബ്സ്"
            (invoice,) = account["invoices"]["nodes"]
            assert invoice["amountDue"] == {"minorUnits": "3750", "currency": "USD"}
            session = await owner.open_checkout(invoice["id"], return_to=fleet.base_url)
            assert session["quote"]["charged"]["currency"] == "INR"
            await gateway.pay(session["url"])

            async def paid() -> bool:
                return bool((await owner.invoice(invoice["id"]))["displayStatus"] == "PAID")

            await eventually(paid, within=30, why="the invoice is paid")


def test_the_doctor_finds_nothing_wrong_with_a_whole_service(fleet: Fleet) -> None:
    found = fleet.run("doctor", PAIDUP_CHROMIUM=str(find_chromium(None)))
    marks = [line.split()[:2] for line in found.output.splitlines() if line[:2] in ("ok", "!!")]
    subjects = ["configuration", "documents", "database", "chromium", "fonts", "gateway", "rates"]
    assert [subject for _, subject in marks] == subjects
    # Which fonts there are is the machine's own affair.
    assert {mark for mark, subject in marks if subject != "fonts"} == {"ok"}
    assert found.status == (0 if ["ok", "fonts"] in marks else 1)
    assert f"configured PostgreSQL, {len(known_migrations())} migrations" in found.output
    assert "answers in test mode" in found.output
    assert found.errors == ""


@pytest.fixture
def bank() -> Iterator[Bank]:
    """A bank that has published today."""
    with open_bank({TODAY: next_table()}) as found:
        yield found


def test_rates_are_fetched_by_hand_once(commands: Fleet, bank: Bank) -> None:
    fetched = commands.run("fetch-rates", PAIDUP_RATES_URL=bank.url)
    words = f"1 new tables. The newest exchange rates are of {TODAY}.\n"
    assert (fetched.status, fetched.output) == (0, words)
    again = commands.run("fetch-rates", PAIDUP_RATES_URL=bank.url)
    assert (again.status, again.output) == (0, words.replace("1 new", "0 new"))
    assert again.errors == ""


def test_rates_that_cannot_be_fetched_are_told(commands: Fleet, bank: Bank) -> None:
    bank.instead = lambda _: Response(status_code=500)
    failed = commands.run("fetch-rates", PAIDUP_RATES_URL=bank.url)
    assert failed.status == 1
    assert failed.output.startswith("0 new tables. The newest exchange rates are of 20")
    assert "failed: 127.0.0.1 answers 500\n" in failed.errors
    assert "Traceback" not in failed.errors
    nowhere = commands.run("fetch-rates")
    assert nowhere.status == 2
    assert "PAIDUP_RATES_URL is empty" in nowhere.errors


def test_absurd_rates_are_kept_only_when_a_person_says_so(commands: Fleet, bank: Bank) -> None:
    bank.tables[TODAY] = next_table(INR="10608.4")
    refused = commands.run("fetch-rates", PAIDUP_RATES_URL=bank.url)
    assert (refused.status, refused.output[:1]) == (1, "0")
    assert f"the rates of {TODAY} were refused: INR moved from 106.084 to 10608.4" in refused.errors
    accepted = commands.run("fetch-rates", "--accept-jumps", PAIDUP_RATES_URL=bank.url)
    assert (accepted.status, accepted.output[:1]) == (0, "1")


def test_the_doctor_tells_how_old_the_rates_are_and_whether_newer_ones_can_be_had(
    fleet: Fleet, bank: Bank
) -> None:
    def found(**settings: str) -> str:
        told = fleet.run("doctor", **settings).output
        return told[told.index("rates  ") - len("ok  ") :]

    at_bank = {"PAIDUP_RATES_URL": bank.url, "PAIDUP_RATE_MAX_AGE_DAYS": "1"}
    old = found(**at_bank)
    assert old.startswith("!!")
    assert "no checkout in another currency can start" in old
    assert f"those of {TODAY} can be fetched" in old
    assert "-> run `paidup fetch-rates`, and see that a worker runs" in old
    assert "set PAIDUP_RATES_URL, or" in found(PAIDUP_RATE_MAX_AGE_DAYS="1")

    assert fleet.run("fetch-rates", PAIDUP_RATES_URL=bank.url).status == 0
    fresh = found(**at_bank)
    assert fresh.startswith("ok")
    assert f"exchange rates of {TODAY}, 0 days old, used until {TODAY + timedelta(days=1)}" in fresh

    bank.instead = lambda _: Response(status_code=500)
    unreachable = found(**at_bank)
    assert unreachable.startswith("!!")
    assert "newer ones cannot be fetched: 127.0.0.1 answers 500" in unreachable
    assert "-> let this machine reach PAIDUP_RATES_URL" in unreachable


def test_the_doctor_says_what_to_do(nursery: Nursery, tmp_path: Path) -> None:
    found = nursery.run(
        "doctor",
        PAIDUP_DATABASE_URL="postgresql://paidup:hidden-word@127.0.0.1:1/paidup",
        PAIDUP_DATA_DIR=str(tmp_path),
        PAIDUP_CHROMIUM=str(tmp_path / "none"),
        PAIDUP_RATES_URL="http://127.0.0.1:1/daily.xml",
    )
    assert found.status == 1
    for words in (
        "!!  configuration  nobody can sign in",
        "set PAIDUP_JWKS_URL or PAIDUP_JWT_KEY_FILE",
        "!!  database",
        "PAIDUP_DATABASE_URL: PostgreSQL does not answer (ConnectionRefusedError)",
        "!!  chromium       not found",
        "apt-get install chromium-headless-shell",
        "!!  gateway        none configured",
        "newer ones cannot be fetched: 127.0.0.1: ConnectError",
    ):
        assert words in found.output
    assert "hidden-word" not in found.output + found.errors


def test_the_doctor_counts_trusted_documents_and_names_one_that_does_not_work(
    nursery: Nursery, tmp_path: Path
) -> None:
    texts = ("query A { viewer { email } }", "query B { qqqqqq }")
    manifest = tmp_path / "own.json"
    manifest.write_text(json.dumps({hash_of(text): text for text in texts}))
    known = len(trusted_documents(Settings()))
    variables = {
        "PAIDUP_DATABASE_URL": "postgresql://paidup@127.0.0.1:1/paidup",
        "PAIDUP_DATA_DIR": str(tmp_path),
        "PAIDUP_DOCUMENTS": "trusted",
        "PAIDUP_DOCUMENTS_MANIFEST": str(manifest),
    }
    found = nursery.run("doctor", **variables)
    assert found.status == 1
    assert (
        f"!!  documents      {known + 2} trusted documents, no others from customers; 1 of them do"
        f" not work: sha256:{hash_of(texts[1])}: Cannot query field 'qqqqqq' on type 'Query'.\n"
    ) in found.output

    manifest.write_text("{}{")
    broken = nursery.run("doctor", **variables).output
    assert "!!  documents      the service does not start\n" in broken
    assert f"-> trusted documents: {manifest}: not JSON\n" in broken


def test_the_doctor_says_that_a_demo_beside_it_has_settings_of_its_own(
    demo: Demo, nursery: Nursery, tmp_path: Path
) -> None:
    found = nursery.run("doctor", PAIDUP_DATA_DIR=str(demo.folder))
    first, second = found.output.splitlines()[:2]
    assert first == (
        f"ok  demo           one runs on {demo.folder} at {demo.base_url},"
        " with settings of its own: what is below is this shell's"
    )
    assert second.startswith("!!  configuration  nobody can sign in")
    assert answers(f"{demo.base_url}/readyz")

    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    (tmp_path / "demo.json").write_text(json.dumps({**demo.description, "pid": ended.pid}))
    alone = nursery.run(
        "doctor",
        PAIDUP_DATA_DIR=str(tmp_path),
        PAIDUP_DATABASE_URL="postgresql://paidup@127.0.0.1:1/paidup",
    )
    assert alone.output.startswith("!!  configuration")


def test_the_doctor_notices_a_wrong_key(fleet: Fleet) -> None:
    found = fleet.run("doctor", PAIDUP_STRIPE_SECRET_KEY="sk_test_of_somebody_else")
    assert found.status == 1
    assert "!!  gateway" in found.output
    assert "sk_test_of_somebody_else" not in found.output + found.errors


REFUSED = {
    "a name that does not exist": ("migrate", {"PAIDUP_DATABSE_URL": "x"}, "PAIDUP_DATABSE_URL"),
    "a live key with another host": (
        "serve",
        {
            "PAIDUP_STRIPE_SECRET_KEY": "sk_live_0123456789",
            "PAIDUP_STRIPE_WEBHOOK_SECRETS": WEBHOOK_SECRET,
            "PAIDUP_STRIPE_API_BASE": "http://127.0.0.1:1",
        },
        "a live key goes to Stripe only: unset PAIDUP_STRIPE_API_BASE",
    ),
    "a key without a webhook secret": (
        "serve",
        {"PAIDUP_STRIPE_SECRET_KEY": API_KEY},
        "PAIDUP_STRIPE_SECRET_KEY and PAIDUP_STRIPE_WEBHOOK_SECRETS go together",
    ),
    "no gateway": ("serve", {}, "set PAIDUP_STRIPE_SECRET_KEY"),
    "nobody to ask": (
        "serve",
        {"PAIDUP_STRIPE_SECRET_KEY": API_KEY, "PAIDUP_STRIPE_WEBHOOK_SECRETS": WEBHOOK_SECRET},
        "PAIDUP_JWT_KEY_FILE",
    ),
    "a separate worker on the embedded database": (
        "serve",
        {"PAIDUP_WORKER": "separate"},
        "a separate worker needs PAIDUP_DATABASE_URL",
    ),
    "a manifest that is not there": (
        "serve",
        {
            "PAIDUP_STRIPE_SECRET_KEY": API_KEY,
            "PAIDUP_STRIPE_WEBHOOK_SECRETS": WEBHOOK_SECRET,
            "PAIDUP_JWT_ISSUER": "https://issuer.example",
            "PAIDUP_JWKS_URL": "https://issuer.example/keys",
            "PAIDUP_DOCUMENTS_MANIFEST": "absent.json",
        },
        "trusted documents: absent.json: No such file",
    ),
    "a port that is none": ("serve", {"PAIDUP_PORT": "http"}, "PAIDUP_PORT"),
    "a database that is none": (
        "work",
        {"PAIDUP_DATABASE_URL": "postgresql://paidup:hidden-word@127.0.0.1:1/paidup"},
        "PAIDUP_DATABASE_URL: PostgreSQL does not answer",
    ),
}


@pytest.mark.parametrize(("command", "settings", "words"), REFUSED.values(), ids=list(REFUSED))
def test_a_configuration_that_cannot_work_is_refused_with_a_sentence(
    nursery: Nursery, tmp_path: Path, command: str, settings: dict[str, str], words: str
) -> None:
    ended = nursery.run(command, **{"PAIDUP_DATA_DIR": str(tmp_path), **settings})
    assert ended.status == 2, ended
    assert ended.errors.startswith("paidup: ")
    assert words in ended.errors
    for secret in ("sk_live_0123456789", API_KEY, WEBHOOK_SECRET, "hidden-word"):
        assert secret not in ended.errors + ended.output
    assert "Traceback" not in ended.errors
    assert list(tmp_path.iterdir()) == []
