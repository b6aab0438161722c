"""What happens at the gateway without us: refunds from its dashboard, disputes, late captures."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from service.sandbox.errors import JSON, ApiError
from service.simulation.world import World

_PAUSES_S = (20.0, 900.0, 7_000.0, 100_000.0)


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is done to an object of the gateway's that fits."""

    what: str
    kind: str
    fits: Callable[[World, JSON], bool]
    do: Callable[[World, JSON], object]


def _has_money(world: World, charge: JSON) -> bool:
    """Whether something of a charge can be given back by hand. Between our last look and our call
    nobody can be kept from it: that moment is left out."""
    left = charge["captured"] and charge["amount_refunded"] < charge["amount_captured"]
    return bool(left) and UUID(charge["metadata"]["payment_id"]) not in world.giving_back


def _refund(world: World, charge: JSON) -> None:
    left = charge["amount_captured"] - charge["amount_refunded"]
    part = world.rng.choice((left, left // 2 or 1, 1))
    fails, pending = world.happens(0.3), world.happens(0.3)
    world.sandbox.dashboard.refund(charge["id"], part, fails=fails, pending=pending)


def _dispute(world: World, charge: JSON) -> None:
    whole = charge["amount_captured"]
    part = world.rng.choice((None, whole // 2 or 1, whole))
    world.sandbox.dashboard.dispute(charge["id"], part)


def _wins(world: World, dispute: JSON) -> None:
    world.sandbox.dashboard.win_dispute(dispute["id"])


def _loses(world: World, dispute: JSON) -> None:
    world.sandbox.dashboard.lose_dispute(dispute["id"])


def _is_open(_: World, dispute: JSON) -> bool:
    return dispute["status"] in ("needs_response", "appeal_under_review")


def _is_authorised(_: World, intent: JSON) -> bool:
    return bool(intent["status"] == "requires_capture")


ACTS = (
    Act("the seller's dashboard refunds", "charge", _has_money, _refund),
    Act("the bank disputes", "charge", _has_money, _dispute),
    Act(
        "the seller appeals",
        "dispute",
        lambda _, dispute: dispute["status"] == "lost",
        lambda world, dispute: world.sandbox.dashboard.appeal_dispute(dispute["id"]),
    ),
    Act(
        "the bank sends back",
        "refund",
        lambda _, refund: refund["status"] in ("pending", "succeeded"),
        lambda world, refund: world.sandbox.dashboard.fail_refund(refund["id"]),
    ),
    Act(
        "the gateway expires",
        "session",
        lambda _, session: session["payment_status"] == "unpaid" and session["status"] != "expired",
        lambda world, session: world.sandbox.dashboard.expire(session["id"]),
    ),
)
DECISIONS = (
    Act("the bank decides for us on", "dispute", _is_open, _wins),
    Act("the bank decides against us on", "dispute", _is_open, _loses),
    Act(
        "the seller captures",
        "payment_intent",
        _is_authorised,
        lambda world, intent: world.sandbox.dashboard.capture(intent["id"]),
    ),
    Act(
        "the gateway lets go of",
        "payment_intent",
        _is_authorised,
        lambda world, intent: world.sandbox.dashboard.cancel(intent["id"], "automatic"),
    ),
)


def return_by_hand(world: World, intent_id: str, minor_units: int) -> None:
    """Give something of a payment back in the gateway's dashboard, if it still can be."""
    charge = world.sandbox.book.get(
        "charge", world.sandbox.book.get("payment_intent", intent_id)["latest_charge"]
    )
    if _has_money(world, charge):
        with contextlib.suppress(ApiError):
            world.sandbox.dashboard.refund(charge["id"], minor_units)
            world.tell(f"returns {minor_units} of {world.name(charge['id'])} by hand")


async def live(world: World, acts: int) -> None:
    """Do so many things to whatever money there is."""
    for _ in range(acts):
        await world.sleep(world.rng.choice(_PAUSES_S), "waits")
        _do_one(world, ACTS + DECISIONS)


def decide(world: World) -> None:
    """End everything that waits for a decision."""
    while _do_one(world, DECISIONS):
        pass


def _do_one(world: World, acts: tuple[Act, ...]) -> bool:
    book = world.sandbox.book
    possible = [
        (act, item) for act in acts for item in book.oldest_first(act.kind) if act.fits(world, item)
    ]
    if not possible:
        return False
    act, item = world.rng.choice(possible)
    try:
        act.do(world, item)
    except ApiError:
        return False
    world.announce(f"{act.what} {world.name(item['id'])}")
    return True
