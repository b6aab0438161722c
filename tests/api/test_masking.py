"""What a client may read about an error, and what is logged instead."""

from __future__ import annotations

from typing import Any

import pytest
import structlog
from graphql import GraphQLError

from service.api.masking import settle, unexpected
from tests.api.toy_schema import SECRET, run, toy_schema

SCHEMA = toy_schema()


class TestMasking:
    async def test_an_error_raised_on_purpose_passes(self) -> None:
        result = await run("{ refused }", SCHEMA)
        (error,) = result.errors
        assert (error.message, error.extensions) == ("Not for you", {"code": "FORBIDDEN"})

    async def test_what_nobody_meant_is_logged_once_under_the_bound_request_id(self) -> None:
        with (
            structlog.testing.capture_logs() as logs,
            structlog.contextvars.bound_contextvars(request_id="req-1"),
        ):
            result = await run("{ boom ping }", SCHEMA)
            errors = settle(result.errors)
        assert [error.message for error in errors] == ["Internal error"]
        assert errors[0].extensions == {"code": "INTERNAL", "requestId": "req-1"}
        assert errors[0].original_error is None
        assert [(entry["event"], entry["request_id"]) for entry in logs] == [
            ("graphql.unexpected_error", "req-1")
        ]
        assert str(logs[0]["exc_info"][1]) == SECRET

    def test_an_error_without_a_code_in_a_resolver_is_masked(self) -> None:
        with structlog.testing.capture_logs() as logs:
            (error,) = settle([GraphQLError(SECRET, path=["invoice"])])
        assert error.message == "Internal error"
        assert error.path == ["invoice"]
        assert len(logs) == 1

    def test_any_exception_can_be_masked(self) -> None:
        with structlog.testing.capture_logs():
            error = unexpected(ValueError(SECRET))
        assert error.message == "Internal error"
        assert SECRET not in str(error.formatted)

    @pytest.mark.parametrize(
        ("text", "variables", "message"),
        [
            (
                '{ fragile(value: "x") }',
                None,
                "Expected value of type 'Fragile', found: \"x\".",
            ),
            (
                "query($v: Fragile!) { fragile(value: $v) }",
                {"v": "x"},
                "Variable '$v' has invalid value: Expected value of type 'Fragile', found: 'x'.",
            ),
        ],
    )
    async def test_what_a_scalar_raised_is_cut_out(
        self, text: str, variables: dict[str, Any] | None, message: str
    ) -> None:
        result = await run(text, SCHEMA, variable_values=variables)
        (error,) = result.errors
        assert error.message == message
        assert SECRET not in str(error.formatted)

    async def test_the_library_leaves_logging_to_us(self, caplog: pytest.LogCaptureFixture) -> None:
        with structlog.testing.capture_logs():
            await run("{ boom }", SCHEMA)
            await run("{ nope }", SCHEMA)
        assert [record for record in caplog.records if "strawberry" in record.name] == []
