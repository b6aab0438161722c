"""The whole service on one machine: embedded PostgreSQL, sandbox gateway, worker, samples."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import shlex
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx

from service.api.app import SampleViewer as ExplorerViewer
from service.api.dashboard import FOLDER
from service.app import Service, inline_worker, open_service, utc_now, write_private
from service.billing.ids import Kind, encode
from service.billing.period import local_day
from service.samples import loader
from service.samples.loader import SampleViewer, TravelClock
from service.sandbox import Sandbox, SandboxSettings
from service.sandbox.journal import JournalInUse
from service.serving import bind, build_app, listening, token_checker, trusted_documents
from service.settings import PREFIX, Settings, SettingsError, read_settings
from service.tokens import AUDIENCE, ISSUER, DemoIssuer

_RATE_MAX_AGE_DAYS = 36500
# Where front ends run while they are built: npm's and Python's usual ports.
_DEV_SERVERS = (3000, 5173)


@dataclass(frozen=True, slots=True)
class DemoSecrets:
    """Keys of this demo's sandbox, made once in its data folder."""

    api_key: str
    webhook_secret: str

    @classmethod
    def in_folder(cls, folder: Path) -> DemoSecrets:
        kept = folder / "sandbox-keys.json"
        if not kept.exists():
            made = {
                "api_key": f"sk_test_{secrets.token_hex(16)}",
                "webhook_secret": f"whsec_{secrets.token_hex(16)}",
            }
            write_private(kept, json.dumps(made))
        return cls(**json.loads(kept.read_text()))


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo: its settings and `demo.json`'s content."""

    settings: Settings
    description: dict[str, Any]


@contextlib.asynccontextmanager
async def running(*, host: str, port: int, data_dir: Path) -> AsyncIterator[Demo]:
    """Everything runs while the block is open.

    Raises:
        SettingsError: a port or the folder is taken, or a live key is configured.
    """
    folder = data_dir / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    issuer = DemoIssuer(folder)
    keys = DemoSecrets.in_folder(folder)
    settings = _settings(host, port, data_dir, issuer, keys)
    clock = TravelClock(utc_now)
    async with contextlib.AsyncExitStack() as stack:
        own_address = stack.enter_context(bind(host, port))
        gateway_address = stack.enter_context(bind(host, _port_of(settings.stripe_api_base)))
        sandbox = _sandbox(settings, keys, clock, folder)
        (data_dir / "demo.json").unlink(missing_ok=True)
        write_private(data_dir / "demo.env", exported(settings))
        service = await stack.enter_async_context(
            open_service(settings, migrating=True, clock=clock)
        )
        await stack.enter_async_context(sandbox.running())
        await stack.enter_async_context(listening(sandbox.app, gateway_address))
        await stack.enter_async_context(inline_worker(settings, service))
        await _load_samples(settings, service, clock, folder)
        people = _people(issuer, await loader.viewers())
        app = build_app(
            settings,
            service.ports,
            token_checker(settings),
            trusted_documents(settings),
            sample_viewers=[
                ExplorerViewer(f"{one['role']} · {one['email']}", one["token"]) for one in people
            ],
        )
        await stack.enter_async_context(
            listening(app, own_address, trusted_proxies=settings.trusted_proxies)
        )
        description = _description(settings, keys, people)
        write_private(data_dir / "demo.json", json.dumps(description, indent=2, ensure_ascii=False))
        yield Demo(settings, description)


def _settings(
    host: str, port: int, data_dir: Path, issuer: DemoIssuer, keys: DemoSecrets
) -> Settings:
    given = read_settings()
    if given.stripe_secret_key:
        raise SettingsError("the demo brings its own gateway: unset PAIDUP_STRIPE_SECRET_KEY")
    base_url = f"http://{host}:{port}"
    local = [f"http://localhost:{one}" for one in (port, *_DEV_SERVERS)]
    return read_settings(
        host=host,
        port=port,
        data_dir=data_dir,
        base_url=given.base_url or base_url,
        jwt_issuer=ISSUER,
        jwt_audience=AUDIENCE,
        jwt_key_file=issuer.public_key_file,
        stripe_secret_key=keys.api_key,
        stripe_webhook_secrets=(keys.webhook_secret,),
        stripe_api_base=f"http://{host}:{port + 1}",
        return_origins=(*given.return_origins, base_url, *local),
        cors_origins=(*given.cors_origins, *local),
        documents="open",
        rates_url="",
        rate_max_age_days=_RATE_MAX_AGE_DAYS,
        payment_terms_days=30,
        seller_tax_id="29AAGCP1234M1Z5",
        mail_from="billing@paidup.example",
        seller_email="billing@paidup.example",
    )


def exported(settings: Settings) -> str:
    """A shell script that gives other commands the settings that are not the usual ones."""
    lines = []
    for name, value in settings.model_dump(exclude_defaults=True).items():
        text = ",".join(value) if isinstance(value, tuple) else str(value)
        if isinstance(value, Path):
            text = str(value.absolute())
        lines.append(f"export {PREFIX}{name.upper()}={shlex.quote(text)}\n")
    return "".join(lines)


def _sandbox(settings: Settings, keys: DemoSecrets, clock: TravelClock, folder: Path) -> Sandbox:
    sandbox_settings = SandboxSettings(
        api_key=keys.api_key,
        base_url=settings.stripe_api_base,
        seller_name=settings.seller_name,
        webhook_endpoints=((f"{settings.public_url}/webhooks/stripe", keys.webhook_secret),),
        journal=folder / "sandbox-journal.jsonl",
        clock=clock,
    )
    try:
        return Sandbox(sandbox_settings)
    except JournalInUse:
        raise SettingsError(f"another demo runs on {settings.data_dir}") from None


async def _load_samples(
    settings: Settings, service: Service, clock: TravelClock, folder: Path
) -> None:
    """Load the samples once; a load that was cut off goes on with the day it began on."""
    marker = folder / "samples.json"
    state: dict[str, Any] = json.loads(marker.read_text()) if marker.exists() else {}
    if state.get("loaded"):
        return
    today = state.get("today") or local_day(utc_now(), settings.seller_time_zone).isoformat()
    write_private(marker, json.dumps({"today": today, "loaded": False}))
    async with httpx.AsyncClient(base_url=settings.stripe_api_base, timeout=30) as client:

        async def pay(page_url: str) -> None:
            session_id = page_url.rpartition("/")[2]
            answer = await client.post(
                f"/_sandbox/sessions/{session_id}/pay", json={"outcome": "success"}
            )
            answer.raise_for_status()

        await loader.load(service.ports, clock, pay, today=date.fromisoformat(today))
    write_private(marker, json.dumps({"today": today, "loaded": True}))


def _people(issuer: DemoIssuer, viewers: list[SampleViewer]) -> list[dict[str, Any]]:
    now = utc_now()
    return [
        {
            "email": one.email,
            "role": one.role,
            "account": one.account,
            "account_id": encode(Kind.ACCOUNT, one.account_id) if one.account_id else None,
            "plan": one.plan,
            "token": issuer.token(
                email=one.email, role=one.role, account_id=one.account_id, at=now
            ),
        }
        for one in viewers
    ]


def _description(
    settings: Settings, keys: DemoSecrets, people: list[dict[str, Any]]
) -> dict[str, Any]:
    base = settings.public_url
    return {
        "base_url": base,
        "graphql_url": f"{base}/graphql",
        "ws_url": f"{base.replace('http', 'ws', 1)}/graphql",
        "webhook": {"url": f"{base}/webhooks/stripe", "secret": keys.webhook_secret},
        "sandbox": {"base_url": settings.stripe_api_base},
        "viewers": people,
        "pid": os.getpid(),
    }


def _port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


async def until(stop: asyncio.Event, *, host: str, port: int, data_dir: Path) -> None:
    """Run the demo until `stop` is set, and say where to click."""
    async with running(host=host, port=port, data_dir=data_dir) as demo:
        print(_welcome(demo, data_dir), flush=True)  # noqa: T201 - the demo's one message
        await stop.wait()


def _welcome(demo: Demo, data_dir: Path) -> str:
    base = demo.description["base_url"]
    dashboard = f"{base}/" if (FOLDER / "index.html").exists() else "make dashboard builds it"
    return (
        "\nPaidup is running. No real money moves.\n\n"
        f"  Dashboard       {dashboard}\n"
        f"  Explorer        {base}/graphql   (choose a sample viewer at: Ask as)\n"
        f"  Test gateway    {demo.description['sandbox']['base_url']}\n"
        f"  Mails           {data_dir / 'mail'}\n"
        f"  For programs    {data_dir / 'demo.json'}\n\n"
        "Test card 4242 4242 4242 4242, any future date, any CVC, any name. Ctrl-C stops all.\n"
    )
