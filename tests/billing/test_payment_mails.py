"""The mails about a payment, word by word, and what strangers' words can do in them."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from service.billing.money import Money
from service.billing.support import CaseReason, NotificationKind
from service.ports import Mail
from service.templates.payment_mails import Outcome, PaymentNews, payment_mail
from tests.support.news import CASE, news, told_case, told_invoice
from tests.support.sheets import SELLER

K, R = NotificationKind, CaseReason
NBSP = "\u00a0"
LINK = "View invoice INV-2627-000042:\nhttps://billing.example/invoices/42/view?sig=a&exp=2\n\n"
PAYMENT = (
    "Invoice:      INV-2627-000042\n"
    "Amount:       USD 1,043.52\n"
    "Charged as:   INR 87,006.10\n"
    "Paid with:    Visa card ending in 4242\n"
)
DUE = (
    "Still to pay:\n"
    "INV-2627-000042: USD 1,043.52, due on 19 November 2026\n"
    "You can pay from the invoices page of your dashboard.\n\n"
)
DUE_AGAIN = DUE.replace("Still to pay", "Due again")
ASK_CASE = f"Questions? Write to billing@seller.example and name case {CASE}.\n"
ASK_INVOICE = "Questions? Write to billing@seller.example and name invoice INV-2627-000042.\n"
OWED = told_invoice(due_minor=104352)
RECEIPT = news(K.RECEIPT, receipt_number="RCT-INV-2627-000042-1")
FAILED = news(
    K.PAYMENT_FAILED,
    OWED,
    outcome=Outcome.FAILED,
    paid_with=None,
    paid_on=None,
    failure="The account has insufficient funds.",
)
SURPLUS = news(K.SURPLUS_REFUND, surplus=Money(4352, "USD"), returned=Money(362863, "INR"))
BY_BANK = news(
    K.SURPLUS_REFUND,
    surplus=Money(4352, "USD"),
    charged=Money(104352, "USD"),
    paid_with="Bank transfer",
    is_by_bank=True,
)
OPENED = news(K.CASE_OPENED, OWED, outcome=Outcome.OPEN, case=told_case(R.DEADLINE_PASSED))
BESIDE = replace(OPENED, outcome=Outcome.FAILED, case=told_case(R.UNDER_REVIEW, None))
LATE = replace(OPENED, case=replace(told_case(R.DEADLINE_PASSED, None), is_closed=True))
RESOLVED = news(K.CASE_RESOLVED, case=told_case(R.DEADLINE_PASSED, None))
ALL = [RECEIPT, FAILED, SURPLUS, BY_BANK, OPENED, BESIDE, LATE, RESOLVED]
NAMES = ["receipt", "failed", "surplus", "by bank", "opened", "beside", "late", "resolved"]


def mail_of(told: PaymentNews, *, name: str = "Ada Example", pdf: bytes | None = None) -> Mail:
    return payment_mail(
        told,
        recipient_name=name,
        recipient_email="ada@buyer.example",
        sender="billing@seller.example",
        message_id="42@seller.example",
        pdf=pdf,
    )


def plain(mail: Mail) -> str:
    """The text without its greeting, with plain blanks."""
    greeting = "Hello Ada Example,\n\n"
    assert mail.text.startswith(greeting)
    return mail.text.removeprefix(greeting).replace(NBSP, " ")


def words_of(mail: Mail) -> str:
    """The words of the HTML, blanks collapsed."""
    body = mail.html.partition("<body")[2].partition(">")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def test_a_receipt_says_what_was_paid_and_brings_the_pdf() -> None:
    mail = mail_of(RECEIPT, pdf=b"%PDF-1.4")
    assert mail.subject.replace(NBSP, " ") == (
        "Receipt for invoice INV-2627-000042: USD 1,043.52 paid on 19 November 2026"
    )
    assert mail.sender == "Paidup Cloud Private Limited <billing@seller.example>"
    assert (mail.recipient_name, mail.recipient_email) == ("Ada Example", "ada@buyer.example")
    assert mail.message_id == "42@seller.example"
    assert [(part.filename, part.media_type, part.body) for part in mail.attachments] == [
        ("RCT-INV-2627-000042-1.pdf", "application/pdf", b"%PDF-1.4")
    ]
    assert plain(mail) == (
        "Paidup Cloud Private Limited has received your payment. Thank you.\n\n"
        "Receipt:      RCT-INV-2627-000042-1\n"
        "Invoice:      INV-2627-000042\n"
        "Paid:         INR 87,006.10\n"
        "For:          USD 1,043.52\n"
        "Paid on:      19 November 2026\n"
        "Paid with:    Visa card ending in 4242\n\n"
        "Nothing is left to pay.\n\n"
        "The receipt is attached as a PDF.\n\n"
        f"{LINK}"
        "Questions? Write to billing@seller.example and name receipt RCT-INV-2627-000042-1.\n"
    )


def test_a_receipt_in_one_currency_names_one_amount() -> None:
    mail = mail_of(replace(RECEIPT, charged=RECEIPT.amount))
    assert "Paid:         USD 1,043.52\nPaid on:" in plain(mail)


def test_the_receipt_of_a_part_says_what_is_left_and_until_when() -> None:
    part = replace(RECEIPT, invoices=(told_invoice(due_minor=50000), told_invoice(43)))
    mail = mail_of(part)
    assert mail.subject.startswith("Receipt for 2 invoices: ")
    assert "Invoices:     INV-2627-000042, INV-2627-000043\n" in plain(mail)
    assert (
        "Still to pay:\nINV-2627-000042: USD 500.00, due on 19 November 2026\n"
        "You can pay from the invoices page of your dashboard.\n\nThe receipt"
    ) in plain(mail)
    assert plain(mail).count("https://") == 2
    late = mail_of(replace(part, today=date(2026, 11, 20)))
    assert "INV-2627-000042: USD 500.00, overdue since 19 November 2026\n" in plain(late)


def test_the_receipt_of_too_much_says_what_goes_back() -> None:
    told = replace(RECEIPT, surplus=Money(4352, "USD"), returned=Money(362863, "INR"))
    assert (
        "\n\nUSD 43.52 more was paid than was due. INR 3,628.63 goes back the way it was paid.\n\n"
        "Nothing is left to pay.\n"
    ) in plain(mail_of(told))


def test_a_payment_that_failed_names_the_reason_and_the_due_date() -> None:
    mail = mail_of(FAILED)
    assert mail.subject.replace(NBSP, " ") == (
        "Your payment of USD 1,043.52 for invoice INV-2627-000042 did not go through"
    )
    assert plain(mail) == (
        "Your payment to Paidup Cloud Private Limited was being processed and did not go through."
        " Nothing was taken.\n\n"
        "Invoice:      INV-2627-000042\n"
        "Amount:       USD 1,043.52\n"
        "Charged as:   INR 87,006.10\n"
        "Reason:       The account has insufficient funds.\n\n"
        f"{DUE_AGAIN}{LINK}{ASK_INVOICE}"
    )
    assert mail.attachments == ()


def test_a_surplus_says_what_goes_back_and_how_long_it_takes() -> None:
    mail = mail_of(SURPLUS)
    assert mail.subject.replace(NBSP, " ") == (
        "INR 3,628.63 goes back to you: more was paid than was due"
    )
    assert plain(mail) == (
        "You have paid Paidup Cloud Private Limited more than was due. The rest goes back to you by"
        " itself.\n\n"
        f"{PAYMENT}"
        "Too much:     USD 43.52\n"
        "Goes back:    INR 3,628.63\n\n"
        "We have asked for it to be sent back the way it was paid. Banks take 5 to 10 working days"
        " to show it. You need not do anything; should it come back to us, we look into it and"
        " write to you.\n\n"
        f"{LINK}{ASK_INVOICE}"
    )


def test_a_surplus_that_came_by_bank_is_promised_and_not_said_to_be_on_its_way() -> None:
    mail = mail_of(BY_BANK)
    assert mail.subject.replace(NBSP, " ") == "USD 43.52 more came than was due"
    assert plain(mail) == (
        "You have transferred more to Paidup Cloud Private Limited than was due. The rest is yours,"
        " and is returned to you by bank transfer.\n\n"
        "Invoice:      INV-2627-000042\n"
        "Amount:       USD 1,043.52\n"
        "Paid with:    Bank transfer\n"
        "Too much:     USD 43.52\n\n"
        "A person has been asked to send it. You need not do anything.\n\n"
        f"{LINK}{ASK_INVOICE}"
    )


def test_a_case_says_that_nothing_is_to_do_and_when_we_look_next() -> None:
    mail = mail_of(OPENED)
    assert mail.subject.replace(NBSP, " ") == (
        "We are looking into your payment of USD 1,043.52 for invoice INV-2627-000042"
    )
    assert plain(mail) == (
        "The payment service has not told Paidup Cloud Private Limited in time how your payment"
        " ended. A person looks into it now.\n\n"
        f"Case:         {CASE}\n"
        f"{PAYMENT}"
        "Next check:   19 Nov 2026, 15:04 IST\n\n"
        "Please do not pay again. We go on asking the payment service, at least once a day, and"
        " write to you when we know how your payment ended. Should you pay twice all the same, what"
        " is too much goes back to you by itself.\n\n"
        f"{LINK}{ASK_CASE}"
    )


def test_a_payment_that_is_held_is_told_why() -> None:
    words = plain(mail_of(replace(OPENED, case=told_case(R.UNDER_REVIEW))))
    assert words.startswith(
        "What the payment service reports of your payment to Paidup Cloud Private Limited does not"
        " match what was asked for. The payment is held until a person has looked at it.\n\n"
    )


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.RECEIVED])
def test_a_case_about_an_attempt_that_ended_promises_no_more_asking(outcome: Outcome) -> None:
    mail = mail_of(replace(BESIDE, outcome=outcome))
    assert mail.subject.replace(NBSP, " ") == (
        "We are looking into your payment of USD 1,043.52 for invoice INV-2627-000042"
    )
    assert plain(mail) == (
        "Your attempt to pay Paidup Cloud Private Limited had ended when the payment service"
        " reported money for it that does not match what was asked for. A person looks into it"
        " now.\n\n"
        f"Case:         {CASE}\n"
        f"{PAYMENT}\n"
        "Please do not pay again before we have written to you: a person decides what becomes of"
        " this money. We write to you when the case is closed.\n\n"
        f"{LINK}{ASK_CASE}"
    )


@pytest.mark.parametrize(
    ("reason", "subject", "what"),
    [
        (R.DEADLINE_PASSED, "your payment of USD 1,043.52", "payment"),
        (R.UNDER_REVIEW, "your payment of USD 1,043.52", "payment"),
        (R.REFUND_FAILED, "a refund to you", "refund"),
    ],
)
@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_mail_that_was_late_says_that_the_case_is_closed(
    reason: CaseReason, subject: str, what: str, outcome: Outcome
) -> None:
    case = replace(told_case(reason, None), is_closed=True)
    mail = mail_of(replace(OPENED, outcome=outcome, case=case, returned=Money(362863, "INR")))
    assert mail.subject.replace(NBSP, " ") == (
        f"We were looking into {subject} for invoice INV-2627-000042"
    )
    assert plain(mail) == (
        f"Paidup Cloud Private Limited was looking into your {what}. The case is closed by"
        " now.\n\n"
        f"Case:         {CASE}\n"
        f"{PAYMENT}\n"
        "You need not do anything about this mail. How the case ended is told in a mail of its"
        f" own.\n\n{LINK}{ASK_CASE}"
    )


def test_a_refund_that_came_back_is_told_with_its_amount() -> None:
    case = told_case(R.REFUND_FAILED, None)
    mail = mail_of(replace(OPENED, case=case, returned=Money(362863, "INR")))
    assert mail.subject == "We are looking into a refund to you for invoice INV-2627-000042"
    assert plain(mail) == (
        "A refund that Paidup Cloud Private Limited sent to you has not gone through. A person"
        " looks for another way to give you the money.\n\n"
        f"Case:         {CASE}\n"
        f"{PAYMENT}"
        "To give back: INR 3,628.63\n\n"
        "You need not do anything. We write to you when the case is closed.\n\n"
        f"{LINK}{ASK_CASE}"
    )


ENDS: list[tuple[dict[str, Any], str, str]] = [
    (
        {},
        "Your payment of USD 1,043.52 for invoice INV-2627-000042 was received",
        "Your payment to Paidup Cloud Private Limited was received, and the case is closed. Its"
        " receipt comes in a mail of its own.\n\n"
        f"Case:         {CASE}\n{PAYMENT}\nNothing is left to pay.\n\n",
    ),
    (
        {"outcome": Outcome.FAILED, "invoices": (OWED,), "failure": "No funds."},
        "Your payment of USD 1,043.52 for invoice INV-2627-000042 did not go through",
        "Your payment to Paidup Cloud Private Limited did not go through, and the case is closed."
        " Nothing was paid.\n\n"
        f"Case:         {CASE}\n{PAYMENT}Reason:       No funds.\n\n{DUE}",
    ),
    (
        {
            "outcome": Outcome.FAILED,
            "invoices": (OWED,),
            "case": told_case(R.UNDER_REVIEW, None),
        },
        "Your payment of USD 1,043.52 for invoice INV-2627-000042 did not go through",
        "Your payment to Paidup Cloud Private Limited did not go through, and the case is closed."
        " Nothing of it was kept.\n\n"
        f"Case:         {CASE}\n{PAYMENT}\n{DUE}",
    ),
    (
        {
            "outcome": Outcome.OPEN,
            "invoices": (OWED,),
            "case": replace(told_case(R.UNDER_REVIEW, None), resolution="It was sent back."),
        },
        "We have looked into your payment of USD 1,043.52 for invoice INV-2627-000042",
        "Paidup Cloud Private Limited has looked into your payment, and the case is closed.\n\n"
        f"Case:         {CASE}\n{PAYMENT}Found out:    It was sent back.\n\n"
        "The page of your invoice shows how it stands now.\n\n",
    ),
    (
        {"case": told_case(R.REFUND_FAILED, None)},
        "We have looked into a refund to you for invoice INV-2627-000042",
        "Paidup Cloud Private Limited has looked into your refund, and the case is closed.\n\n"
        f"Case:         {CASE}\n{PAYMENT}\nThe page of your invoice shows how it stands now.\n\n",
    ),
]


@pytest.mark.parametrize(("changes", "subject", "words"), ENDS)
def test_a_closed_case_says_how_it_ended(changes: dict[str, Any], subject: str, words: str) -> None:
    mail = mail_of(replace(RESOLVED, **changes))
    assert mail.subject.replace(NBSP, " ") == subject
    assert plain(mail) == f"{words}{LINK}{ASK_CASE}"


@pytest.mark.parametrize("told", ALL, ids=NAMES)
def test_both_forms_of_a_mail_tell_the_same(told: PaymentNews) -> None:
    mail = mail_of(told)
    shown = words_of(mail)
    text = plain(mail).replace("View invoice INV-2627-000042:\n", "View invoice INV-2627-000042\n")
    for line in text.replace(LINK.splitlines()[1], "").splitlines():
        said = re.sub(r"^([A-Z][a-z ]+): {2,}", r"\1 ", line).strip()
        assert " ".join(said.split()) in shown.replace(f"{CASE} .", f"{CASE}.").replace(" .", ".")
    assert html.escape("https://billing.example/invoices/42/view?sig=a&exp=2") in mail.html
    assert "<img" not in mail.html


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</bdi></p></style><iframe src='file:///etc/passwd'>",
    "{{ 7 * 7 }}{% raw %}",
    "Eve\r\nBcc: all@victim.example",
    "Good\u202etxt.exe",
]


@pytest.mark.parametrize("told", ALL, ids=NAMES)
@pytest.mark.parametrize("name", HOSTILE)
def test_strangers_words_are_shown_and_never_obeyed(told: PaymentNews, name: str) -> None:
    hostile = replace(
        told,
        seller=replace(SELLER, name=name, email=name),
        paid_with=name,
        failure=name,
        case=told.case and replace(told.case, resolution=name),
    )
    mail = mail_of(hostile, name=name)
    assert not re.search(r"<(script|img|iframe)", mail.html)
    assert "49" not in mail.html.replace("cas_", "")
    assert not set(mail.html + mail.text) & {"\u202e"}
    for header in (mail.subject, mail.sender, mail.recipient_name):
        assert not re.search(r"[\r\n\0]", header)
    assert "\nBcc:" not in mail.text


def test_a_mail_without_a_name_greets_all_the_same() -> None:
    assert mail_of(OPENED, name="").text.startswith("Hello,\n\nThe payment service")


def test_fifty_invoices_are_each_linked() -> None:
    many = replace(OPENED, invoices=tuple(told_invoice(index, 100) for index in range(50)))
    mail = mail_of(many)
    assert mail.subject.replace(NBSP, " ").endswith("USD 1,043.52 for 50 invoices")
    assert mail.text.count("https://") == mail.html.count("href=") == 50
