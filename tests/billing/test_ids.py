"""Public ids: one spelling for each, and nothing else is read."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.billing.ids import Kind, decode, decode_as, encode

VALUE = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Kind.INVOICE, UUID(int=0), "inv_00000000000000000000000000"),
        (Kind.ACCOUNT, UUID(int=31), "acc_0000000000000000000000000Z"),
        (Kind.PAYMENT, UUID(int=2**128 - 1), "pay_7ZZZZZZZZZZZZZZZZZZZZZZZZZ"),
        (Kind.CHECKOUT, VALUE, "chk_01H455VB4PEX5VSKNK084SN02Q"),
        (Kind.CONTACT, VALUE, "con_01H455VB4PEX5VSKNK084SN02Q"),
    ],
)
def test_an_id_is_a_prefix_and_the_uuid_in_crockfords_base_32(
    kind: Kind, value: UUID, text: str
) -> None:
    assert encode(kind, value) == text
    assert decode(text) == (kind, value)


@given(st.sampled_from(Kind), st.uuids())
def test_every_id_is_read_back(kind: Kind, value: UUID) -> None:
    assert decode(encode(kind, value)) == (kind, value)


@given(st.uuids(version=4), st.uuids(version=4))
def test_ids_have_the_order_of_their_uuids(one: UUID, other: UUID) -> None:
    assert (encode(Kind.INVOICE, one) < encode(Kind.INVOICE, other)) == (one < other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "inv",
        "inv_",
        "inv_01h455vb4pex5vsknk084sn02q",  # small letters
        "inv_01H455VB4PEX5VSKNK084SNO2Q",  # O, which some read as 0
        "inv_O1H455VB4PEX5VSKNK084SN02Q",
        "inv_81H455VB4PEX5VSKNK084SN02Q",  # 129 bits
        "inv_1H455VB4PEX5VSKNK084SN02Q",  # too short
        "inv_001H455VB4PEX5VSKNK084SN02Q",  # too long
        "inv_01H455VB4PEX5VSKNK084SN02Q ",
        " inv_01H455VB4PEX5VSKNK084SN02Q",
        "inv_01H455VB4PEX5VSKNK084SN02\u0661",  # a digit, though not one of ours
        "INV_01H455VB4PEX5VSKNK084SN02Q",
        "row_01H455VB4PEX5VSKNK084SN02Q",  # no such kind
        "01890a5d-ac96-774b-bcce-b302099a8057",
    ],
)
def test_any_other_spelling_names_nothing(text: str) -> None:
    with pytest.raises(ValueError):
        decode(text)
    for kind in Kind:
        assert decode_as(kind, text) is None


def test_an_id_names_nothing_of_another_kind() -> None:
    text = encode(Kind.INVOICE, VALUE)
    assert decode_as(Kind.INVOICE, text) == VALUE
    assert decode_as(Kind.PAYMENT, text) is None
