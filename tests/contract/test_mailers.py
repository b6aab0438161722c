"""One contract for mailers, on a folder and on a real SMTP server; then what is SMTP's own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage, MIMEPart
from email.utils import parseaddr
from pathlib import Path

import pytest

from service.adapters.folder_mailer import FolderMailer
from service.adapters.smtp_mailer import SmtpMailer, SmtpServer
from service.ports import Attachment, Mail, Mailer, MailRefused, MailUnavailable
from tests.support.smtp import Inbox, smtp_server

NOW = datetime(2026, 11, 4, 9, 30, tzinfo=UTC)
PDF = bytes(range(256)) * 300
MAIL = Mail(
    message_id="0198c2f1-7f3a-7c11-9a54-2f1f6f0c7a10@seller.example",
    sender="Paidup Cloud Private Limited <billing@seller.example>",
    recipient_name="Ada Example",
    recipient_email="ada@buyer.example",
    subject="Invoice INV-2627-000042 for October 2026: USD 1,249.00 due 19 November 2026",
    text="Hello Ada Example,\n\nyour invoice: ₹1,04,221.90\n",
    html="<p>Hello Ada Example, your invoice: ₹1,04,221.90</p>\n",
    attachments=(Attachment("INV-2627-000042.pdf", "application/pdf", PDF),),
)


def clock() -> datetime:
    return NOW


@dataclass
class Post:
    """A mailer and what has arrived through it."""

    mailer: Mailer
    raw: Callable[[], list[bytes]]

    def arrived(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=policy.default) for raw in self.raw()]


def decoded(raw: bytes, name: str) -> str:
    """A header as a mail program shows it: unfolded, its encoded words (RFC 2047) decoded."""
    header = message_from_bytes(raw, policy=policy.compat32)[name]
    return " ".join(str(make_header(decode_header(header))).split())


def unix_lines(part: MIMEPart | None) -> str:
    assert part is not None
    assert part.get_content_charset() == "utf-8"
    return str(part.get_content()).replace("\r\n", "\n")


@pytest.fixture(params=["folder", "smtp"])
async def post(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Post]:
    if request.param == "folder":
        folder = tmp_path / "mail"
        yield Post(
            FolderMailer(folder, clock=clock),
            lambda: [path.read_bytes() for path in sorted(folder.glob("*"))],
        )
    else:
        async with smtp_server(Inbox()) as inbox:
            mailer = SmtpMailer(f"smtp://127.0.0.1:{inbox.port}", clock=clock, timeout_s=5)
            yield Post(mailer, lambda: [raw for _, _, raw in inbox.taken])


async def test_a_mail_arrives_whole(post: Post) -> None:
    await post.mailer.send(MAIL)
    (message,) = post.arrived()
    assert message["Message-ID"] == f"<{MAIL.message_id}>"
    assert message["Date"] == "Wed, 04 Nov 2026 09:30:00 +0000"
    assert message["From"] == MAIL.sender
    assert message["To"] == "Ada Example <ada@buyer.example>"
    assert decoded(post.raw()[0], "Subject") == MAIL.subject
    assert message["Auto-Submitted"] == "auto-generated"
    assert unix_lines(message.get_body(["plain"])) == MAIL.text
    assert unix_lines(message.get_body(["html"])) == MAIL.html
    (attachment,) = message.iter_attachments()
    assert attachment.get_content_type() == "application/pdf"
    assert attachment.get_filename() == "INV-2627-000042.pdf"
    assert attachment.get_content() == PDF


@pytest.mark.parametrize(
    "name",
    [
        "Müller & Söhne GmbH",
        "अनन्या टेक्नोलॉजीज़ प्रा. लि.",
        "株式会社サンプル",
        "شركة الاختبار",
        'O\'Brien, "Bo" <b>& Co</b>',
        "",
        "Long " * 39,
    ],
)
async def test_a_name_arrives_as_it_was_sent(post: Post, name: str) -> None:
    await post.mailer.send(replace(MAIL, recipient_name=name, subject=f"For {name}"))
    (raw,) = post.raw()
    shown, address = parseaddr(decoded(raw, "To"))
    assert (shown, address) == (name.strip(), "ada@buyer.example")
    assert decoded(raw, "Subject") == f"For {name}".strip()


async def test_messages_are_plain_ascii_in_short_lines(post: Post) -> None:
    await post.mailer.send(replace(MAIL, html=f"<p>{'₹' * 5000}</p>"))
    (raw,) = post.raw()
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert raw.count(b"\n") == raw.count(b"\r\n")


async def test_a_mail_sent_again_is_the_same_mail(post: Post) -> None:
    await post.mailer.send(MAIL)
    await post.mailer.send(MAIL)
    await post.mailer.send(replace(MAIL, message_id="other@seller.example"))
    assert {message["Message-ID"] for message in post.arrived()} == {
        f"<{MAIL.message_id}>",
        "<other@seller.example>",
    }


BREAKABLE: dict[str, Callable[[str], Mail]] = {
    "name": lambda text: replace(MAIL, recipient_name=f"Ada{text}"),
    "address": lambda text: replace(MAIL, recipient_email=f"ada@buyer.example{text}"),
    "sender": lambda text: replace(MAIL, sender=f"{MAIL.sender}{text}"),
    "subject": lambda text: replace(MAIL, subject=f"Invoice{text}"),
    "message id": lambda text: replace(MAIL, message_id=f"1{text}@seller.example"),
    "file name": lambda text: replace(
        MAIL, attachments=(Attachment(f"a{text}.pdf", "application/pdf", PDF),)
    ),
}


@pytest.mark.parametrize("breaker", ["\r\nBcc: all@victim.example", "\nX: 1", "\0"])
@pytest.mark.parametrize("place", BREAKABLE)
async def test_a_header_cannot_be_broken_into(post: Post, place: str, breaker: str) -> None:
    with pytest.raises(ValueError, match="line breaks"):
        await post.mailer.send(BREAKABLE[place](breaker))
    assert post.arrived() == []


async def test_a_mail_in_the_folder_is_one_file_however_often_it_is_sent(tmp_path: Path) -> None:
    mailer = FolderMailer(tmp_path / "deep" / "mail", clock=clock)
    await asyncio.gather(*(mailer.send(MAIL) for _ in range(5)))
    await mailer.send(replace(MAIL, message_id="../../escape@seller.example"))
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")) == [
        "deep/mail/..%2F..%2Fescape@seller.example.eml",
        f"deep/mail/{MAIL.message_id}.eml",
    ]


async def test_the_envelope_names_the_bare_addresses() -> None:
    async with smtp_server(Inbox()) as inbox:
        await SmtpMailer(f"smtp://127.0.0.1:{inbox.port}", clock=clock).send(MAIL)
    ((sender, recipients, _),) = inbox.taken
    assert (sender, recipients) == ("billing@seller.example", ["ada@buyer.example"])


@pytest.mark.parametrize(
    ("rcpt", "data", "raised"),
    [
        ("550 5.1.1 No such user", "250 OK", MailRefused),
        ("553 5.1.3 Bad address", "250 OK", MailRefused),
        ("451 4.7.1 Greylisted", "250 OK", MailUnavailable),
        ("421 4.3.2 Closing", "250 OK", MailUnavailable),
        ("250 OK", "452 4.3.1 Disk full", MailUnavailable),
        # The message displeases, which says nothing about the recipient.
        ("250 OK", "554 5.7.1 Looks like spam", MailUnavailable),
    ],
)
async def test_only_a_recipient_refused_for_good_is_refused(
    rcpt: str, data: str, raised: type[Exception]
) -> None:
    async with smtp_server(Inbox(rcpt_answer=rcpt, data_answer=data)) as inbox:
        answered = rcpt if not rcpt.startswith("250") else data
        with pytest.raises(raised, match=answered.partition(" ")[2]):
            await SmtpMailer(f"smtp://127.0.0.1:{inbox.port}", clock=clock).send(MAIL)
    assert inbox.taken == []


async def test_no_server_is_unavailable() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(MailUnavailable):
            await SmtpMailer(f"smtp://127.0.0.1:{port}", clock=clock).send(MAIL)


async def test_a_server_that_says_nothing_is_unavailable() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(MailUnavailable):
            await SmtpMailer(f"smtp://127.0.0.1:{port}", clock=clock, timeout_s=0.3).send(MAIL)


@pytest.mark.parametrize("url", ["smtp://127.0.0.1:{}?tls=starttls", "smtp://user:pw@127.0.0.1:{}"])
async def test_without_encryption_nothing_is_handed_over_where_it_is_due(url: str) -> None:
    """This server offers no STARTTLS: the password and the mail stay here."""
    async with smtp_server(Inbox()) as inbox:
        with pytest.raises(MailUnavailable):
            await SmtpMailer(url.format(inbox.port), clock=clock).send(MAIL)
    assert inbox.taken == []


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", SmtpServer("mail.example", None, None, None, False, "auto")),
        ("smtp://h:25?tls=none", SmtpServer("h", 25, None, None, False, "none")),
        ("smtp://u:p%40ss@h:587", SmtpServer("h", 587, "u", "p@ss", False, "starttls")),
        ("smtp://u:p@h?tls=none", SmtpServer("h", None, "u", "p", False, "none")),
        ("smtps://u%40x:p@h:465", SmtpServer("h", 465, "u@x", "p", True, "starttls")),
    ],
)
def test_a_server_is_read_from_its_url(url: str, server: SmtpServer) -> None:
    assert SmtpServer.parse(url) == server
    assert "p@ss" not in repr(server)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://h:port",
        "smtp://h?tls=maybe",
        "smtp://h?verify=no",
        "smtp://h/path",
        "smtp://user:hunter2#@h",
        "smtp://user:hunter2@[h",
    ],
)
def test_a_url_that_is_no_server_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError) as refusal:
        SmtpMailer(url, clock=clock)
    assert "hunter2" not in str(refusal.value)
    assert refusal.value.__cause__ is None
