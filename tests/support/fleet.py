"""A service as in production, of real processes: `serve`, `work` and a gateway, each on its own.

The database is the test's, or without a URL the service's embedded one in its data folder.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from service.settings import Settings, read_settings
from service.tokens import AUDIENCE, ISSUER, DemoIssuer
from tests.support.processes import Outcome, Program, Starter, answers, environment, free_ports

API_KEY = f"sk_test_{secrets.token_hex(8)}"
WEBHOOK_SECRET = f"whsec_{secrets.token_hex(8)}"


@dataclass
class Fleet:
    """Processes around one database and one folder. Start the gateway once, the others at will."""

    database_url: str
    folder: Path
    nursery: Starter
    stack: ExitStack
    port: int = field(default_factory=lambda: free_ports(2))
    service: Program | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def graphql_url(self) -> str:
        return f"{self.base_url}/graphql"

    @property
    def gateway_url(self) -> str:
        return f"http://127.0.0.1:{self.port + 1}"

    @property
    def issuer(self) -> DemoIssuer:
        return DemoIssuer(self.folder / "keys")

    def settings(self) -> Settings:
        """The same settings, for a look from the test's own process."""
        return read_settings(
            database_url=self.database_url,
            data_dir=self.folder,
            rate_max_age_days=36500,
            chromium=str(self.folder / "no-browser"),
        )

    def environment(self, **more: str) -> dict[str, str]:
        """Settings of `serve` and `work`. There is no browser: printing has journeys of its own."""
        return environment(**self.variables(**more))

    def variables(self, **more: str) -> dict[str, str]:
        return {
            "PAIDUP_DATABASE_URL": self.database_url,
            "PAIDUP_DATA_DIR": str(self.folder),
            "PAIDUP_PORT": str(self.port),
            "PAIDUP_JWT_ISSUER": ISSUER,
            "PAIDUP_JWT_AUDIENCE": AUDIENCE,
            "PAIDUP_JWT_KEY_FILE": str(self.issuer.public_key_file),
            "PAIDUP_STRIPE_SECRET_KEY": API_KEY,
            "PAIDUP_STRIPE_WEBHOOK_SECRETS": WEBHOOK_SECRET,
            "PAIDUP_STRIPE_API_BASE": self.gateway_url,
            "PAIDUP_RETURN_ORIGINS": self.base_url,
            "PAIDUP_CHROMIUM": str(self.folder / "no-browser"),
            "PAIDUP_RUN_DAY": "0",
            "PAIDUP_RATE_MAX_AGE_DAYS": "36500",
            "PAIDUP_RATES_URL": "",
        } | more

    def run(self, *arguments: str | Path, **more: str) -> Outcome:
        """Run one `paidup` command to its end, with these settings."""
        return self.nursery.run(*arguments, **self.variables(**more))

    def start_gateway(self) -> Program:
        given = {
            "port": self.port + 1,
            "api_key": API_KEY,
            "webhook_endpoints": [[f"{self.base_url}/webhooks/stripe", WEBHOOK_SECRET]],
            "journal": str(self.folder / "gateway.jsonl"),
        }
        gateway = self._program("tests.support.gateway", json.dumps(given), log="gateway.log")
        gateway.wait_until(
            lambda: answers(f"{self.gateway_url}/healthz"), why="the gateway answers"
        )
        return gateway

    def start_service(self, **more: str) -> Program:
        """Start `serve` and wait until it is ready."""
        service = self.launch_service(**more)
        service.wait_until(lambda: answers(f"{self.base_url}/readyz"), why="the service is ready")
        return service

    def launch_service(self, **more: str) -> Program:
        """Start `serve`, and do not wait."""
        self.service = self._program("service", "serve", log="serve.log", **more)
        return self.service

    def start_worker(self) -> Program:
        """Start `work`; what it does shows when it is ready. On an embedded database it helps the
        worker that `serve` then has inside."""
        separate = {"PAIDUP_WORKER": "separate"} if self.database_url else {}
        return self._program("service", "work", log="work.log", **separate)

    def _program(self, *arguments: str, log: str, **more: str) -> Program:
        process = self.nursery.start(
            *arguments, log=self.folder / log, env=self.environment(**more)
        )
        return self.stack.enter_context(Program(process, self.folder / log))


@contextmanager
def fleet_on(database_url: str, folder: Path, nursery: Starter) -> Iterator[Fleet]:
    """A gateway that runs, and what the test starts; all of it is gone afterwards."""
    with ExitStack() as stack:
        fleet = Fleet(database_url, folder, nursery, stack)
        fleet.start_gateway()
        yield fleet
