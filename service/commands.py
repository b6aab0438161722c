"""Commands that look whether the books are right."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from service.app import check_there_is_a_database, open_service
from service.billing.ids import Kind, encode
from service.settings import Settings, SettingsError
from service.store import accounts
from service.workflows import reconcile as lists
from service.workflows.audit import audit as differences
from service.workflows.audit_findings import Difference, Weight

_SILENT = "the gateway does not answer; --books-only asks none"


async def audit(settings: Settings, reference: str | None, *, books_only: bool) -> int:
    """Print every difference and return the exit status: 0 when there is none.

    Raises:
        SettingsError: there is no database, or no account of this reference; or, once all is
            printed, the gateway did not answer about all of it.
    """
    check_there_is_a_database(settings)
    count: Counter[Weight] = Counter()
    async with open_service(settings, migrating=not settings.database_url) as service:
        account_id = await _account(reference) if reference is not None else None
        async for one in differences(
            service.ports, account_id=account_id, ask_gateways=not books_only
        ):
            count[one.weight] += one.stands_for
            print(_line(one))
    found, unheard = count[Weight.DIFFERENCE], count[Weight.NOT_CHECKED]
    print(_sum(found, "difference") or "no differences")
    if foreign := count[Weight.NOTE]:
        verb = "is" if foreign == 1 else "are"
        print(f"{_sum(foreign, 'payment')} at the gateway {verb} not ours")
    if unheard:
        print(f"{_sum(unheard, 'thing')} could not be checked")
        raise SettingsError(_SILENT)
    return 1 if found else 0


def _sum(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count > 1 else ''}" if count else ""


def _line(one: Difference) -> str:
    whose = f"account {encode(Kind.ACCOUNT, one.account_id)}: " if one.account_id else ""
    note = "note: " if one.weight is Weight.NOTE else ""
    return f"{note}{whose}{one.about}: {one.what}"


async def _account(reference: str) -> UUID:
    found = (await accounts.find_by_references([reference])).get(reference)
    if found is None:
        raise SettingsError(f"there is no account {reference}")
    return found.id


async def reconcile(settings: Settings) -> int:
    """Read the gateways' own lists now and take in what is missing; return the exit status.

    Raises:
        SettingsError: there is no database; or, once all is printed, a list could not be read, or
            not to its end.
    """
    check_there_is_a_database(settings)
    unread: set[str] = set()
    async with open_service(settings, migrating=not settings.database_url) as service:
        notices = await lists.read_events(service.ports, unread=unread)
        payments = await lists.compare_lately(service.ports, unread=unread)
    print(
        f"{notices} notices taken in for a worker to handle,"
        f" {payments} payments of the last three days were not booked."
    )
    if unread:
        raise SettingsError(f"{', '.join(sorted(unread))}: its lists could not be read; try again")
    return 0
