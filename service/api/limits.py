"""How much one GraphQL document may ask for, counted in one pass however its fragments nest.

A fragment is weighed once and its weight reused, so sixty fragments that double one another cost
sixty steps. The limiters that come with the GraphQL library walk such a document step by step and
take hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_introspection_query,
    get_named_type,
    get_nullable_type,
    is_list_type,
    parse,
)
from graphql.type.introspection import SchemaMetaFieldDef, TypeMetaFieldDef

TOO_COMPLEX = "QUERY_TOO_COMPLEX"

_INTROSPECTION_FIELDS = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}
_PAGE_ARGUMENTS = ("first", "last")
# Introspection asks every type for the type that it wraps, nine times over; few wrap one.
_WRAPPED_SHARE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The largest document that is executed. Counts are taken with all fragments spread out.

    `nodes` bounds the values that an answer can hold: a field counts once for each entry of the
    lists around it. A page holds what `first` or `last` ask for, at most `page_size_max` (more is
    refused by the resolvers) and `page_size_default` when they are absent; a list without
    them is taken to hold `list_size` entries.

    `repeats` bounds the pairs of fields that answer to the same name in the same place: validation
    compares each pair to see whether they can be merged.
    """

    document_chars: int = 32_768
    tokens: int = 2_000
    depth: int = 12
    fields: int = 500
    root_fields: int = 20
    aliases: int = 50
    directives: int = 50
    repeats: int = 2_000
    nodes: int = 50_000
    page_size_default: int = 20
    page_size_max: int = 100
    list_size: int = 10


class Weight(NamedTuple):
    """What a selection asks for. `width` is its number of fields at the top."""

    depth: int = 0
    width: int = 0
    fields: int = 0
    aliases: int = 0
    nodes: int = 0
    introspection_nodes: int = 0

    def beside(self, other: Weight) -> Weight:
        """Return the weight of both in one selection."""
        return Weight(
            max(self.depth, other.depth),
            self.width + other.width,
            self.fields + other.fields,
            self.aliases + other.aliases,
            self.nodes + other.nodes,
            self.introspection_nodes + other.introspection_nodes,
        )


NOTHING = Weight()


def refuse(schema: GraphQLSchema, document: DocumentNode, limits: Limits) -> GraphQLError | None:
    """Return why the document is never executed, or None.

    Its nodes are left to `refuse_nodes`, because variables can ask for smaller pages.
    """
    if _count_directives(document) > limits.directives:
        return _too_complex("directives", limits.directives)
    try:
        weights = weigh(schema, document, limits)
    except RecursionError:
        return _too_complex("levels", limits.depth)
    introspection_max = introspection_budget(schema, limits)
    refusals = (_over(weight, limits, introspection_max) for weight in weights)
    refusal = next((refusal for refusal in refusals if refusal), None)
    if refusal is None and _count_repeats(document, limits.fields) > limits.repeats:
        return _too_complex("repeated fields", limits.repeats)
    return refusal


def refuse_nodes(
    schema: GraphQLSchema,
    document: DocumentNode,
    limits: Limits,
    variables: Mapping[str, object] | None = None,
) -> GraphQLError | None:
    """Return why the document is not executed with these variables, or None.

    Without variables every page that one could ask for is taken at its largest, so None means
    that no request with this document needs counting.
    """
    weights = weigh(schema, document, limits, variables)
    over = any(weight.nodes > limits.nodes for weight in weights)
    return _too_complex("nodes", limits.nodes) if over else None


def weigh(
    schema: GraphQLSchema,
    document: DocumentNode,
    limits: Limits,
    variables: Mapping[str, object] | None = None,
) -> list[Weight]:
    """Return the weight of each operation in the document, which need not be valid."""
    scale = _Scale(schema, document, limits, variables)
    return [
        scale.selections(definition.selection_set, schema.get_root_type(definition.operation))
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    ]


@lru_cache(maxsize=8)
def introspection_budget(schema: GraphQLSchema, limits: Limits) -> int:
    """Return what introspection may weigh: half as much again as the tools' own query."""
    standard = get_introspection_query(
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
        one_of=True,
    )
    (weight,) = weigh(schema, parse(standard), limits)
    return weight.introspection_nodes * 3 // 2


def _over(weight: Weight, limits: Limits, introspection_max: int) -> GraphQLError | None:
    checks = (
        ("levels", weight.depth, limits.depth),
        ("root fields", weight.width, limits.root_fields),
        ("fields", weight.fields, limits.fields),
        ("aliases", weight.aliases, limits.aliases),
        ("introspection nodes", weight.introspection_nodes, introspection_max),
    )
    exceeded = ((name, maximum) for name, found, maximum in checks if found > maximum)
    return next((_too_complex(name, maximum) for name, maximum in exceeded), None)


def _too_complex(limit: str, maximum: int) -> GraphQLError:
    return GraphQLError(
        f"The document is too complex: it asks for more than {maximum} {limit}.",
        extensions={"code": TOO_COMPLEX, "limit": limit, "maximum": maximum},
    )


def _count_directives(document: DocumentNode) -> int:
    count = 0
    waiting: list[Node] = list(document.definitions)
    while waiting:
        node = waiting.pop()
        count += len(getattr(node, "directives", None) or ())
        selection_set = getattr(node, "selection_set", None)
        waiting += selection_set.selections if selection_set else ()
        waiting += getattr(node, "variable_definitions", None) or ()
    return count


def _count_repeats(document: DocumentNode, places_max: int) -> int:
    """Count the pairs of fields with one name in one place.

    A document of n fields has at most n places with fields below them; only one with a cycle of
    fragments has more, and it is left to validation.
    """
    fragments = _fragments_of(document)
    pairs = 0
    waiting = [
        [definition.selection_set]
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    ]
    while waiting and places_max >= 0:
        places_max -= 1
        for fields in _fields_by_name(waiting.pop(), fragments).values():
            pairs += len(fields) * (len(fields) - 1) // 2
            inner = [field.selection_set for field in fields if field.selection_set]
            if inner:
                waiting.append(inner)
    return pairs


def _fields_by_name(
    places: list[SelectionSetNode], fragments: Mapping[str, FragmentDefinitionNode]
) -> dict[str, list[FieldNode]]:
    """Collect the fields of selections that are merged into one, by the name they answer to."""
    fields: dict[str, list[FieldNode]] = {}
    seen: set[str] = set()
    waiting = list(places)
    while waiting:
        for selection in waiting.pop().selections:
            if isinstance(selection, FieldNode):
                name = (selection.alias or selection.name).value
                fields.setdefault(name, []).append(selection)
            elif isinstance(selection, InlineFragmentNode):
                waiting.append(selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
                seen.add(selection.name.value)
                fragment = fragments.get(selection.name.value)
                if fragment is not None:
                    waiting.append(fragment.selection_set)
    return fields


def _fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }


@lru_cache(maxsize=8)
def _paged_types(schema: GraphQLSchema) -> frozenset[str]:
    """The types that stand for a page: their lists are as long as the page, counted already."""
    return frozenset(
        get_named_type(field.type).name
        for owner in schema.type_map.values()
        if isinstance(owner, GraphQLObjectType | GraphQLInterfaceType)
        for field in owner.fields.values()
        if not is_list_type(get_nullable_type(field.type))
        and any(argument in field.args for argument in _PAGE_ARGUMENTS)
    )


class _Scale:
    """Weighs the selections of one document, each fragment once."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        limits: Limits,
        variables: Mapping[str, object] | None,
    ) -> None:
        self._schema = schema
        self._limits = limits
        self._variables = variables
        self._paged = _paged_types(schema)
        self._fragments = _fragments_of(document)
        self._defaults = {
            variable.variable.name.value: variable.default_value
            for definition in document.definitions
            if isinstance(definition, OperationDefinitionNode)
            for variable in definition.variable_definitions or ()
        }
        self._weighed: dict[str, Weight] = {}

    def selections(self, selection_set: SelectionSetNode, owner: GraphQLNamedType | None) -> Weight:
        weight = NOTHING
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                weight = weight.beside(self._field(selection, owner))
            elif isinstance(selection, FragmentSpreadNode):
                weight = weight.beside(self._fragment(selection.name.value))
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                inner = self._schema.get_type(condition.name.value) if condition else owner
                weight = weight.beside(self.selections(selection.selection_set, inner))
        return weight

    def _fragment(self, name: str) -> Weight:
        if name not in self._weighed:
            # Stays so while the fragment is being weighed: a cycle, refused by validation, ends.
            self._weighed[name] = NOTHING
            fragment = self._fragments.get(name)
            if fragment is not None:
                owner = self._schema.get_type(fragment.type_condition.name.value)
                self._weighed[name] = self.selections(fragment.selection_set, owner)
        return self._weighed[name]

    def _field(self, node: FieldNode, owner: GraphQLNamedType | None) -> Weight:
        name = node.name.value
        introspects = name in _INTROSPECTION_FIELDS
        field = _INTROSPECTION_FIELDS.get(name) or getattr(owner, "fields", {}).get(name)
        inner = NOTHING
        if node.selection_set:
            result = get_named_type(field.type) if field else None
            inner = self.selections(node.selection_set, result)
        aliases = inner.aliases + (node.alias is not None)
        nodes = 1 + int(inner.nodes * self._entries(node, field, owner))
        if introspects:
            return Weight(width=1, aliases=aliases, introspection_nodes=nodes)
        return Weight(
            depth=1 + inner.depth,
            width=1,
            fields=1 + inner.fields,
            aliases=aliases,
            nodes=nodes,
            introspection_nodes=inner.introspection_nodes,
        )

    def _entries(
        self, node: FieldNode, field: GraphQLField | None, owner: GraphQLNamedType | None
    ) -> float:
        """How often the fields below this one appear in the answer."""
        if field is None:
            return 1
        if owner is not None and owner.name == "__Type" and node.name.value == "ofType":
            return _WRAPPED_SHARE
        if any(argument in field.args for argument in _PAGE_ARGUMENTS):
            return self._page(node)
        if not is_list_type(get_nullable_type(field.type)):
            return 1
        if owner is not None and owner.name in self._paged:
            return 1
        if owner is not None and owner.name == "__Schema" and node.name.value == "types":
            return len(self._schema.type_map)
        if "ids" in field.args:
            return self._ids(node)
        return self._limits.list_size

    def _page(self, node: FieldNode) -> int:
        sizes = [
            self._page_size(argument.value)
            for argument in node.arguments or ()
            if argument.name.value in _PAGE_ARGUMENTS
        ]
        size = max(sizes, default=self._limits.page_size_default)
        return max(1, min(size, self._limits.page_size_max))

    def _page_size(self, value: ValueNode | None) -> int:
        if isinstance(value, IntValueNode):
            # The length stands in for the value of digit strings too long to be worth reading.
            return int(value.value) if len(value.value) < 10 else self._limits.page_size_max
        if not isinstance(value, VariableNode):
            return self._limits.page_size_default
        if self._variables is None:
            return self._limits.page_size_max
        name = value.name.value
        if name not in self._variables:
            return self._page_size(self._defaults.get(name))
        given = self._variables[name]
        return given if isinstance(given, int) else self._limits.page_size_default

    def _ids(self, node: FieldNode) -> int:
        for argument in node.arguments or ():
            if argument.name.value == "ids":
                return self._id_count(argument.value)
        return 1

    def _id_count(self, value: ValueNode) -> int:
        if isinstance(value, ListValueNode):
            return len(value.values)
        if isinstance(value, VariableNode) and self._variables is not None:
            given = self._variables.get(value.name.value)
            return len(given) if isinstance(given, list) else 1
        return self._limits.page_size_max
