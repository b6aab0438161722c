"""All examples, in the order in which their scenes were written."""

from __future__ import annotations

from tests.front import (
    scenes_accounts,
    scenes_claims,
    scenes_contacts,
    scenes_following,
    scenes_paying,
    scenes_reading,
    scenes_staff,
)
from tests.front.stage import EXAMPLES

SCENES = (
    scenes_reading,
    scenes_paying,
    scenes_claims,
    scenes_contacts,
    scenes_staff,
    scenes_accounts,
    scenes_following,
)

__all__ = ["EXAMPLES", "SCENES"]
