"""What one document may ask for, and what it costs to say no."""

from __future__ import annotations

import time
from typing import Any

import pytest
from graphql import GraphQLError, GraphQLSchema, get_introspection_query, parse
from strawberry.types.execution import PreExecutionError

from service.api.limits import Limits, introspection_budget, refuse, refuse_nodes, weigh
from tests.api.toy_schema import run, toy_schema

LIMITS = Limits()
SCHEMA = toy_schema()
GRAPH: GraphQLSchema = SCHEMA._schema
INTROSPECTION = get_introspection_query(
    specified_by_url=True,
    directive_is_repeatable=True,
    schema_description=True,
    input_value_deprecation=True,
    one_of=True,
)


def refused_for(text: str, limits: Limits = LIMITS) -> str | None:
    """Return the name of the limit that stops a document, or None."""
    refusal = refuse(GRAPH, parse(text), limits)
    return None if refusal is None else _limit_of(refusal)


def nodes_of(text: str, variables: dict[str, object] | None = None) -> int:
    (weight,) = weigh(GRAPH, parse(text), LIMITS, variables)
    return weight.nodes


def _limit_of(error: GraphQLError) -> str:
    extensions = error.extensions or {}
    assert extensions["code"] == "QUERY_TOO_COMPLEX"
    assert str(extensions["maximum"]) in error.message
    return str(extensions["limit"])


async def cpu_ms(text: str) -> tuple[float, Any]:
    """Return the CPU time of one document on a schema that never saw it, and its result."""
    best, result = float("inf"), None
    for _ in range(3):
        schema = toy_schema()
        await run("{ ping }", schema)
        started = time.process_time()
        result = await run(text, schema)
        best = min(best, (time.process_time() - started) * 1000)
    return best, result


def doubling(times: int, inner: str = "...F{0} ...F{0}", on: str = "Query") -> str:
    fragments = (
        f"fragment F{step} on {on} {{ {inner.format(step + 1)} }}" for step in range(times)
    )
    leaf = f"fragment F{times} on {on} {{ __typename }}"
    start = "...F0" if on == "Query" else "invoice { ...F0 }"
    return f"{{ {start} }} {' '.join(fragments)} {leaf}"


class TestCost:
    @pytest.mark.parametrize("times", [18, 30, 60])
    @pytest.mark.parametrize(
        ("inner", "on"),
        [
            ("...F{0} ...F{0}", "Query"),
            (
                "a: related {{ nodes {{ ...F{0} }} }} b: related {{ nodes {{ ...F{0} }} }}",
                "Invoice",
            ),
            ("... on Invoice {{ ...F{0} }} ... on Invoice {{ ...F{0} }}", "Invoice"),
        ],
    )
    async def test_fragments_that_double_cost_next_to_nothing(
        self, times: int, inner: str, on: str
    ) -> None:
        spent, result = await cpu_ms(doubling(times, inner, on))
        assert _limit_of(result.errors[0])
        assert spent < 50

    @pytest.mark.parametrize(
        "text",
        [
            "{ " + "ping " * 1_990 + "}",
            "{ invoice { " + "related { totalCount } " * 240 + "} }",
            "{ invoice { " + " ".join(f"numbre{i}" for i in range(490)) + " } }",
            "{ " + " ".join(f"a{i}: ping" for i in range(600)) + " }",
            "{ ping " + " ".join(f"@a{i}" for i in range(900)) + " }",
            "query(" + " ".join(f"$v{i}: Int" for i in range(450)) + ") { ping }",
            "query(" + " ".join(f"$v{i}: Int" for i in range(900)) + ") { ping }",
            "{" + "," * 30_000 + " nope }",
            "{ __schema { types { "
            + " ".join(
                f"a{i}: fields {{ name args {{ name type {{ name }} }} }}" for i in range(49)
            )
            + "} } }",
        ],
    )
    async def test_hostile_documents_are_refused_cheaply(self, text: str) -> None:
        spent, result = await cpu_ms(text)
        assert result.errors
        assert result.data is None
        assert spent < 100

    async def test_only_the_first_errors_are_looked_for(self) -> None:
        result = await run("{ invoice { " + " ".join(f"no{i}" for i in range(200)) + " } }", SCHEMA)
        assert len(result.errors) == 21
        assert "Too many validation errors" in result.errors[-1].message

    async def test_a_cycle_of_fragments_ends_and_is_named(self) -> None:
        result = await run(
            "{ invoice { ...A } } fragment A on Invoice { related { nodes { ...B } } } "
            "fragment B on Invoice { related { nodes { ...A } } }",
            SCHEMA,
        )
        assert [error.message for error in result.errors] == [
            "Cannot spread fragment 'A' within itself via 'B'."
        ]

    async def test_a_long_chain_of_fragments_is_no_stack_overflow(self) -> None:
        chain = " ".join(f"fragment F{i} on Query {{ ...F{i + 1} }}" for i in range(240))
        result = await run("{ ...F0 } " + chain + " fragment F240 on Query { ping }", SCHEMA)
        assert result.errors
        assert result.errors[0].extensions["code"] in (
            "QUERY_TOO_COMPLEX",
            "GRAPHQL_VALIDATION_FAILED",
        )


class TestLimits:
    def test_depth_counts_fields_within_fields(self) -> None:
        def nested(levels: int) -> str:
            return "{ invoice { " + "related { nodes { " * levels + "number" + " } }" * (levels + 1)

        assert refused_for(nested(5)) is None  # 1 + 2 * 5 + 1 = 12
        assert refused_for(nested(6)) == "levels"
        assert refused_for(nested(5).replace("number", "lines { text }")) == "levels"
        assert (
            refused_for(nested(5).replace("{ invoice", "{ ... on Query { invoice") + " }") is None
        )

    def test_fields_count_through_fragments(self) -> None:
        fragment = "fragment F on Invoice { " + "number " * 9 + "}"
        spreads = " ".join("related { nodes { ...F } }" for _ in range(45))
        limits = Limits(repeats=1_000_000)
        most = f"{{ invoice {{ {spreads} }} }} {fragment}"  # 1 + 45 * 11 = 496
        assert refused_for(most, limits) is None
        assert (
            refused_for(most.replace("{ invoice {", "{ invoice { " + "number " * 4), limits) is None
        )
        assert refused_for(most.replace("{ invoice {", "{ invoice { " + "number " * 5), limits) == (
            "fields"
        )

    @pytest.mark.parametrize(
        ("make", "most", "limit"),
        [
            (lambda n: "{ " + "ping " * n + "}", 20, "root fields"),
            (
                lambda n: "{ ...F ...F } fragment F on Query { " + "ping " * n + "}",
                10,
                "root fields",
            ),
            (
                lambda n: "{ invoice { " + " ".join(f"a{i}: number" for i in range(n)) + " } }",
                50,
                "aliases",
            ),
            (lambda n: "{ ping " + "@skip(if: false) " * n + "}", 50, "directives"),
            (
                lambda n: "query " + "@a " * n + " { ping } fragment F on Query @b { ping }",
                49,
                "directives",
            ),
            (lambda n: "{ invoice { " + "number " * n + "} }", 63, "repeated fields"),
        ],
    )
    def test_the_limit_is_reached_and_not_passed(self, make: Any, most: int, limit: str) -> None:
        assert refused_for(make(most)) is None
        assert refused_for(make(most + 1)) == limit

    def test_every_operation_of_a_document_is_weighed(self) -> None:
        large = "query B { " + "ping " * 21 + "}"
        assert refused_for("query A { ping } " + large) == "root fields"

    @pytest.mark.parametrize(
        ("text", "nodes"),
        [
            ("{ ping }", 1),
            ("{ invoice { number } }", 2),
            ("{ invoice { lines { text } } }", 1 + 1 + 10),
            ("{ invoices { totalCount } }", 1 + 20),
            ("{ invoices(first: 3) { nodes { number } } }", 1 + 3 * 2),
            ("{ invoices(last: 5) { nodes { number } } }", 1 + 5 * 2),
            ("{ invoices(first: 3, last: 5) { totalCount } }", 1 + 5),
            ("{ invoices(first: 0) { totalCount } }", 1 + 1),
            ("{ invoices(first: -9) { totalCount } }", 1 + 1),
            ("{ invoices(first: 2147483647) { totalCount } }", 1 + 100),
            ("{ invoices(first: " + "9" * 1_500 + ") { totalCount } }", 1 + 100),
            ("{ invoices(first: null) { totalCount } }", 1 + 20),
            ('{ invoicesById(ids: ["a", "b", "c"]) { number } }', 1 + 3),
            ("query($n: Int) { invoices(first: $n) { totalCount } }", 1 + 100),
            ("query($ids: [ID!]!) { invoicesById(ids: $ids) { number } }", 1 + 100),
            ("{ invoices(first: 10) { nodes { related(first: 10) { totalCount } } } }", 121),
            ("{ nope { nope } }", 2),
            ("{ ...F ...F } fragment F on Query { invoice { number } }", 4),
        ],
    )
    def test_nodes_are_multiplied_by_pages(self, text: str, nodes: int) -> None:
        assert nodes_of(text) == nodes

    @pytest.mark.parametrize(
        ("declared", "variables", "nodes"),
        [
            ("$n: Int", {"n": 7}, 1 + 7),
            ("$n: Int", {"n": 700}, 1 + 100),
            ("$n: Int", {"n": None}, 1 + 20),
            ("$n: Int", {"n": "7"}, 1 + 20),
            ("$n: Int", {}, 1 + 20),
            ("$n: Int = 4", {}, 1 + 4),
            ("$n: Int = 4", {"n": 5}, 1 + 5),
        ],
    )
    def test_variables_are_looked_up(
        self, declared: str, variables: dict[str, object], nodes: int
    ) -> None:
        text = f"query({declared}) {{ invoices(first: $n) {{ totalCount }} }}"
        assert nodes_of(text, variables) == nodes

    async def test_pages_within_pages_are_bounded_by_what_the_variables_ask_for(self) -> None:
        text = (
            "query($a: Int, $b: Int) { invoices(first: $a) { nodes { number "
            "related(first: $b) { nodes { number lines { text } } } } } }"
        )
        assert refuse_nodes(GRAPH, parse(text), LIMITS) is not None
        small = await run(text, SCHEMA, variable_values={"a": 10, "b": 10})
        assert small.errors is None
        large = await run(text, SCHEMA, variable_values={"a": 100, "b": 100})
        assert [_limit_of(error) for error in large.errors] == ["nodes"]
        again = await run(text, SCHEMA, variable_values={"a": 10, "b": 10})
        assert again.errors is None

    async def test_a_subscription_is_weighed_too(self) -> None:
        stream = await SCHEMA.stream("subscription { " + "count " * 21 + "}")
        (result,) = [result async for result in stream]
        assert isinstance(result, PreExecutionError)
        assert [_limit_of(error) for error in result.errors or []] == ["root fields"]

    async def test_tokens_are_bounded_while_parsing(self) -> None:
        result = await run("{ " + "ping " * 1_999 + "}", SCHEMA)
        assert result.errors[0].extensions == {"code": "GRAPHQL_PARSE_FAILED"}
        assert "2000 tokens" in result.errors[0].message


class TestIntrospection:
    @pytest.mark.parametrize("text", [INTROSPECTION, get_introspection_query()])
    async def test_the_queries_of_the_tools_pass(self, text: str) -> None:
        result = await run(text, SCHEMA)
        assert result.errors is None
        assert result.data["__schema"]["queryType"]["name"] == "Query"

    async def test_it_may_stand_beside_other_fields(self) -> None:
        result = await run('{ ping __typename __type(name: "Invoice") { kind } }', SCHEMA)
        assert result.data == {
            "ping": "pong",
            "__typename": "Query",
            "__type": {"kind": "OBJECT"},
        }

    def test_twice_the_standard_query_is_too_much(self) -> None:
        (weight,) = weigh(GRAPH, parse(INTROSPECTION), LIMITS)
        assert weight.depth == weight.fields == 0
        assert introspection_budget(GRAPH, LIMITS) == weight.introspection_nodes * 3 // 2
        twice = INTROSPECTION.replace("__schema {", "__schema { ...All } again: __schema {", 1)
        inner = INTROSPECTION[INTROSPECTION.index("__schema {") + 10 :].split("fragment FullType")[
            0
        ]
        all_of_it = "fragment All on __Schema {" + inner.rsplit("}", 2)[0] + "}"
        assert refused_for(twice + all_of_it) == "introspection nodes"

    def test_types_within_types_are_too_much(self) -> None:
        names = " ".join(f"a{i}: name" for i in range(50))
        text = f"{{ __schema {{ types {{ fields {{ type {{ fields {{ {names} }} }} }} }} }} }}"
        assert refused_for(text) == "introspection nodes"
