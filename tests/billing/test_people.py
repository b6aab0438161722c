"""Roles, and what counts as a mail address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.billing.people import MAY_EDIT_CONTACTS, MAY_PAY, STAFF, Role, is_email


def test_what_roles_may_do() -> None:
    assert {Role.SUPPORT, Role.OPERATOR} == STAFF
    assert {Role.OWNER, Role.FINANCE} == MAY_PAY
    assert {Role.OWNER, Role.FINANCE} == MAY_EDIT_CONTACTS
    assert set(Role) - STAFF == {Role.OWNER, Role.FINANCE, Role.MEMBER}


@pytest.mark.parametrize(
    "text",
    [
        "a@b",
        "ap@northwind.example",
        "first.last+billing@sub.northwind.example",
        "o'brien@northwind.example",
        "!#$%&'*+/=?^_`{|}~-@northwind.example",
        "a.b.c@northwind.example",
        "UPPER@NORTHWIND.EXAMPLE",
        "1@1",
        "a@xn--mller-kva.example",
        "a" * 64 + "@northwind.example",
        "a@" + "b" * 63,
        "a@" + ".".join(["b" * 63] * 3) + "." + "c" * 60,
    ],
)
def test_is_an_address(text: str) -> None:
    assert is_email(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "@",
        "@b",
        "a@",
        "a@@b",
        "a@b@c",
        "a b@c",
        " a@b",
        "a@b ",
        "a@b\n",
        "\na@b",
        "a@b\r\nBcc: c@d",
        "a\n@b",
        "a@b\x00",
        "a@b..c",
        ".a@b",
        "a.@b",
        "a..b@c",
        "a@.b",
        "a@b.",
        "a@-b",
        "a@b-",
        "a@b_c",
        "<a@b>",
        "A <a@b>",
        "a@b,c@d",
        "a@b;c@d",
        '"a b"@c',
        "a@[127.0.0.1]",
        "a(comment)@b",
        "ü@b",
        "a@müller.example",
        "a\u200b@b",
        "a@b\u2028",
        "a@ｂ",
        "mailto:a@b",
        "a" * 65 + "@b",
        "a@" + "b" * 64,
        "a@" + ".".join(["b" * 63] * 3) + "." + "c" * 61,
    ],
)
def test_is_no_address(text: str) -> None:
    assert not is_email(text)


@given(st.text(alphabet='ab1.-+_@ <>,:;"\\\r\n\x00\u2028é', max_size=12))
def test_an_address_cannot_break_out_of_a_mail_header(text: str) -> None:
    if is_email(text):
        assert text.isascii()
        assert text.isprintable()
        assert not set(text) & set(' ,;:<>()[]\\"')
        assert text.count("@") == 1
        assert ".." not in text
