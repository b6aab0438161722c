"""The command line. `paidup --help` lists the commands."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import cyclopts
import uvloop

import service
from service.billing.errors import InvalidInput
from service.billing.period import Month
from service.logs import configure_logs
from service.ports import Ports
from service.settings import Settings, SettingsError, read_settings
from service.workflows.charges import LineReport

app = cyclopts.App(
    name="paidup", help="Billing with a status you can trust.", version=service.__version__
)
importing = cyclopts.App(name="import", help="Load a seller's files.")
app.command(importing)


class _Report(Protocol):
    @property
    def refused(self) -> tuple[LineReport, ...]: ...


ReportT = TypeVar("ReportT", bound=_Report)


def main() -> None:
    """Run one command; a configuration that cannot work ends it with a sentence, not a trace."""
    try:
        app()
    except SettingsError as error:
        print(f"paidup: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    except BrokenPipeError:
        # Who reads, such as `head`, has enough. What is still in the buffer must not fail at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None


@app.command
def demo(
    *,
    port: int = 8000,
    data_dir: Path = Path(".paidup"),
    host: str = "127.0.0.1",
    verbose: bool = False,
) -> None:
    """Run everything on this machine: embedded PostgreSQL, sandbox gateway, sample accounts.

    Parameters
    ----------
    port
        Port of the service; the sandbox gateway takes the next one.
    data_dir
        Folder of everything kept; a second start on it goes on where the first ended.
    host
        Address to listen on.
    verbose
        Write log lines of every request to the terminal.
    """
    with _loading():
        from service import demo as whole

    configure_logs("console", level=20 if verbose else 30)
    _run(lambda stop: whole.until(stop, host=host, port=port, data_dir=data_dir.absolute()))


@app.command
def serve() -> None:
    """Serve the API; with PAIDUP_WORKER=inline (the default) jobs run in this process too."""
    settings = _settings()
    _run(lambda stop: _serve(settings, stop))


@app.command
def work() -> None:
    """Run jobs only: printing, mailing, settling, the monthly run."""
    settings = _settings()
    _run(lambda stop: _work(settings, stop))


@app.command
def migrate() -> None:
    """Bring the database to the newest form. Safe to run from several machines at once."""
    asyncio.run(_migrate(_settings()))


@app.command
def run_month(month: str) -> None:
    """Issue one month's usage invoices for all accounts; a second run issues nothing twice.

    Parameters
    ----------
    month
        The month that was used, such as 2026-10.
    """
    try:
        wanted = Month.parse(month)
    except ValueError as error:
        raise SettingsError(str(error)) from None
    raise SystemExit(asyncio.run(_run_month(_settings(), wanted)))


@importing.command
def charges(file: Path) -> None:
    """Record the charges of a CSV file; lines that are refused are listed with the reason.

    Parameters
    ----------
    file
        Columns: account, reference, occurred_at, description, quantity, unit_price, and
        optionally currency and kind.
    """
    raise SystemExit(asyncio.run(_import_charges(_settings(), file)))


@importing.command
def accounts(file: Path) -> None:
    """Open the accounts of a CSV file; lines that are refused are listed with the reason.

    Parameters
    ----------
    file
        Columns: reference, name, email, plan, currency, and optionally charge_currency, locale,
        time_zone, street, city, region, postal_code, country_code, tax_id, tax_name, tax_percent.
    """
    raise SystemExit(asyncio.run(_import_accounts(_settings(), file)))


@app.command
def fetch_rates(*, accept_jumps: bool = False) -> None:
    """Fetch the newest exchange rates now. Workers do so by themselves, each working day.

    Parameters
    ----------
    accept_jumps
        Keep rates also that differ by more than half from those before, after a look at them.
    """
    raise SystemExit(asyncio.run(_fetch_rates(_settings(), accept_jumps=accept_jumps)))


@app.command
def audit(*, account: str | None = None, books_only: bool = False) -> None:
    """Work every invoice and payment out anew, from the ledger and from the gateway, and print
    every difference, also what the gateway took in the last 30 days and nobody booked. Nothing is
    changed. Ends with 1 when there is a difference, and with 2 when something was not checked as
    the gateway does not answer.

    Parameters
    ----------
    account
        The reference of one account; all accounts otherwise.
    books_only
        Ask no gateway.
    """
    from service import commands

    checked = commands.audit(_settings(), account, books_only=books_only)
    raise SystemExit(asyncio.run(checked))


@app.command
def reconcile() -> None:
    """Read the gateway's own lists now: what happened there, and what it captured in the last
    three days. Workers do so by themselves, each minute and each night."""
    from service import commands

    raise SystemExit(asyncio.run(commands.reconcile(_settings())))


@app.command
def retry_jobs() -> None:
    """Queue the jobs again that were given up after all their tries."""
    asyncio.run(_retry_jobs(_settings()))


@app.command
def schema() -> None:
    """Print schema.graphql."""
    from service.api.schema import print_sdl

    print(print_sdl(), end="")


@app.command
def simulate(*, seed: int = 1, histories: int = 1_000, jobs: int = 2, trace: bool = False) -> None:
    """Play histories of a hostile gateway, crashes and bad timing; each promise must hold.

    Parameters
    ----------
    seed
        The first history's seed; the others follow it. The same seed is the same history.
    histories
        How many to play. The first that breaks a promise is printed and ends the run with 1.
    jobs
        Processes that play at the same time.
    trace
        Print each history, also when all is well.
    """
    from service.simulation import command

    configure_logs("console", level=50)
    seeds, say = range(seed, seed + histories), partial(print, flush=True)
    raise SystemExit(command.simulate(seeds, jobs=jobs, trace=trace, say=say))


@app.command
def doctor() -> None:
    """Check configuration, documents, database, Chromium, fonts, gateway and rates; say what to
    do."""
    from service import doctor as checks

    configure_logs("console", level=50)
    raise SystemExit(asyncio.run(checks.report()))


def _settings() -> Settings:
    settings = read_settings()
    configure_logs(settings.log_format)
    return settings


def _run(body: Any) -> None:
    """Run until done, SIGINT or SIGTERM; the latter two end it cleanly, with exit status 0."""

    async def with_signals() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        loop.set_exception_handler(partial(_tell, stop))
        work: Coroutine[Any, Any, None] = body(stop)
        await work

    uvloop.run(with_signals())


def _tell(stop: asyncio.Event, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Ctrl-C reaches the browser's driver too: that it is gone while we stop is no news."""
    if not stop.is_set():
        loop.default_exception_handler(context)


@contextlib.contextmanager
def _loading() -> Iterator[None]:
    """Import what stays for as long as the process runs: looking for garbage among it is a tenth of
    the start, and a pause for those who wait each time that it is looked through again."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


async def _serve(settings: Settings, stop: asyncio.Event) -> None:
    with _loading():
        from service.app import inline_worker, open_service
        from service.serving import bind, build_app, listening, token_checker, trusted_documents

    if not settings.stripe_secret_key:
        raise SettingsError("set PAIDUP_STRIPE_SECRET_KEY and PAIDUP_STRIPE_WEBHOOK_SECRETS")
    checker, documents = token_checker(settings), trusted_documents(settings)
    embedded = not settings.database_url
    async with contextlib.AsyncExitStack() as stack:
        bound = stack.enter_context(bind(settings.host, settings.port))
        service = await stack.enter_async_context(open_service(settings, migrating=embedded))
        if settings.worker == "inline":
            await stack.enter_async_context(inline_worker(settings, service))
        app = build_app(settings, service.ports, checker, documents)
        await stack.enter_async_context(
            listening(app, bound, trusted_proxies=settings.trusted_proxies)
        )
        await stop.wait()


async def _work(settings: Settings, stop: asyncio.Event) -> None:
    with _loading():
        from service.app import inline_worker, open_service

    async with open_service(settings) as service, inline_worker(settings, service):
        await stop.wait()


async def _migrate(settings: Settings) -> None:
    from service.app import open_database
    from service.store.database import migrate as apply

    async with open_database(settings) as url:
        await apply(url)
    print("The database is up to date.")


async def _run_month(settings: Settings, month: Month) -> int:
    from service.app import open_service
    from service.workflows.run_month import run_month as run

    async with open_service(settings, migrating=not settings.database_url) as service:
        try:
            report = await run(service.ports, month)
        except InvalidInput as error:
            raise SettingsError(str(error)) from None
    print(f"{month}: {report.issued} invoices issued, {report.nothing_to_bill} accounts idle.")
    for account_id in report.failed:
        print(f"failed: account {account_id}", file=sys.stderr)
    return 1 if report.failed else 0


async def _fetch_rates(settings: Settings, *, accept_jumps: bool) -> int:
    from service.app import open_service
    from service.workflows.rates import fetch_rates as fetch

    if not settings.rates_url:
        raise SettingsError("PAIDUP_RATES_URL is empty: there is nowhere to fetch from")
    async with open_service(settings, migrating=not settings.database_url) as service:
        fetched = await fetch(service.ports, accept_jumps=accept_jumps)
    print(f"{len(fetched.kept)} new tables. The newest exchange rates are of {fetched.newest}.")
    if fetched.problem:
        print(f"failed: {fetched.problem}", file=sys.stderr)
    return 1 if fetched.problem else 0


async def _import_charges(settings: Settings, file: Path) -> int:
    from service.workflows.charges import import_charges

    report = await _import(settings, file, import_charges)
    if report is None:
        return 2
    print(
        f"{report.recorded} recorded, {report.known} known before, {len(report.refused)} refused."
    )
    return 1 if report.refused else 0


async def _import_accounts(settings: Settings, file: Path) -> int:
    from service.workflows.account_files import import_accounts

    report = await _import(settings, file, import_accounts)
    if report is None:
        return 2
    for line in report.differing:
        print(f"line {line}: it is known with other details, which stay", file=sys.stderr)
    print(f"{report.opened} opened, {report.known} known before, {len(report.refused)} refused.")
    return 1 if report.refused else 0


async def _import(
    settings: Settings, file: Path, load: Callable[[Ports, Iterable[str]], Awaitable[ReportT]]
) -> ReportT | None:
    """Load a file and tell why lines were refused; None when nothing of it could be used."""
    from service.app import open_service

    try:
        lines = file.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror}") from None
    with lines:
        async with open_service(settings, migrating=not settings.database_url) as service:
            try:
                report = await load(service.ports, lines)
            except InvalidInput as error:
                print(f"{file}: nothing was recorded: {error}", file=sys.stderr)
                return None
    for refused in report.refused:
        for issue in refused.issues:
            print(f"line {refused.line}: {'.'.join(issue.path)}: {issue.message}", file=sys.stderr)
    return report


async def _retry_jobs(settings: Settings) -> None:
    from service.app import open_database
    from service.store import queue
    from service.store.database import database

    async with open_database(settings) as url, database(url, pool_size=2):
        print(f"{await queue.retry_held()} jobs queued again.")


if __name__ == "__main__":
    main()
