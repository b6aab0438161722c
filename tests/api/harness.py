"""The whole app over a test's shop, and callers with tokens of their own."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from joserfc import jwt
from joserfc.jwk import OKPKey
from starlette.applications import Starlette
from starlette.types import ASGIApp

from service.api.allowance import Allowance
from service.api.app import build_api
from service.api.auth import TokenChecker
from service.api.context import Context, Viewer
from service.api.execution import Executor, Operation
from service.api.schema import schema
from service.billing.ids import Kind, encode
from service.billing.people import STAFF, Role
from service.billing.period import Month
from service.store import documents
from service.store.database import transaction
from service.store.records import Document, Invoice
from tests.support.shop import ORIGIN, Shop

JSON = dict[str, Any]
ISSUER = "https://issuer.example.com"
AUDIENCE = "paidup"


class Issuer:
    """The product's own issuer: signs with an Ed25519 key that the service knows the public half
    of."""

    def __init__(self, folder: Path) -> None:
        self._key = OKPKey.generate_key("Ed25519")
        self.public_key_file = folder / "issuer.pem"
        self.public_key_file.write_bytes(self._key.as_pem(private=False))

    def sign(self, claims: JSON, *, algorithm: str = "Ed25519") -> str:
        return jwt.encode({"alg": algorithm}, claims, self._key, algorithms=[algorithm])


@dataclass
class Api:
    """An app, and who may ask it."""

    shop: Shop
    app: Starlette
    issuer: Issuer
    http: httpx.AsyncClient

    def exchange(self, **ports: Any) -> None:
        """Serve over other ports from now on."""
        self.shop.with_ports(**ports)
        self.rebuild()

    def rebuild(self, **options: Any) -> None:
        """Serve with other options of `build_api` from now on."""
        self.app = _build(self.shop, self.issuer, **options)
        self.http = client_of(self.app)

    def caller(self, role: Role = Role.OWNER, account_id: UUID | None = None) -> Caller:
        """Somebody with a token for an hour; staff have no account."""
        expires_at = self.shop.clock() + timedelta(hours=1)
        email = f"{role.lower()}@northwind.example"
        viewer = Viewer(email, role, None if role in STAFF else account_id, expires_at)
        claims: JSON = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": email,
            "email": email,
            "role": role,
            "exp": int(expires_at.timestamp()),
        }
        if viewer.account_id is not None:
            claims["account"] = encode(Kind.ACCOUNT, viewer.account_id)
        return Caller(self, viewer, self.issuer.sign(claims))


@dataclass
class Caller:
    """Somebody who asks with a token."""

    api: Api
    viewer: Viewer
    token: str

    @property
    def bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}

    async def send(self, query: str, **variables: object) -> JSON:
        """The whole answer, errors included."""
        response = await self.api.http.post(
            "/graphql", json={"query": query, "variables": variables}, headers=self.bearer
        )
        answer: JSON = response.json()
        return answer

    async def ask(self, query: str, **variables: object) -> JSON:
        """The data of an answer without errors."""
        answer = await self.send(query, **variables)
        assert "errors" not in answer, answer["errors"]
        data: JSON = answer["data"]
        return data

    async def codes(self, query: str, **variables: object) -> list[str]:
        """The codes of an answer's errors."""
        answer = await self.send(query, **variables)
        return [error["extensions"]["code"] for error in answer["errors"]]

    async def listen(self, query: str, **variables: object) -> AsyncGenerator[JSON, None]:
        """The results of a subscription: each an event, or the errors that ended it."""
        executor = Executor(schema, timeout_s=15, document_chars_max=20_000)
        context = Context.of(self.api.shop.ports, self.viewer, Allowance())
        async for result in executor.stream(Operation(query, variables), context):
            if result.errors:
                codes = [(error.extensions or {})["code"] for error in result.errors]
                yield {"errors": codes}
            else:
                data: JSON = result.data or {}
                yield next(iter(data.values()))


def open_api(shop: Shop, folder: Path) -> Api:
    """The app as it is served, over the shop's ports."""
    issuer = Issuer(folder)
    app = _build(shop, issuer)
    return Api(shop, app, issuer, client_of(app))


def client_of(app: ASGIApp) -> httpx.AsyncClient:
    """A browser at an app, without a socket between them."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="https://pay.example.com")


def _build(shop: Shop, issuer: Issuer, **options: Any) -> Starlette:
    checker = TokenChecker(
        issuer=ISSUER, audience=AUDIENCE, key_file=issuer.public_key_file, clock=shop.clock
    )
    usual: dict[str, Any] = {
        "allowed_origins": [ORIGIN],
        "public_url": shop.ports.policy.base_url,
        "webhook_enabled": True,
    }
    return build_api(shop.ports, authenticate=checker, **(usual | options))


def public(kind: Kind, value: UUID) -> str:
    """An id as the API shows it."""
    return encode(kind, value)


MONTHS = [Month(2025, n) for n in range(1, 13)] + [Month(2026, n) for n in range(1, 10)]


async def issued(api: Api, account_id: UUID, count: int) -> list[Invoice]:
    """Invoices of a month each, the newest last, each issued on a day of its own."""
    made = []
    for month in MONTHS[:count]:
        made.append(await api.shop.invoice(account_id, "100.00", month=month))
        api.shop.clock.move(days=1)
    return made


PDF = b"%PDF-1.7 the very bytes"
PDF_SHA256 = sha256(PDF).hexdigest()


async def printed(shop: Shop, invoice: Invoice) -> None:
    """Give an invoice a PDF, as the printing job does."""
    assert invoice.document is not None
    await finished(shop, invoice.document)


async def finished(shop: Shop, document: Document) -> None:
    """Give a document its bytes, as the printing job does."""
    key = f"{document.account_id}/{document.id}.pdf"
    await shop.ports.documents.put(key, PDF)
    async with transaction():
        await documents.begin(document)
        await documents.finish(
            document,
            storage_key=key,
            sha256=PDF_SHA256,
            size_bytes=len(PDF),
            template_version="1",
            at=shop.clock(),
        )
