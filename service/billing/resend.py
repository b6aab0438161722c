"""How often an invoice is mailed again: a customer in a loop must not become a mail bomb."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

PAUSE = timedelta(minutes=1)
"""Between two mails about one invoice to one address."""
DAY = timedelta(days=1)
"""What the bounds of a day are counted over: the last 24 hours."""
RESENDS_A_DAY = 10
"""Of one invoice."""
MAILS_A_DAY = 200
"""Of one account, by resends of all its invoices."""
MAILS_TO_ONE_A_DAY = 20
"""To one address, by resends of all invoices of an account: its members choose the address, which
may be a stranger's."""


@dataclass(frozen=True, slots=True)
class PlannedMail:
    """A mail about an invoice; `resend` is 0 for those that came with the issue, and counts the
    times that the invoice was mailed again. `recipient` is in small letters."""

    invoice_id: UUID
    resend: int
    recipient: str
    at: datetime


def not_before(
    now: datetime, planned: Sequence[PlannedMail], invoice_id: UUID, recipients: Collection[str]
) -> datetime | None:
    """When an invoice may be mailed again to some addresses, in small letters; None: now.

    `planned` are the mails of the account in the last `DAY`. An address that just got the invoice,
    or enough mails for a day, holds up the others too: all of them get it, or none.
    """
    about = [mail for mail in planned if mail.invoice_id == invoice_id]
    waits = [mail.at + PAUSE for mail in about if mail.recipient in recipients]
    resends = sorted({mail.resend: mail.at for mail in about if mail.resend}.values())
    waits += _room(resends, 1, RESENDS_A_DAY)
    again = sorted((mail for mail in planned if mail.resend), key=lambda mail: mail.at)
    waits += _room([mail.at for mail in again], len(recipients), MAILS_A_DAY)
    for recipient in recipients:
        times = [mail.at for mail in again if mail.recipient == recipient]
        waits += _room(times, 1, MAILS_TO_ONE_A_DAY)
    last = max(waits, default=now)
    return last if last > now else None


def _room(times: Sequence[datetime], more: int, most: int) -> list[datetime]:
    """When so many times more fit into a day; empty: now."""
    over = len(times) + more - most
    return [times[over - 1] + DAY] if over > 0 else []
