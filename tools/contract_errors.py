"""What the API can refuse, read from the code that refuses: nothing here is listed by hand.

Sentences for people, and what a client does next, come from `frontend-contract/errors.toml`; a code
without an entry there, or an entry without a code, is refused.
"""

from __future__ import annotations

import ast
import inspect
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)
from strawberry.http import async_base_view
from strawberry.subscriptions.protocols.graphql_transport_ws import handlers

from service.api.refusals import STATUS_POLICY
from service.billing import errors
from service.billing.payment import _NEXT_ACTIONS, NextAction, next_action

JSON = dict[str, Any]
ROOT = Path(__file__).resolve().parent.parent
SERVICE = ROOT / "service"
ADVICE = ROOT / "frontend-contract" / "errors.toml"

_CODE = re.compile(r"[A-Z][A-Z0-9_]+")
#: How clients may repeat a request; the texts are in errors.toml.
_REPEATED = {"SAME_KEY", "LATER", "SIGN_IN", "RECONNECT"}


class Incomplete(Exception):
    """The code and errors.toml do not list the same."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that can be wrong with an input, as the code words it."""

    path: str
    code: str
    message: str


# Reading the code


@cache
def tree_of(module: str) -> ast.Module:
    """The syntax tree of one of the service's modules."""
    return ast.parse(file_of(module).read_text(encoding="utf-8"))


def file_of(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def reachable(room: str = "service.api") -> tuple[str, ...]:
    """The modules of a room, and those of the service that they import, directly or not."""
    folder = ROOT.joinpath(*room.split("."))
    waiting = [_module_of(path) for path in sorted(folder.rglob("*.py"))]
    found: set[str] = set()
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting += _imported(tree_of(module))
    return tuple(sorted(found))


def _module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("service"):
            for name in (str(node.module), *(f"{node.module}.{one.name}" for one in node.names)):
                if file_of(name).exists():
                    yield name


def calls(module: str, *names: str) -> Iterator[ast.Call]:
    """Calls of a function, a class, or a method of a class: `Refusal`, `InvalidInput.one`."""
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split("errors.")[-1] in names:
            yield node


def text_of(node: ast.expr) -> str:
    """A literal text; what is only known when it runs is written as an ellipsis."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) for part in node.values)
    return "…"


# What can be refused


def issues() -> list[Issue]:
    """Everything that a ValidationError can name.

    Raises:
        Incomplete: a code is worked out when it runs, so that it cannot be read here.
    """
    found = set()
    for module in reachable():
        for call in calls(module, "InvalidInput.one", "InputIssue"):
            if len(call.args) == 3 and module != errors.__name__:
                path, code, message = call.args
                steps = path.elts if isinstance(path, ast.Tuple) else [path]
                where = ".".join(text_of(step) for step in steps)
                found.add(Issue(where, text_of(code), text_of(message)))
    if any(not _CODE.fullmatch(one.code) for one in found):
        raise Incomplete("a code of an issue is not a literal")
    return sorted(found, key=lambda one: (one.code, one.path, one.message))


def billing_errors() -> dict[str, str]:
    """Codes of what the rules refuse, by class."""
    return {
        name: kind.code
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.BillingError) and kind is not errors.BillingError
    }


def result_types() -> dict[str, tuple[str, list[str]]]:
    """What each of them becomes in a result: its class, to the type and its next actions."""
    module = tree_of("service.api.problems")
    functions = {one.name: one for one in module.body if isinstance(one, ast.FunctionDef)}
    found = {}
    for case in (node for node in ast.walk(module) if isinstance(node, ast.match_case)):
        if isinstance(case.pattern, ast.MatchClass):
            parts = list(_with_called(case.body, functions))
            types = {part.attr for part in parts if part.attr.endswith("Error")}
            actions = {part.attr for part in parts if part.attr in NextAction.__members__}
            found[ast.unparse(case.pattern.cls).split(".")[-1]] = (types.pop(), sorted(actions))
    return found


def _with_called(
    body: Iterable[ast.AST], functions: dict[str, ast.FunctionDef]
) -> Iterator[ast.Attribute]:
    """What is named in some statements, and in the functions beside them that they call."""
    for node in (inner for one in body for inner in ast.walk(one)):
        if isinstance(node, ast.Attribute):
            yield node
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            called = functions.get(node.func.id)
            yield from _with_called(called.body if called else (), functions)


def request_codes() -> set[str]:
    """Every `extensions.code` that a request, or an operation on a socket, can end with."""
    codes = set(STATUS_POLICY) - {"OK", "PARTIAL"}
    for module in reachable():
        if module.startswith("service.api"):
            codes |= _written_codes(module) | _refused_codes(module)
    return codes


def _written_codes(module: str) -> set[str]:
    """Codes that stand in the module as they are sent."""
    constants = _constants(tree_of(module))
    values: list[ast.expr] = []
    for call in calls(module, "Refusal", "error_body"):
        values += call.args[:1]
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Dict):
            values += [
                value
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant) and key.value == "code"
            ]
        elif isinstance(node, ast.FunctionDef) and node.name == "_code_of":
            values += [
                one.value for one in ast.walk(node) if isinstance(one, ast.Return) and one.value
            ]
        elif isinstance(node, ast.ClassDef):
            values += [value for name, value in _assigned(node.body) if name == "code"]
    texts = {constants.get(ast.unparse(value), text_of(value)) for value in values}
    return {text for text in texts if _CODE.fullmatch(text)}


def _constants(tree: ast.Module) -> dict[str, str]:
    return {
        name: value.value
        for name, value in _assigned(tree.body)
        if isinstance(value, ast.Constant) and isinstance(value.value, str)
    }


def _assigned(body: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    for node in body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value


def _refused_codes(module: str) -> set[str]:
    """Codes of what the rules refuse where no result union can carry it."""
    if not any(calls(module, "refusal")) or module == "service.api.fields":
        return set()
    raised = {
        name
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.ImportFrom) and node.module == "service.billing.errors"
        for name in (one.name for one in node.names)
    }
    return {code for name, code in billing_errors().items() if name in raised}


def close_codes() -> set[int]:
    """Codes that a socket is closed with."""
    ours = file_of("service.api.websocket").read_text(encoding="utf-8")
    library = inspect.getsource(handlers) + inspect.getsource(async_base_view)
    return {int(code) for code in re.findall(r"close\((?:code=)?(\d{4})", ours + library)}


# The catalogue


def catalogue(schema: GraphQLSchema) -> JSON:
    """The content of errors.json.

    Raises:
        Incomplete: errors.toml lacks an entry, or has one too many.
    """
    advice = tomllib.loads(ADVICE.read_text(encoding="utf-8"))
    return {
        "userErrors": _user_errors(schema, advice),
        "requestErrors": _request_errors(advice),
        "issues": _issues(advice),
        "paymentFailures": _payment_failures(),
        "nextActions": _next_actions(schema, advice),
        "notices": _listed(advice, "notices", notices()),
        "socketClosings": _listed(advice, "socketClosings", {str(code) for code in close_codes()}),
    }


def notices() -> set[str]:
    """Codes of why a section of the dashboard is not there."""
    keywords = (
        keyword
        for call in calls("service.api.types.accounts", "SectionNotice")
        for keyword in call.keywords
    )
    return {text_of(keyword.value) for keyword in keywords if keyword.arg == "code"}


def _user_errors(schema: GraphQLSchema, advice: JSON) -> JSON:
    codes = billing_errors()
    by_type = {kind: (codes[name], actions) for name, (kind, actions) in result_types().items()}
    interface = cast("GraphQLInterfaceType", schema.type_map["UserError"])
    kinds = {kind.name: kind for kind in schema.get_possible_types(interface)}
    if set(kinds) != set(by_type):
        raise Incomplete(f"only in the schema or only in the code: {set(kinds) ^ set(by_type)}")
    return {
        name: {
            "code": by_type[name][0],
            "meaning": kinds[name].description,
            **entry,
            "nextActions": by_type[name][1],
            "fields": sorted(set(kinds[name].fields) - set(interface.fields)),
            "mutations": _mutations_answering(schema, name),
        }
        for name, entry in _listed(advice, "userErrors", set(kinds)).items()
    }


def _mutations_answering(schema: GraphQLSchema, kind: str) -> list[str]:
    mutations = cast("GraphQLObjectType", schema.mutation_type)
    unions = {name: get_named_type(field.type) for name, field in mutations.fields.items()}
    return sorted(
        name
        for name, union in unions.items()
        if isinstance(union, GraphQLUnionType) and kind in {one.name for one in union.types}
    )


def _request_errors(advice: JSON) -> JSON:
    return {
        code: entry | {"httpStatus": _statuses(code)}
        for code, entry in _listed(advice, "requestErrors", request_codes()).items()
    }


def _statuses(code: str) -> JSON | None:
    """By media type; None: it comes on an open stream or socket, or beside data, under 200."""
    statuses = STATUS_POLICY.get(code)
    return statuses and {
        "application/graphql-response+json": statuses.graphql_json,
        "application/json": statuses.json,
    }


def _issues(advice: JSON) -> JSON:
    found = issues()
    return {
        code: {
            **entry,
            "paths": sorted({one.path for one in found if one.code == code}),
            "messages": sorted({one.message for one in found if one.code == code}),
        }
        for code, entry in _listed(advice, "issues", {one.code for one in found}).items()
    }


def _payment_failures() -> JSON:
    return {
        "codes": {code: str(action) for code, action in sorted(_NEXT_ACTIONS.items())},
        "otherwise": str(next_action("any other")),
    }


def _next_actions(schema: GraphQLSchema, advice: JSON) -> JSON:
    values = cast("GraphQLEnumType", schema.type_map["NextAction"]).values
    return {
        name: {"meaning": values[name].description, **entry}
        for name, entry in _listed(advice, "nextActions", set(values)).items()
    }


def _listed(advice: JSON, part: str, wanted: set[str]) -> JSON:
    """The entries of one part, each marked with whether it may be repeated as it was."""
    entries: dict[str, JSON] = advice[part]
    if set(entries) != wanted:
        missing, unknown = wanted - set(entries), set(entries) - wanted
        raise Incomplete(f"{ADVICE.name}, {part}: missing {missing}, unknown {unknown}")
    return {
        name: entry | ({"retryable": entry["retry"] in _REPEATED} if "retry" in entry else {})
        for name, entry in sorted(entries.items())
    }
