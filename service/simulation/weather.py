"""How hostile a history is: which faults it has and how often, drawn from its seed."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

#: (HTTP status, when, whether the gateway keeps the failure under the idempotency key)
Failure = tuple[int, str, bool]
FAILURES: tuple[Failure, ...] = (
    (500, "before", True),
    (500, "after", True),
    (500, "before", False),
    (500, "after", False),
    (409, "before", False),
    (429, "before", False),
    (503, "after", False),
)
SETTLES_AFTER_S = (5.0, 600.0, 86_400.0, 3 * 86_400.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """Chances, each between 0 and 1. The first four are per step, the others per occasion."""

    crash: float = 0.0
    outage: float = 0.0
    clock_jump: float = 0.0
    tampering: float = 0.0

    call_lost: float = 0.0
    answer_lost: float = 0.0
    call_fails: float = 0.0
    client_cut_off: float = 0.0

    webhook_dropped: float = 0.0
    webhook_doubled: float = 0.0
    webhook_late: float = 0.0
    acknowledgement_lost: float = 0.0

    #: Seconds from a bank debit's submission until its end.
    debit_settles_after_s: float = 5.0
    #: Seconds from a refund's creation until its end.
    refund_settles_after_s: float = 5.0


CALM = Weather()


def forecast(rng: Random) -> Weather:
    """Draw the weather of a history: each kind of fault is absent in about half of them, so that
    no fault always hides what another one does."""

    def perhaps(*chances: float) -> float:
        return rng.choice(chances) if rng.random() < 0.5 else 0.0

    return Weather(
        crash=perhaps(0.01, 0.03),
        outage=perhaps(0.01, 0.02),
        clock_jump=perhaps(0.01),
        tampering=perhaps(0.02, 0.05),
        call_lost=perhaps(0.1, 0.4),
        answer_lost=perhaps(0.1, 0.4),
        call_fails=perhaps(0.1, 0.3),
        client_cut_off=perhaps(0.1, 0.3),
        webhook_dropped=perhaps(0.3, 0.9),
        webhook_doubled=perhaps(0.3),
        webhook_late=perhaps(0.3, 0.8),
        acknowledgement_lost=perhaps(0.1),
        debit_settles_after_s=rng.choice(SETTLES_AFTER_S),
        refund_settles_after_s=rng.choice(SETTLES_AFTER_S),
    )
