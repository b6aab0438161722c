"""A mail as the internet message (RFC 5322) that both mailers hand over."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from service.ports import Mail

# Not every server takes eight-bit text, and one that recodes a message breaks its signature.
_POLICY = SMTP.clone(cte_type="7bit")
_LINE_BREAKERS = ("\r", "\n", "\0")


def build_message(mail: Mail, *, at: datetime) -> EmailMessage:
    """Write a mail as a message dated `at`; the Message-ID is the mail's own.

    Raises:
        ValueError: a header would hold a line break or NUL, or an address is none.
    """
    for value in (mail.message_id, mail.sender, mail.recipient_name, mail.recipient_email):
        _refuse_line_breaks(value)
    _refuse_line_breaks(mail.subject)
    message = EmailMessage(policy=_POLICY)
    message["Message-ID"] = f"<{mail.message_id.strip('<>')}>"
    message["Date"] = format_datetime(at)
    message["From"] = mail.sender
    message["To"] = Address(mail.recipient_name, addr_spec=mail.recipient_email)
    message["Subject"] = mail.subject
    # Out-of-office replies to a machine help nobody: RFC 3834, section 5.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    for attachment in mail.attachments:
        _refuse_line_breaks(attachment.filename)
        kind, _, subtype = attachment.media_type.partition("/")
        message.add_attachment(
            attachment.body, maintype=kind, subtype=subtype, filename=attachment.filename
        )
    return message


def _refuse_line_breaks(value: str) -> None:
    if any(breaker in value for breaker in _LINE_BREAKERS):
        raise ValueError("a mail header cannot hold line breaks or NUL")
