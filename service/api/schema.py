"""The schema, ready to be executed."""

from __future__ import annotations

from strawberry.schema.config import StrawberryConfig

from service.api.documents import DocumentShelf, extensions
from service.api.limits import Limits
from service.api.masking import QuietSchema
from service.api.mutations import Mutation
from service.api.queries import Query
from service.api.scalars import SCALARS
from service.api.subscriptions import Subscription
from service.api.types.events import EVENT_TYPES

shelf = DocumentShelf(Limits())
schema = QuietSchema(
    Query,
    Mutation,
    Subscription,
    types=EVENT_TYPES,
    extensions=extensions(shelf),
    config=StrawberryConfig(scalar_map=SCALARS),
)


def print_sdl() -> str:
    """The schema in GraphQL's own language, as it stands in schema.graphql."""
    return f"{schema.as_str()}\n"
