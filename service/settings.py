"""Settings: one frozen value, read once from PAIDUP_* variables.

Empty means the embedded default. Names that do not exist and halves of a pair are refused, so that
a typo cannot silently leave a safeguard off.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "PAIDUP_"
Words = Annotated[tuple[str, ...], NoDecode]
Paths = Annotated[tuple[Path, ...], NoDecode]


class SettingsError(Exception):
    """The configuration cannot be used; the text says what to change."""


class Settings(BaseSettings):
    """All settings of the service. Lists are separated by commas."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    database_url: str = Field(
        "", repr=False, description="PostgreSQL URL; empty: an embedded PostgreSQL"
    )
    database_pool_size: int = Field(10, ge=2, le=100, description="Connections per process")
    data_dir: Path = Field(Path(".paidup"), description="Folder of everything kept on disk")
    host: str = Field("127.0.0.1", description="Address to listen on")
    port: int = Field(8000, ge=1, le=65535, description="Port to listen on")
    base_url: str = Field("", description="Public URL of the service; empty: from host and port")
    trusted_proxies: Words = Field(
        (), description="Addresses or networks of proxies whose X-Forwarded-For is believed"
    )
    worker: Literal["inline", "separate"] = Field(
        "inline", description="Run jobs in the serving process, or only in `paidup work`"
    )

    jwt_issuer: str = Field("", description="Required `iss` of bearer tokens")
    jwt_audience: str = Field("paidup", description="Required `aud` of bearer tokens")
    jwks_url: str = Field("", description="Where the issuer publishes its keys")
    jwt_key_file: Path | None = Field(None, description="Public keys as a JWK set or PEM file")

    stripe_secret_key: str = Field("", repr=False, description="Secret key of the Stripe account")
    stripe_webhook_secrets: Words = Field(
        (), repr=False, description="Signing secrets of the webhook endpoint, newest first"
    )
    stripe_api_base: str = Field("", description="Another host for Stripe's API: the sandbox's")
    return_origins: Words = Field(
        (), description="Origins that a payer may be sent back to, such as https://app.example.com"
    )
    cors_origins: Words = Field((), description="Origins whose pages may call the API")
    sign_in_url: str = Field(
        "",
        pattern=r"^(https?://[^/\s]+(/\S*)?)?$",
        description="Where the dashboard sends a browser that has no token; empty: nowhere",
    )
    documents: Literal["open", "trusted"] = Field(
        "open",
        description="GraphQL documents that customers may send: any, or those of the manifests "
        "alone; staff may send any",
    )
    documents_manifest: Paths = Field(
        (), description="Manifests of a product's own documents, beside the contract's"
    )

    link_secret: str = Field(
        "",
        repr=False,
        description="Key of signed invoice links; empty: made once in the data folder",
    )
    documents_url: str = Field("", description="file:///, s3:// for PDFs; empty: the data folder")
    smtp_url: str = Field("", repr=False, description="SMTP server; empty: .eml files in a folder")
    mail_from: str = Field("billing@localhost", description="Sender of invoice mails")
    chromium: str = Field("", description="Path of a Chromium; empty: the first one found")

    seller_name: str = Field("Paidup Demo Pvt. Ltd.", description="Name on invoices")
    seller_email: str = Field("billing@localhost", description="Mail address on invoices")
    seller_address: str = Field(
        "4th Floor, 80 Feet Road|Bengaluru|Karnataka|560095|IN",
        description="Street lines (separated by ;), city, region, postal code, country, with |",
    )
    seller_tax_id: str = Field("", description="Tax id on invoices, such as a GSTIN")
    seller_time_zone: str = Field("Asia/Kolkata", description="Zone of the seller's calendar")
    financial_year_start_month: int = Field(
        4, ge=1, le=12, description="First month of the year that invoice numbers count in"
    )
    number_prefix: str = Field(
        "INV", pattern="^[A-Z0-9]{1,4}$", description="Start of invoice numbers: letters and digits"
    )
    payment_terms_days: int = Field(15, ge=0, le=365, description="Days from issue to due date")

    checkout_minutes: int = Field(
        60, ge=31, le=1440, description="How long a quote and its payment page hold"
    )
    rates_url: str = Field(
        "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml",
        pattern=r"^(https?://[^/\s]+/\S*)?$",
        description="Daily exchange rates, with eurofxref-hist-90d.xml beside them; empty: only "
        "those that are packaged",
    )
    rate_max_age_days: int = Field(
        7, ge=1, le=36500, description="Oldest exchange rate that a checkout may use"
    )
    sweep_seconds: int = Field(1, ge=1, le=60, description="Pause between looks at live attempts")
    run_day: int = Field(
        4, ge=0, le=28, description="Day of the month of the usage run; 0: only by hand"
    )
    log_format: Literal["json", "console"] = Field("json", description="Form of log lines")

    @field_validator(
        "stripe_webhook_secrets",
        "return_origins",
        "cors_origins",
        "documents_manifest",
        "trusted_proxies",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            # A slash after an origin is a common slip; no origin and no secret ends in one.
            return tuple(word.strip().rstrip("/") for word in value.split(",") if word.strip())
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _addresses(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in proxies:
            try:
                ip_network(proxy)
            except ValueError:
                raise ValueError(f"{proxy} is no address and no network") from None
        return proxies

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.stripe_secret_key) != bool(self.stripe_webhook_secrets):
            raise ValueError(
                "PAIDUP_STRIPE_SECRET_KEY and PAIDUP_STRIPE_WEBHOOK_SECRETS go together"
            )
        if self.jwks_url and self.jwt_key_file:
            raise ValueError("set PAIDUP_JWKS_URL or PAIDUP_JWT_KEY_FILE, not both")
        if (self.jwks_url or self.jwt_key_file) and not self.jwt_issuer:
            raise ValueError("PAIDUP_JWT_ISSUER is required to check tokens")
        if self.stripe_api_base and self.live_mode:
            raise ValueError("a live key goes to Stripe only: unset PAIDUP_STRIPE_API_BASE")
        if self.rates_url.startswith("http://") and self.live_mode:
            raise ValueError("rates that real money is charged at come over https")
        if self.sign_in_url.startswith("http://") and self.live_mode:
            raise ValueError("people who pay real money sign in over https: PAIDUP_SIGN_IN_URL")
        if self.link_secret and len(self.link_secret) < 32:
            raise ValueError("PAIDUP_LINK_SECRET has at least 32 characters")
        if self.worker == "separate" and not self.database_url:
            raise ValueError("a separate worker needs PAIDUP_DATABASE_URL")
        return self

    @property
    def live_mode(self) -> bool:
        """Whether the gateway key moves real money."""
        return self.stripe_secret_key.startswith(("sk_live_", "rk_live_"))

    @property
    def public_url(self) -> str:
        """The URL that browsers reach the service under, without a slash at the end."""
        return (self.base_url or f"http://{self.host}:{self.port}").rstrip("/")


def read_settings(**given: object) -> Settings:
    """Read the environment; `given` values win over it.

    Raises:
        SettingsError: a variable is unknown or its value is wrong.
    """
    _refuse_unknown(os.environ)
    try:
        return Settings(**given)  # type: ignore[arg-type]  # checked by the model itself
    except ValidationError as error:
        issues = error.errors(include_input=False)
        lines = [_line(issue["loc"], issue["msg"]) for issue in issues]
        raise SettingsError("\n".join(lines)) from None


def _line(place: tuple[int | str, ...], message: str) -> str:
    """What is wrong and with which variable, without the words that pydantic puts before ours."""
    words = message.removeprefix("Value error, ")
    name = "_".join(map(str, place)).upper()
    return f"{PREFIX}{name}: {words}" if name else words


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(name for name in environment if name.startswith(PREFIX) and name not in known)
    if unknown:
        raise SettingsError("there is no setting " + ", ".join(unknown))
