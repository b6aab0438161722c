"""What is printed on an account's invoices from now on. Issued invoices keep what they were issued
with."""

from __future__ import annotations

from dataclasses import replace
from typing import TypedDict
from uuid import UUID

from service.billing.errors import InputIssue, InvalidInput, StaleVersion
from service.billing.events import BillingDetailsChanged
from service.billing.sheet import Address
from service.billing.text import clean_line
from service.ports import Ports
from service.store import accounts, events
from service.store.database import transaction
from service.store.records import Account
from service.workflows.accounts import faults

_WORDS = {"lines": "list of up to 6 address lines", "email": "mail address"}
_INPUTS = {"tax_id": "taxId", "postal_code": "postalCode", "country_code": "countryCode"}


class Changes(TypedDict, total=False):
    """The details to change; an address or tax id of None is taken away."""

    name: str
    email: str
    locale: str
    address: Address | None
    tax_id: str | None


async def change(
    ports: Ports, account_id: UUID, *, expected_version: int, changes: Changes
) -> Account:
    """Change some of an account's details. What stays as it is counts for no change.

    Raises:
        InvalidInput: what of the changes cannot be printed or mailed to, part by part.
        StaleVersion: somebody changed the account since `expected_version`.
        NotFound.
    """
    at = ports.clock()
    async with transaction(ports.bus):
        await accounts.lock(account_id)
        current = await accounts.find(account_id)
        wanted = _checked(replace(current, **_cleaned(changes)), changes)
        if current.version != expected_version:
            raise StaleVersion(current.version)
        if wanted == current:
            return current
        changed = await accounts.change_details(wanted, at=at)
        await events.record(account_id, BillingDetailsChanged(changed.version), at=at)
    return changed


def _checked(account: Account, changes: Changes) -> Account:
    """An account as it was opened may have what would not be taken now: that is no obstacle."""
    wrong = [path for path in faults(account) if path[0] in changes]
    if wrong:
        raise InvalidInput([_issue(path) for path in wrong])
    return account


def _issue(path: tuple[str, ...]) -> InputIssue:
    part = path[-1]
    word = _WORDS.get(part, part.replace("_", " "))
    names = tuple(_INPUTS.get(step, step) for step in path)
    return InputIssue(names, "INVALID", f"This is not a valid {word}.")


def _cleaned(changes: Changes) -> Changes:
    """As people type it: without blanks around it, and without what is left empty."""
    cleaned = changes.copy()
    if "name" in cleaned:
        cleaned["name"] = _line(cleaned["name"])
    if "address" in cleaned:
        cleaned["address"] = _address(cleaned["address"])
    if "tax_id" in cleaned:
        cleaned["tax_id"] = _optional(cleaned["tax_id"])
    return cleaned


def _address(given: Address | None) -> Address | None:
    if given is None:
        return None
    return Address(
        lines=tuple(_line(line) for line in given.lines if line.strip()),
        city=_line(given.city),
        region=_optional(given.region),
        postal_code=_optional(given.postal_code),
        country_code=given.country_code,
    )


def _optional(text: str | None) -> str | None:
    return _line(text) if text and text.strip() else None


def _line(text: str) -> str:
    """What cannot be printed stays as it is, for the rules to refuse."""
    return clean_line(text, longest=len(text)) or text
