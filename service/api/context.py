"""Who asks, and what one operation may use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import strawberry

from service.api.allowance import Allowance
from service.api.reads import Reads
from service.billing.people import MAY_PAY, STAFF, Role
from service.ports import Ports


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks, as a checked token says: the session of the transports.

    `account_id` is None for the seller's staff, and only for them.
    """

    email: str
    role: Role
    account_id: UUID | None
    expires_at: datetime

    @property
    def may_pay(self) -> bool:
        return self.role in MAY_PAY

    @property
    def is_staff(self) -> bool:
        return self.role in STAFF


@dataclass(frozen=True, slots=True)
class Context:
    """What the resolvers of one operation share."""

    ports: Ports
    viewer: Viewer
    reads: Reads
    allowance: Allowance

    @classmethod
    def of(cls, ports: Ports, viewer: Viewer, allowance: Allowance) -> Context:
        """A context for one operation, which has read nothing yet."""
        return cls(ports, viewer, Reads(ports, viewer), allowance)


Info: TypeAlias = strawberry.Info[Context, None]
