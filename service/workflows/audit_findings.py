"""What an audit hands out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Weight(StrEnum):
    DIFFERENCE = "DIFFERENCE"
    NOT_CHECKED = "NOT_CHECKED"
    """The gateway gave no answer: it may be right or wrong."""
    NOTE = "NOTE"
    """A payment at the gateway that is nothing of ours: nothing to put right."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that two sources tell differently, in words for the seller's staff; of no account
    when only a gateway knows of it. `stands_for` counts the things it tells of."""

    account_id: UUID | None
    about: str
    what: str
    weight: Weight = Weight.DIFFERENCE
    stands_for: int = 1
