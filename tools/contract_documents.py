"""What follows from the schema and the operations: their text, and facts that clients' tools need.

Everything is read with the GraphQL library of the service: no Node is needed here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLAbstractType,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    concat_ast,
    is_abstract_type,
    is_introspection_type,
    is_object_type,
    is_scalar_type,
    is_specified_scalar_type,
    parse,
)

JSON = dict[str, Any]
ROOT = Path(__file__).resolve().parent.parent
CONTRACT = ROOT / "frontend-contract"
SCHEMA = ROOT / "schema.graphql"
HASHED = "sha256:"


def schema() -> GraphQLSchema:
    """The schema as it is printed from the code."""
    return build_schema(SCHEMA.read_text(encoding="utf-8"))


def sources() -> dict[str, DocumentNode]:
    """The documents that people write, by the path of their file in the contract."""
    files = sorted([*CONTRACT.glob("fragments/*.graphql"), *CONTRACT.glob("operations/*.graphql")])
    return {
        path.relative_to(CONTRACT).as_posix(): parse(path.read_text(encoding="utf-8"))
        for path in files
    }


def written() -> DocumentNode:
    """All of them as one document."""
    return concat_ast(list(sources().values()))


def persisted() -> dict[str, str]:
    """The documents that the server may be asked for by their id, `sha256:` and the text's hash."""
    texts: dict[str, str] = json.loads((CONTRACT / "persisted-documents.json").read_text("utf-8"))
    return texts


def id_of(text: str) -> str:
    """The id of a document."""
    return HASHED + sha256(text.encode()).hexdigest()


def operation_of(text: str) -> OperationDefinitionNode:
    """The one operation of a document."""
    (operation,) = (
        node for node in parse(text).definitions if isinstance(node, OperationDefinitionNode)
    )
    return operation


def by_operation() -> dict[str, str]:
    """The persisted documents' texts by the names of their operations."""
    named = {operation_of(text).name: text for text in persisted().values()}
    return {name.value: text for name, text in named.items() if name is not None}


# What is generated


def persisted_query_manifest() -> JSON:
    """The documents in the form that Apollo's tools read."""
    operations = []
    for name, text in sorted(by_operation().items()):
        kind = operation_of(text).operation.value
        digest = id_of(text).removeprefix(HASHED)
        operations.append({"id": digest, "name": name, "type": kind, "body": text})
    return {"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations}


def possible_types(of: GraphQLSchema) -> dict[str, list[str]]:
    """The members of each union and interface, as Apollo's cache wants them."""
    return {
        kind.name: sorted(member.name for member in of.get_possible_types(kind))
        for kind in _abstract_types(of)
    }


def _abstract_types(of: GraphQLSchema) -> Iterator[GraphQLAbstractType]:
    for _, kind in sorted(of.type_map.items()):
        if is_abstract_type(kind) and not is_introspection_type(kind):
            yield kind


def cache_keys(of: GraphQLSchema) -> dict[str, list[str] | None]:
    """The fields that tell two values of a type apart in a client's cache.

    Null: a value without a key, which is kept inside of what holds it.
    """
    roots = {of.query_type, of.mutation_type, of.subscription_type}
    return {
        name: ["id"] if "id" in kind.fields else None
        for name, kind in sorted(of.type_map.items())
        if is_object_type(kind) and not is_introspection_type(kind) and kind not in roots
    }


def typed_cache_keys(of: GraphQLSchema) -> str:
    """The same in the schema language, as Apollo iOS and Apollo Kotlin read it."""
    lines = [
        f'extend type {name} @typePolicy(keyFields: "{" ".join(fields)}")'
        for name, fields in cache_keys(of).items()
        if fields
    ]
    return "\n".join(["# Written by `make contract`.", "", *lines, ""])


def scalars_of(of: GraphQLSchema) -> set[str]:
    """The scalars that GraphQL itself does not have."""
    return {
        name
        for name, kind in of.type_map.items()
        if is_scalar_type(kind) and not is_specified_scalar_type(kind)
    }
