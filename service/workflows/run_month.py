"""The monthly run: each account's usage invoice of one month, restartable at any account."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import structlog

from service.billing.errors import BillingError, InvalidInput
from service.billing.period import Month
from service.ports import Ports
from service.store import accounts
from service.workflows.issuing import issue_usage

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run did: invoices issued, accounts with nothing to bill, accounts that failed."""

    issued: int
    nothing_to_bill: int
    failed: tuple[UUID, ...]


async def run_month(ports: Ports, month: Month) -> RunReport:
    """Issue a month's usage invoices for all accounts. A second run issues nothing twice.

    Each account is a transaction of its own; one that fails is reported and keeps no other back.

    Raises:
        InvalidInput: the month is not over yet.
    """
    if month.bounds(ports.seller.time_zone)[1] > ports.clock():
        raise InvalidInput.one("month", "NOT_OVER", f"{month} is not over yet.")
    issued, idle, failed = 0, 0, []
    after: UUID | None = None
    while page := await accounts.ids(after=after):
        after = page[-1]
        for account_id in page:
            try:
                made = await issue_usage(ports, account_id, month)
            except (BillingError, ValueError) as error:
                log.error("not_billed", account=str(account_id), month=str(month), why=str(error))
                failed.append(account_id)
                continue
            issued, idle = (issued + 1, idle) if made else (issued, idle + 1)
    return RunReport(issued, idle, tuple(failed))
