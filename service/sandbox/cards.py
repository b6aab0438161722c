"""Test cards and test bank accounts: what each number does.

The numbers are the published test numbers of Stripe (docs.stripe.com/testing). A number is
looked up while a form is read and never kept: only brand, last four digits, expiry and country
go on.
"""

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Decline:
    """Why a payment is refused, in Stripe's codes, and what the payer is told."""

    code: str
    decline_code: str
    message: str


DECLINED = "Your card was declined."
GENERIC = Decline("card_declined", "generic_decline", DECLINED)
LOST = Decline("card_declined", "lost_card", DECLINED)
STOLEN = Decline("card_declined", "stolen_card", DECLINED)
FRAUDULENT = Decline("card_declined", "fraudulent", DECLINED)
INSUFFICIENT_FUNDS = Decline(
    "card_declined", "insufficient_funds", "Your card has insufficient funds."
)
EXPIRED = Decline("expired_card", "expired_card", "Your card has expired.")
INCORRECT_CVC = Decline("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.")
PROCESSING_ERROR = Decline(
    "processing_error",
    "processing_error",
    "An error occurred while processing your card. Try again in a little bit.",
)
NOT_A_TEST_CARD = Decline(
    "card_declined",
    "test_mode_live_card",
    "Your card was declined. This is a test gateway: it takes test cards only.",
)


class Refunding(StrEnum):
    """What becomes of a refund."""

    SUCCEEDS = "succeeds"
    PENDING_THEN_SUCCEEDS = "pending_then_succeeds"
    PENDING_THEN_FAILS = "pending_then_fails"
    SUCCEEDS_THEN_FAILS = "succeeds_then_fails"


@dataclass(frozen=True, slots=True)
class TestCard:
    """How one card behaves. `listed` cards are shown on the hosted page."""

    __test__ = False

    number: str
    brand: str
    summary: str
    decline: Decline | None = None
    challenge: bool = False
    country: str = "US"
    funding: str = "credit"
    refunding: Refunding = Refunding.SUCCEEDS
    disputed: bool = False
    listed: bool = False


_CARDS = (
    TestCard("4242424242424242", "visa", "Payment succeeds", listed=True),
    TestCard("4000000000000002", "visa", "Declined", GENERIC, listed=True),
    TestCard("4000000000009995", "visa", "Insufficient funds", INSUFFICIENT_FUNDS, listed=True),
    TestCard("4000002500003155", "visa", "Asks for authentication", challenge=True, listed=True),
    TestCard("4000003560000008", "visa", "Indian card, succeeds", country="IN", listed=True),
    TestCard("5555555555554444", "mastercard", "Payment succeeds", listed=True),
    TestCard("4000000000000259", "visa", "Succeeds, then disputed", disputed=True, listed=True),
    TestCard("4000056655665556", "visa", "Debit card, succeeds", funding="debit"),
    TestCard("5200828282828210", "mastercard", "Debit card, succeeds", funding="debit"),
    TestCard("378282246310005", "amex", "Payment succeeds"),
    TestCard("6011111111111117", "discover", "Payment succeeds"),
    TestCard("3566002020360505", "jcb", "Payment succeeds", country="JP"),
    TestCard("4000002760003184", "visa", "Asks for authentication", challenge=True, country="DE"),
    TestCard("4000000000003220", "visa", "Asks for authentication", challenge=True),
    TestCard("4000008400001629", "visa", "Authenticates, then declined", GENERIC, challenge=True),
    TestCard("4000000000009987", "visa", "Lost card", LOST),
    TestCard("4000000000009979", "visa", "Stolen card", STOLEN),
    TestCard("4000000000000069", "visa", "Expired card", EXPIRED),
    TestCard("4000000000000127", "visa", "Incorrect CVC", INCORRECT_CVC),
    TestCard("4000000000000119", "visa", "Processing error", PROCESSING_ERROR),
    TestCard("4100000000000019", "visa", "Blocked as fraudulent", FRAUDULENT),
    TestCard(
        "4000000000007726",
        "visa",
        "Refunds are pending, then succeed",
        refunding=Refunding.PENDING_THEN_SUCCEEDS,
    ),
    TestCard(
        "4000000000005126",
        "visa",
        "Refunds succeed, then fail",
        refunding=Refunding.SUCCEEDS_THEN_FAILS,
    ),
)
TEST_CARDS = {card.number: card for card in _CARDS}


@dataclass(frozen=True, slots=True)
class TestAccount:
    """A bank account of the delayed debit, and whether its debits go through."""

    __test__ = False

    number: str
    summary: str
    decline: Decline | None = None


TEST_ACCOUNTS = {
    account.number: account
    for account in (
        TestAccount("000123456789", "Succeeds"),
        TestAccount(
            "000222222227",
            "Fails: insufficient funds",
            Decline(
                "payment_method_customer_decline",
                "insufficient_funds",
                "The customer's account has insufficient funds to cover this payment.",
            ),
        ),
    )
}
BANK_NAME = "SANDBOX TEST BANK"
ROUTING_NUMBER = "110000000"


def look_up(number: str) -> TestCard:
    """Return the behaviour of a card; one that is no test card is declined."""
    brand = {"3": "amex", "4": "visa", "5": "mastercard", "6": "discover"}.get(number[:1])
    unknown = TestCard(number, brand or "unknown", "Not a test card", NOT_A_TEST_CARD)
    return TEST_CARDS.get(number, unknown)


def passes_luhn(number: str) -> bool:
    """Whether the check digit of a card number is right (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def grouped(number: str) -> str:
    """Write a card number in groups, the way it is embossed."""
    cuts = (0, 4, 10, 15) if len(number) == 15 else (0, 4, 8, 12, len(number))
    return " ".join(number[start:end] for start, end in pairwise(cuts) if start < end)
