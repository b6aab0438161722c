"""Everything the rules and workflows refuse, as types with a stable code.

    BillingError
    |- CurrencyMismatch       CURRENCY_MISMATCH        amounts of two currencies in one sum
    |- TransitionRefused      TRANSITION_REFUSED       the move is not in the table
    |- LostRace               LOST_RACE                the row changed since it was read
    |- InvalidInput           VALIDATION_FAILED        one or more input issues, each with a path
    |- NotFound               NOT_FOUND                not there, or not yours: the same answer
    |- Forbidden              FORBIDDEN                yours, but not with this role
    |- InvoiceNotPayable      INVOICE_NOT_PAYABLE      paid, void, or nothing is due
    |- IdempotencyConflict    IDEMPOTENCY_CONFLICT     the key was used with another input
    |- StaleVersion           STALE_VERSION            somebody changed it since you read it
    |- TooSoon                TOO_SOON                 done too often lately, not before a moment
    |- ExchangeRateUnavailable EXCHANGE_RATE_UNAVAILABLE  no rate, or none fresh enough
    |- GatewayUnavailable     GATEWAY_UNAVAILABLE      no answer: what happened is unknown
    |- GatewayRefused         GATEWAY_REFUSED          a definite no to a request of ours
    |- BadSignature           BAD_SIGNATURE            a notice that the gateway did not sign
    |- BadCursor              BAD_CURSOR               a cursor from elsewhere

The text of an error is safe to show to any client: it carries no SQL, no path and no secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


class BillingError(Exception):
    """Root of what is refused on purpose."""

    code = "BILLING_ERROR"


class CurrencyMismatch(BillingError):
    code = "CURRENCY_MISMATCH"

    def __init__(self, left: str, right: str) -> None:
        super().__init__(f"{left} and {right} cannot be added")


class TransitionRefused(BillingError):
    code = "TRANSITION_REFUSED"

    def __init__(self, status: str, move: str) -> None:
        super().__init__(f"{move} is not possible from {status}")


class LostRace(BillingError):
    code = "LOST_RACE"


@dataclass(frozen=True, slots=True)
class InputIssue:
    """One thing wrong with an input: where, a stable code, and a sentence for people."""

    path: tuple[str, ...]
    code: str
    message: str


class InvalidInput(BillingError):
    code = "VALIDATION_FAILED"

    def __init__(self, issues: Sequence[InputIssue]) -> None:
        self.issues = tuple(issues)
        # Two URLs can be wrong in one way: it is said once.
        super().__init__("; ".join(dict.fromkeys(issue.message for issue in self.issues)))

    @classmethod
    def one(cls, path: str, code: str, message: str) -> InvalidInput:
        """A single issue; `path` has its steps separated by dots."""
        return cls([InputIssue(tuple(path.split(".")), code, message)])


class NotFound(BillingError):
    code = "NOT_FOUND"

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"No such {what}.")


class Forbidden(BillingError):
    code = "FORBIDDEN"


class InvoiceNotPayable(BillingError):
    code = "INVOICE_NOT_PAYABLE"

    def __init__(self, invoice_id: UUID, reason: str) -> None:
        self.invoice_id = invoice_id
        super().__init__(reason)


class IdempotencyConflict(BillingError):
    code = "IDEMPOTENCY_CONFLICT"

    def __init__(self, first_used_at: datetime) -> None:
        self.first_used_at = first_used_at
        super().__init__("This idempotency key was already used with a different input.")


class StaleVersion(BillingError):
    code = "STALE_VERSION"

    def __init__(self, current_version: int) -> None:
        self.current_version = current_version
        super().__init__("It was changed since you read it. Read it again, then repeat the change.")


class TooSoon(BillingError):
    code = "TOO_SOON"

    def __init__(self, retry_at: datetime) -> None:
        self.retry_at = retry_at
        super().__init__("This was done too often lately. Nothing is lost: try again later.")


class ExchangeRateUnavailable(BillingError):
    code = "EXCHANGE_RATE_UNAVAILABLE"

    def __init__(self, base: str, quote: str, as_of: date | None = None) -> None:
        """`as_of` is the day of the newest rate that is known, which is too old; None: of none."""
        self.base = base
        self.quote = quote
        self.as_of = as_of
        known = f" The newest one is of {as_of}, which is too old to charge at." if as_of else ""
        super().__init__(f"There is no recent exchange rate from {base} to {quote}.{known}")


class GatewayUnavailable(BillingError):
    code = "GATEWAY_UNAVAILABLE"

    def __init__(self, retry_after_s: int = 30) -> None:
        self.retry_after_s = retry_after_s
        super().__init__("The payment gateway does not answer at the moment. Nothing is lost.")


class GatewayBusy(GatewayUnavailable):
    """The gateway is there, and answers that it was asked too often."""


class GatewayRefused(BillingError):
    code = "GATEWAY_REFUSED"
    #: What a gateway says of an object that it does not have.
    UNKNOWN_OBJECT = "resource_missing"
    #: A failure that a gateway keeps under our idempotency key, and repeats for a day.
    FAILURE_KEPT = "failure_replayed"

    def __init__(self, gateway_code: str) -> None:
        self.gateway_code = gateway_code
        super().__init__("The payment gateway refused this request.")


class BadSignature(BillingError):
    code = "BAD_SIGNATURE"

    def __init__(self) -> None:
        super().__init__("The signature does not match or is too old.")


class BadCursor(BillingError):
    code = "BAD_CURSOR"

    def __init__(self) -> None:
        super().__init__("This cursor does not belong to this list.")
