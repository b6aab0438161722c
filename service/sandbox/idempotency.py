"""Idempotency keys: a repeated POST gets the first answer, not a second effect.

Kept for 24 hours by the gateway's clock, in the same transaction as the effect. A request that
fails its validation is not kept (docs.stripe.com/api/idempotent_requests).
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import orjson

from service.sandbox.book import IDEMPOTENCY_KEPT_S, Book
from service.sandbox.errors import IdempotencyError, InvalidRequest, KeyInUse
from service.sandbox.params import Pairs

KEY_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer: HTTP status, JSON body and the request that made it."""

    status: int
    body: bytes
    request_id: str
    should_retry: bool | None = None


def fingerprint(method: str, path: str, pairs: Pairs) -> str:
    """Return what a repeated request must equal; the order of parameters does not count."""
    source = orjson.dumps([method, path, sorted(pairs)])
    return hashlib.blake2b(source, digest_size=16).hexdigest()


def recall(book: Book, key: str, print_: str) -> Answer | None:
    """Return the answer kept under a key, or None when the key is free.

    Raises:
        IdempotencyError: the key was used for another request.
        KeyInUse: its first request has not been answered yet.
        InvalidRequest: the key is too long.
    """
    if len(key) > KEY_LENGTH:
        message = f"Idempotency keys can be at most {KEY_LENGTH} characters."
        raise InvalidRequest(message, code="idempotency_key_too_long")
    if key in book.running_keys:
        raise KeyInUse
    record = book.find("idempotency", key)
    if record is None or book.now() - record["created"] >= IDEMPOTENCY_KEPT_S:
        return None
    if record["fingerprint"] != print_:
        raise IdempotencyError(
            "Keys for idempotent requests can only be used with the same endpoint and parameters "
            f"they were first used with. Try using a key other than '{key}' if you meant to "
            "execute a different request."
        )
    return Answer(
        record["status"], record["body"].encode(), record["request_id"], record["should_retry"]
    )


@contextmanager
def running(book: Book, key: str | None) -> Iterator[None]:
    """Mark a key as at work, so that a concurrent request with it is refused."""
    if key is None:
        yield
        return
    book.running_keys.add(key)
    try:
        yield
    finally:
        book.running_keys.discard(key)


def keep(book: Book, key: str, print_: str, answer: Answer) -> None:
    """Keep an answer under its key. Must run in the transaction of the effect it answers."""
    record = {
        "created": book.now(),
        "fingerprint": print_,
        "status": answer.status,
        "body": answer.body.decode(),
        "request_id": answer.request_id,
        "should_retry": answer.should_retry,
    }
    book.put("idempotency", key, record)
