"""Hands mails to an SMTP server."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib
import structlog

from service.adapters.mail_message import build_message
from service.ports import Clock, Mail, MailRefused, MailUnavailable

log = structlog.get_logger(__name__)

Tls = Literal["starttls", "none", "auto"]
_TLS: dict[str, Tls] = {"starttls": "starttls", "none": "none", "auto": "auto"}
_START_TLS = {"starttls": True, "none": False, "auto": None}


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where and how to connect. `tls` says how an smtp:// connection is encrypted: "starttls" must,
    "auto" if the server offers it, "none" never; an smtps:// connection always is."""

    host: str
    port: int | None
    username: str | None
    password: str | None = field(repr=False)
    is_smtps: bool
    tls: Tls

    @classmethod
    def parse(cls, url: str) -> SmtpServer:
        """Read smtp://user:password@host:587?tls=starttls or smtps://user:password@host.

        With a password an smtp:// connection must be encrypted unless the URL says tls=none.

        Raises:
            ValueError: not such a URL. The message does not repeat it: it may hold a password.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise ValueError("the SMTP URL cannot be read") from None
        options = parse_qs(parts.query, keep_blank_values=True)
        if parts.scheme not in ("smtp", "smtps") or not host:
            raise ValueError("an SMTP URL starts with smtp://HOST or smtps://HOST")
        if options.keys() - {"tls"} or parts.path.strip("/") or parts.fragment:
            raise ValueError("an SMTP URL takes one option: tls")
        default = "starttls" if parts.password else "auto"
        chosen = options.get("tls", [default])[-1]
        if chosen not in _TLS:
            raise ValueError("tls is starttls, auto or none")
        return cls(
            host=host,
            port=port,
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            is_smtps=parts.scheme == "smtps",
            tls=_TLS[chosen],
        )


class SmtpMailer:
    """A Mailer on one SMTP server; each mail is its own connection and has one recipient."""

    def __init__(self, url: str, *, clock: Clock, timeout_s: float = 30.0) -> None:
        """Raises ValueError for a URL that SmtpServer.parse refuses."""
        self._server = SmtpServer.parse(url)
        self._clock = clock
        self._timeout_s = timeout_s

    async def send(self, mail: Mail) -> None:
        """Hand a mail over; `timeout_s` bounds each step of the conversation.

        Raises:
            MailRefused: the server refused the recipient for good (5xx).
            MailUnavailable: anything else went wrong.
            ValueError: the mail cannot be written as a message.
        """
        message = build_message(mail, at=self._clock())
        server = self._server
        try:
            await aiosmtplib.send(
                message.as_bytes(),
                sender=parseaddr(mail.sender)[1],
                recipients=[mail.recipient_email],
                hostname=server.host,
                port=server.port,
                username=server.username,
                password=server.password,
                use_tls=server.is_smtps,
                start_tls=False if server.is_smtps else _START_TLS[server.tls],
                timeout=self._timeout_s,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _refusal(error) from error
        except aiosmtplib.SMTPDataError as error:
            raise MailUnavailable(f"{error.code} {error.message}") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            # Account members read why a mail did not go: not where our server stands.
            log.warning("mail_server_failed", why=str(error))
            raise MailUnavailable("The mail server cannot be reached at the moment.") from error


def _refusal(error: aiosmtplib.SMTPRecipientsRefused) -> MailRefused | MailUnavailable:
    answer = error.recipients[0]
    text = f"{answer.code} {answer.message}"
    return MailRefused(text) if 500 <= answer.code <= 599 else MailUnavailable(text)
