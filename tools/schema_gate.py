"""The gate between a change of the schema and the clients that were built on the last release.

python -m tools.schema_gate check     tells what breaks them, and ends with 1 when something does
python -m tools.schema_gate release   makes today's schema the one that is compared with from now on

The rules are in frontend-contract/DEPRECATION.md. Needs no Node.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from graphql import (
    BreakingChangeType,
    DangerousChangeType,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLInputField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    find_schema_changes,
    get_named_type,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
    validate_schema,
)

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "schema.graphql"
RELEASED = ROOT / "frontend-contract" / "released" / "schema.graphql"

# How long clients have between an announcement and a removal.
PERIOD = timedelta(days=90)
_SINCE = re.compile(r"\bsince (\d{4}-\d{2}-\d{2})\b")
_NAMED = re.compile(r"`([^`]+)`")
_RELEASED_ON = re.compile(r"# Released on (\d{4}-\d{2}-\d{2})\.\n")


class GateError(ValueError):
    """A schema cannot be read; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Element:
    """Something that clients can name, by its schema coordinate, such as `Invoice.payments(first:)`
    or `Plan.FREE`."""

    coordinate: str
    description: str | None
    deprecation: str | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found: `refused` must not be released, `told` has to be in the change log."""

    refused: tuple[str, ...]
    told: tuple[str, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("action", choices=["check", "release"])
    parser.add_argument("--schema", type=Path, default=SCHEMA)
    parser.add_argument("--released", type=Path, default=RELEASED)
    asked = parser.parse_args(arguments)
    today = datetime.now(UTC).date()
    try:
        findings = compare(_read(asked.released), _read(asked.schema), today)
    except GateError as error:
        print(f"schema gate: {error}", file=sys.stderr)
        return 2
    for words in findings.told:
        print(f"told     {words}")
    for words in findings.refused:
        print(f"refused  {words}")
    if not findings.refused and asked.action == "release":
        asked.released.write_text(as_released(_read(asked.schema), today), encoding="utf-8")
    return 1 if findings.refused else 0


def compare(released: str, current: str, today: date) -> Findings:
    """Compare two schemas in SDL; `today` decides which deprecations are over.

    Raises:
        GateError: one is not a schema.
    """
    old, new = _built(released, "the released schema"), _built(current, "the schema")
    changes = find_schema_changes(_promised(released, new, today), new)
    broken = [one.description for one in changes if isinstance(one.type, BreakingChangeType)]
    told = [one.description for one in changes if isinstance(one.type, DangerousChangeType)]
    refused = [
        *(error.message for error in validate_schema(new)),
        *broken,
        *_narrowed(old, new),
        *_undescribed(new),
        *_careless_deprecations(old, new, _released_on(released), today),
    ]
    return Findings(tuple(refused), tuple(told))


def as_released(sdl: str, on: date) -> str:
    """A schema as it lies in the folder of the last release."""
    return f"# Released on {on.isoformat()}.\n{sdl}"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise GateError(f"{path}: {error}") from None


def _built(sdl: str, name: str) -> GraphQLSchema:
    try:
        return build_schema(sdl)
    except (GraphQLError, TypeError) as error:
        raise GateError(f"{name}: {error}") from None


def _released_on(sdl: str) -> date:
    found = _RELEASED_ON.match(sdl)
    day = _day(found[1]) if found else None
    if day is None:
        raise GateError("the released schema begins with a line like # Released on 2026-11-26.")
    return day


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


# What stands


def _promised(released: str, new: GraphQLSchema, today: date) -> GraphQLSchema:
    """The released schema without what is gone and was announced long enough before."""
    promised = build_schema(released)
    still_there = {one.coordinate for one in elements(new)}
    over = {
        one.coordinate
        for one in elements(promised)
        if one.coordinate not in still_there and _is_over(one, today)
    }
    before = _reachable(promised)
    _drop(promised, over)
    for name in before - _reachable(promised):
        if name not in new.type_map:
            del promised.type_map[name]
    return promised


def _is_over(element: Element, today: date) -> bool:
    since = _since(element.deprecation)
    return since is not None and since + PERIOD <= today


def _since(reason: str | None) -> date | None:
    found = _SINCE.search(reason or "")
    return _day(found[1]) if found else None


def _drop(schema: GraphQLSchema, coordinates: Collection[str]) -> None:
    for kind in _own_types(schema):
        if isinstance(kind, GraphQLEnumType):
            for name in [one for one in kind.values if f"{kind.name}.{one}" in coordinates]:
                del kind.values[name]
        for name, field in list(_fields(kind).items()):
            place = f"{kind.name}.{name}"
            if place in coordinates:
                del _fields(kind)[name]
            elif isinstance(field, GraphQLField):
                for argument in [one for one in field.args if f"{place}({one}:)" in coordinates]:
                    del field.args[argument]


def _reachable(schema: GraphQLSchema) -> set[str]:
    """The names of the types that a document can come upon."""
    roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
    waiting: list[GraphQLNamedType] = [one for one in roots if one is not None]
    seen: set[str] = set()
    while waiting:
        kind = waiting.pop()
        if kind.name not in seen:
            seen.add(kind.name)
            waiting += _next_to(schema, kind)
    return seen


def _next_to(schema: GraphQLSchema, kind: GraphQLNamedType) -> Iterator[GraphQLNamedType]:
    for field in _fields(kind).values():
        yield get_named_type(field.type)
        if isinstance(field, GraphQLField):
            yield from (get_named_type(argument.type) for argument in field.args.values())
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        yield from kind.interfaces
    if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
        yield from schema.get_possible_types(kind)


# What can be named


def elements(schema: GraphQLSchema) -> Iterator[Element]:
    """Everything of a schema that its authors wrote and clients can name."""
    for directive in schema.directives:
        if not is_specified_directive(directive):
            place = f"@{directive.name}"
            yield Element(place, directive.description)
            yield from _arguments(place, directive.args)
    for kind in _own_types(schema):
        yield Element(kind.name, kind.description)
        if isinstance(kind, GraphQLEnumType):
            for name, value in kind.values.items():
                yield Element(f"{kind.name}.{name}", value.description, value.deprecation_reason)
        for name, field in _fields(kind).items():
            place = f"{kind.name}.{name}"
            yield Element(place, field.description, field.deprecation_reason)
            if isinstance(field, GraphQLField):
                yield from _arguments(place, field.args)


def _arguments(place: str, found: dict[str, GraphQLArgument]) -> Iterator[Element]:
    for name, argument in found.items():
        yield Element(f"{place}({name}:)", argument.description, argument.deprecation_reason)


def _own_types(schema: GraphQLSchema) -> list[GraphQLNamedType]:
    return [
        kind
        for kind in schema.type_map.values()
        if not is_introspection_type(kind) and not is_specified_scalar_type(kind)
    ]


def _fields(kind: GraphQLNamedType) -> dict[str, GraphQLField | GraphQLInputField]:
    """The very fields of a type, so that what is taken out of them is gone."""
    found: dict[str, GraphQLField | GraphQLInputField] = getattr(kind, "fields", {})
    return found


# Rules that no comparison of types knows


def _narrowed(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[str]:
    choices = {name for name, kind in new.type_map.items() if getattr(kind, "is_one_of", False)}
    for name in sorted(choices & old.type_map.keys()):
        if not getattr(old.type_map[name], "is_one_of", False):
            yield f"{name} became @oneOf."


def _undescribed(schema: GraphQLSchema) -> Iterator[str]:
    for one in elements(schema):
        if not (one.description or "").strip():
            yield f"{one.coordinate} has no description."


def _careless_deprecations(
    old: GraphQLSchema, new: GraphQLSchema, released_on: date, today: date
) -> Iterator[str]:
    announced = {one.coordinate for one in elements(old) if one.deprecation is not None}
    lasting = {one.coordinate for one in elements(new) if one.deprecation is None}
    for one in elements(new):
        if one.deprecation is None:
            continue
        since = _since(one.deprecation)
        if since is None:
            yield f"{one.coordinate} is deprecated without a date: say `since YYYY-MM-DD`."
        elif one.coordinate not in announced and not released_on <= since <= today:
            yield f"{one.coordinate} is deprecated since {since}: the day is not of this release."
        if not any(name in lasting for name in _replacements(one)):
            yield f"{one.coordinate} is deprecated without a replacement in backticks."


def _replacements(element: Element) -> Iterator[str]:
    """The coordinates that a reason may mean by what it names: in full, or as a neighbour."""
    owner = element.coordinate.partition("(")[0]
    for name in _NAMED.findall(element.deprecation or ""):
        yield name
        yield f"{owner.partition('.')[0]}.{name}"
        yield f"{owner}({name}:)"


if __name__ == "__main__":
    raise SystemExit(main())
