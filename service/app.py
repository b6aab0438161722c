"""Composition root: Settings -> Ports. Beside the checks, the only one that knows the adapters."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from service import jobs
from service.adapters.absent import AbsentGateway, AbsentPrinter
from service.adapters.chromium_finder import find_chromium, missing_chromium_help
from service.adapters.chromium_printer import ChromiumPrinter
from service.adapters.circuit_breaker import CircuitBreaker
from service.adapters.ecb_http_rates import EcbHttpRates
from service.adapters.ecb_rates import PackagedEcbRates
from service.adapters.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
from service.adapters.folder_mailer import FolderMailer
from service.adapters.object_store import ObjectDocumentStore
from service.adapters.postgres_bus import PostgresBus
from service.adapters.signed_links import SignedLinks
from service.adapters.smtp_mailer import SmtpMailer
from service.adapters.stripe_gateway import StripeGateway
from service.billing.sheet import Address, Party
from service.gateway import Gateway
from service.ports import Clock, Mailer, Policy, Ports, Printer, RateSource, Seller
from service.settings import Settings, SettingsError
from service.store.database import applied_migrations, database, known_migrations, migrate

_DATABASE_ANSWERS_WITHIN_S = 20


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Service:
    """An opened service: its database, and everything its workflows may touch."""

    database_url: str
    ports: Ports


def check_there_is_a_database(settings: Settings) -> None:
    """Raises SettingsError: it would be made only now. What is asked of it then, such as whether
    its books are right, tells nothing."""
    if not settings.database_url and not EmbeddedPostgres.is_in(settings.data_dir):
        raise SettingsError(
            f"there is no database in {settings.data_dir}: set PAIDUP_DATA_DIR or"
            " PAIDUP_DATABASE_URL (a demo's settings are in the demo.env of its folder)"
        )


@contextlib.asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[str]:
    """The database's URL while the block is open: the configured one, or an embedded PostgreSQL
    in the data folder, started or joined.

    Raises:
        SettingsError: the configured one does not answer, or the embedded one cannot run here.
    """
    if settings.database_url:
        await _check_database(settings.database_url)
        yield settings.database_url
        return
    try:
        embedded = await asyncio.to_thread(EmbeddedPostgres.start, settings.data_dir)
    except EmbeddedPostgresError as error:
        raise SettingsError(f"the embedded PostgreSQL does not run: {error}") from None
    try:
        yield embedded.dsn
    finally:
        await asyncio.to_thread(embedded.stop)


async def _check_form() -> None:
    if known_migrations() - set(await applied_migrations()):
        raise SettingsError("the database lacks migrations: run `paidup migrate` first")


async def _check_database(url: str) -> None:
    try:
        connection = await asyncpg.connect(url, timeout=_DATABASE_ANSWERS_WITHIN_S)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        # Not the error's own words: they may quote the URL, and with it the password.
        why = type(error).__name__
        raise SettingsError(f"PAIDUP_DATABASE_URL: PostgreSQL does not answer ({why})") from None
    await connection.close()


@contextlib.asynccontextmanager
async def open_service(
    settings: Settings, *, migrating: bool = False, clock: Clock = utc_now
) -> AsyncIterator[Service]:
    """Open everything that workflows need, and close it again.

    Raises:
        SettingsError: the configuration cannot work.
    """
    async with contextlib.AsyncExitStack() as stack:
        url = await stack.enter_async_context(open_database(settings))
        if migrating:
            await migrate(url)
        await stack.enter_async_context(database(url, pool_size=settings.database_pool_size))
        await _check_form()
        bus = await stack.enter_async_context(PostgresBus(url))
        printer = await stack.enter_async_context(_printer(settings))
        ports = Ports(
            gateway=open_gateway(settings, clock),
            bus=bus,
            printer=printer,
            documents=ObjectDocumentStore.at(
                settings.documents_url or str(settings.data_dir.absolute() / "documents")
            ),
            mailer=_mailer(settings, clock),
            rates=PackagedEcbRates(),
            links=SignedLinks(_link_secret(settings), clock),
            clock=clock,
            seller=_seller(settings),
            policy=_policy(settings),
            daily_rates=open_daily_rates(settings),
        )
        yield Service(url, ports)


def inline_worker(
    settings: Settings, service: Service
) -> contextlib.AbstractAsyncContextManager[None]:
    """Jobs run while the block is open."""
    return jobs.worker(
        service.database_url,
        service.ports,
        sweep_seconds=settings.sweep_seconds,
        run_day=settings.run_day,
    )


@contextlib.asynccontextmanager
async def _printer(settings: Settings) -> AsyncIterator[Printer]:
    found = find_chromium(settings.chromium or None)
    if found is None:
        yield AbsentPrinter(missing_chromium_help())
        return
    async with ChromiumPrinter(found) as printer:
        yield printer


def open_gateway(settings: Settings, clock: Clock = utc_now) -> Gateway:
    """The configured gateway; without a key one that refuses everything."""
    if not settings.stripe_secret_key:
        return AbsentGateway()
    stripe = StripeGateway(
        settings.stripe_secret_key,
        settings.stripe_webhook_secrets,
        api_base=settings.stripe_api_base,
    )
    return CircuitBreaker(stripe, clock)


def open_daily_rates(settings: Settings) -> RateSource | None:
    """The configured source; None is a service that has the packaged rates only."""
    return EcbHttpRates(settings.rates_url) if settings.rates_url else None


def _mailer(settings: Settings, clock: Clock) -> Mailer:
    if settings.smtp_url:
        return SmtpMailer(settings.smtp_url, clock=clock)
    return FolderMailer(settings.data_dir / "mail", clock=clock)


def _link_secret(settings: Settings) -> str:
    """The configured key, or one made once in the data folder: links outlive a restart."""
    if settings.link_secret:
        return settings.link_secret
    kept = settings.data_dir / "link-secret"
    if not kept.exists():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        draft = kept.with_name(f"{kept.name}.{secrets.token_hex(4)}")
        write_private(draft, secrets.token_urlsafe(48))
        # Two processes may start at once: the first one's key counts for both.
        with contextlib.suppress(FileExistsError):
            os.link(draft, kept)
        draft.unlink()
    return kept.read_text()


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(path)


def _seller(settings: Settings) -> Seller:
    return Seller(
        party=Party(
            settings.seller_name,
            settings.seller_email,
            seller_address(settings.seller_address),
            settings.seller_tax_id or None,
        ),
        time_zone=settings.seller_time_zone,
        financial_year_start_month=settings.financial_year_start_month,
        number_prefix=settings.number_prefix,
        payment_terms_days=settings.payment_terms_days,
        mail_from=settings.mail_from,
    )


def seller_address(text: str) -> Address:
    """Read "street; street | city | region | postal code | country".

    Raises:
        SettingsError: it has another form.
    """
    parts = [part.strip() for part in text.split("|")]
    if len(parts) != 5 or len(parts[4]) != 2:
        raise SettingsError("PAIDUP_SELLER_ADDRESS: street|city|region|postal code|country code")
    street, city, region, postal_code, country = parts
    lines = tuple(line.strip() for line in street.split(";") if line.strip())
    return Address(lines, city, region or None, postal_code or None, country)


def _policy(settings: Settings) -> Policy:
    return Policy(
        checkout_lifetime=timedelta(minutes=settings.checkout_minutes),
        rate_max_age=timedelta(days=settings.rate_max_age_days),
        return_origins=settings.return_origins,
        base_url=settings.public_url,
    )
