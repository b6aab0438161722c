"""How fields, enums and arguments get their descriptions and defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeVar, cast

import strawberry
from graphql import GraphQLError

from service.billing.errors import BillingError

Resolver = TypeVar("Resolver", bound=Callable[..., Any])
ValueT = TypeVar("ValueT")


def resolved(resolver: Resolver) -> Resolver:
    """Make a method a field; its docstring is the field's description."""
    return cast("Resolver", strawberry.field(resolver, description=_one_line(resolver.__doc__)))


def streamed(resolver: Resolver) -> Resolver:
    """Make an async generator method a subscription; its docstring is the description."""
    return cast(
        "Resolver",
        strawberry.subscription(resolver=resolver, description=_one_line(resolver.__doc__)),
    )


def describe(
    enum: type[Enum], description: str, values: Mapping[str, str], *, name: str | None = None
) -> None:
    """Make an enum of the rules one of the schema, with a text for each value.

    Raises:
        KeyError: a value has no text.
    """
    strawberry.enum(enum, name=name, description=description)
    definition: Any = vars(enum)["__strawberry_definition__"]
    for value in definition.values:
        value.description = values[value.name]


def given(value: ValueT | None) -> ValueT | None:
    """An optional argument or input field; None when it was left out, as when it was null."""
    return None if value is strawberry.UNSET else value


def bad_input(message: str) -> GraphQLError:
    """The error for an argument that the schema's types cannot rule out."""
    return GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})


def refusal(error: BillingError) -> GraphQLError:
    """What the rules refuse as an entry of `errors`, for where no result union can carry it."""
    return GraphQLError(str(error), extensions={"code": error.code})


def _one_line(docstring: str | None) -> str:
    return " ".join((docstring or "").split())
