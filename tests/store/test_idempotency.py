"""Client keys: one result however often and however fast a request is repeated."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.billing.errors import IdempotencyConflict, InputIssue, InvalidInput
from service.store import idempotency
from service.store.database import new_id, transaction
from service.store.idempotency import KeyUse, key_use
from tests.store import rows
from tests.store.rows import NOW

USE = key_use("key-1", "startCheckout", "invoice-1", "https://app.example.com/paid")


async def keep(account_id: UUID, use: KeyUse, result: UUID) -> UUID:
    async with transaction():
        return await idempotency.keep(account_id, use, result, at=NOW)


@pytest.mark.usefixtures("db")
async def test_a_repeat_answers_the_first_result() -> None:
    account = await rows.account()
    first = new_id()
    assert await idempotency.result_of(account.id, USE) is None
    assert await keep(account.id, USE, first) == first
    assert await idempotency.result_of(account.id, USE) == first
    assert await keep(account.id, USE, new_id()) == first
    assert await rows.number_of("idempotency_key") == 1


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    "other",
    [
        key_use("key-1", "startCheckout", "invoice-2", "https://app.example.com/paid"),
        key_use("key-1", "startCheckout", "invoice-1"),
        key_use("key-1", "startCheckout", "https://app.example.com/paid", "invoice-1"),
        key_use("key-1", "addBillingContact", "invoice-1", "https://app.example.com/paid"),
    ],
)
async def test_another_input_under_the_same_key_is_refused(other: KeyUse) -> None:
    account = await rows.account()
    first = await keep(account.id, USE, new_id())
    with pytest.raises(IdempotencyConflict) as refused:
        await idempotency.result_of(account.id, other)
    assert refused.value.first_used_at == NOW
    with pytest.raises(IdempotencyConflict):
        await keep(account.id, other, new_id())
    assert await idempotency.result_of(account.id, USE) == first
    assert await rows.number_of("idempotency_key") == 1


@pytest.mark.usefixtures("db")
async def test_a_key_belongs_to_one_account() -> None:
    one, other = await rows.account(), await rows.account()
    first, second = new_id(), new_id()
    assert await keep(one.id, USE, first) == first
    assert await idempotency.result_of(other.id, USE) is None
    assert await keep(other.id, USE, second) == second


@pytest.mark.usefixtures("db")
async def test_of_many_uses_at_once_one_counts() -> None:
    account = await rows.account()
    kept = await asyncio.gather(*[keep(account.id, USE, new_id()) for _ in range(20)])
    assert len(set(kept)) == 1
    assert await idempotency.result_of(account.id, USE) == kept[0]
    assert await rows.number_of("idempotency_key") == 1


@pytest.mark.usefixtures("db")
async def test_of_many_inputs_at_once_one_counts_and_the_others_are_refused() -> None:
    account = await rows.account()
    uses = [key_use("key-1", "startCheckout", f"invoice-{place}") for place in range(12)]
    ends = await asyncio.gather(
        *[keep(account.id, use, new_id()) for use in uses], return_exceptions=True
    )
    (won,) = [end for end in ends if isinstance(end, UUID)]
    assert [type(end) for end in ends].count(IdempotencyConflict) == 11
    assert await idempotency.result_of(account.id, uses[ends.index(won)]) == won


@pytest.mark.usefixtures("db")
async def test_who_comes_second_waits_for_the_first_to_commit() -> None:
    account = await rows.account()
    first, is_kept = new_id(), asyncio.Event()

    async def come_second() -> UUID:
        await is_kept.wait()
        return await keep(account.id, USE, new_id())

    second = asyncio.create_task(come_second())
    async with transaction():
        await idempotency.keep(account.id, USE, first, at=NOW)
        is_kept.set()
        await asyncio.sleep(0.1)
        assert not second.done()
    assert await second == first


@pytest.mark.usefixtures("db")
async def test_a_key_whose_transaction_failed_is_free() -> None:
    account = await rows.account()

    async def keep_and_fail() -> None:
        async with transaction():
            await idempotency.keep(account.id, USE, new_id(), at=NOW)
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await keep_and_fail()
    assert await idempotency.result_of(account.id, USE) is None
    second = new_id()
    assert await keep(account.id, USE, second) == second


@pytest.mark.parametrize("key", ["", " ", "k" * 256, "a\nb", "a\x00b", "a\ud800b", " key-1"])
def test_a_key_that_is_not_one_line_is_refused(key: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        key_use(key, "startCheckout")
    message = "A key is one line of 1 to 255 characters."
    assert refused.value.issues == (InputIssue(("idempotencyKey",), "INVALID", message),)
    assert key_use("k" * 255, "startCheckout").key == "k" * 255


TEXTS = st.lists(st.text(max_size=4), max_size=4)


@given(TEXTS, TEXTS)
def test_different_inputs_have_different_fingerprints(one: list[str], other: list[str]) -> None:
    same = key_use("key", "op", *one).fingerprint == key_use("key", "op", *other).fingerprint
    assert same is (one == other)


def test_inputs_do_not_run_into_each_other() -> None:
    joined = key_use("key", "op", "a\x1fb").fingerprint
    assert joined != key_use("key", "op", "a", "b").fingerprint
    assert key_use("key", "op", "a").fingerprint != key_use("key", "op\x1fa").fingerprint
    assert len(joined) == 64
