"""The Relay interface of everything that has an id."""

from __future__ import annotations

import strawberry


@strawberry.interface(description="Something with an id, which `node` finds again.")
class Node:
    id: strawberry.ID = strawberry.field(
        description="An opaque id, unique over all types. It never changes."
    )
