"""Style that a linter does not know, held by tests that read the code as syntax trees."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tortoise.models import Model

import service
from service.gateway import Gateway
from service.ports import Mailer, Printer, RateSource
from service.settings import PREFIX, Settings
from service.store import money_tables, tables

SERVICE = Path(service.__file__).parent
ROOT = SERVICE.parent
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70

AnyFunction = ast.FunctionDef | ast.AsyncFunctionDef


def room(path: Path) -> str:
    """The part of the service that a file is in: "store", "billing", or its own name."""
    return path.relative_to(SERVICE).parts[0]


# Migrations of tables are written by the ORM, those of constraints by hand.
GENERATED = {"0001_initial.py", "0003_money.py"}
SOURCES = [path for path in sorted(SERVICE.rglob("*.py")) if path.name not in GENERATED]
TREES = {path: ast.parse(path.read_text()) for path in SOURCES}
# Who may write rows: the store; and the sandbox, whose objects are not ours.
WRITERS = ("store", "sandbox")
READERS = [path for path in SOURCES if room(path) not in WRITERS]


def where(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def functions(tree: ast.AST) -> Iterator[AnyFunction]:
    return (node for node in ast.walk(tree) if isinstance(node, AnyFunction))


def test_there_is_something_to_read() -> None:
    rooms = {room(path) for path in SOURCES}
    assert {"billing", "store", "workflows", "api", "adapters", "app.py"} <= rooms


def test_files_are_short() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in SOURCES}
    long = {str(path): lines for path, lines in lengths.items() if lines > FILE_LINES_MAX}
    assert long == {}


def test_functions_are_short() -> None:
    long = [
        f"{where(path, one)} {one.name}"
        for path, tree in TREES.items()
        for one in functions(tree)
        if (one.end_lineno or 0) - one.lineno + 1 > FUNCTION_LINES_MAX
    ]
    assert long == []


def test_nothing_is_left_for_later() -> None:
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME)\b")
    files = [
        path
        for folder in ("service", "tests", "tools", "docker")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.is_file() and not {"vendor", "fonts", "__pycache__"} & set(path.parts)
    ]
    files += [ROOT / name for name in ("Makefile", "README.md", "CHANGELOG.md", "pyproject.toml")]
    found = [str(path) for path in files if marks.search(path.read_text(errors="replace"))]
    assert found == []


def public(node: ast.stmt) -> bool:
    return isinstance(node, AnyFunction | ast.ClassDef) and not node.name.startswith("_")


def undocumented(body: list[ast.stmt]) -> list[str]:
    """Public functions, and public methods of public classes, without a docstring."""
    found = []
    for node in filter(public, body):
        if isinstance(node, ast.ClassDef):
            found += [f"{node.name}.{name}" for name in undocumented(node.body)]
        elif isinstance(node, AnyFunction) and not ast.get_docstring(node):
            found.append(node.name)
    return found


def test_the_rules_and_the_store_are_documented() -> None:
    found = [
        f"{path.relative_to(ROOT)} {name}"
        for path, tree in TREES.items()
        if room(path) in ("billing", "store") and "migrations" not in path.parts
        for name in undocumented(tree.body)
    ]
    assert found == []


def imports(tree: ast.AST) -> set[str]:
    """Every name that is imported, in full: "service.store.tables.InvoiceRow"."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_only_the_store_knows_rows_and_sql() -> None:
    hidden = re.compile(
        r"tortoise\b|service\.store\.tables\b"
        r"|service\.store\.database\.(borrowed|fetch|fetch_one|execute)$"
    )
    found = [
        f"{path.relative_to(ROOT)} {name}"
        for path in READERS
        for name in sorted(imports(TREES[path]))
        if hidden.match(name)
    ]
    assert found == []


def test_only_the_store_writes_our_tables() -> None:
    models = {
        kind
        for module in (tables, money_tables)
        for _, kind in inspect.getmembers(module, inspect.isclass)
    }
    ours = [kind._meta.db_table for kind in models if issubclass(kind, Model) and kind is not Model]
    assert len(ours) == 23
    writes = re.compile(rf'\b(INSERT INTO|UPDATE|DELETE FROM) "?({"|".join(ours)})\b')
    found = [
        where(path, node)
        for path in READERS
        for node in ast.walk(TREES[path])
        if isinstance(node, ast.Constant) and writes.search(str(node.value))
    ]
    assert found == []
    assert any(writes.search(path.read_text()) for path in SOURCES if room(path) == "store")


def assigned(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            yield from node.targets
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            yield node.target


def test_only_the_store_sets_a_status() -> None:
    found = [
        where(path, target)
        for path in READERS
        for target in assigned(TREES[path])
        if isinstance(target, ast.Attribute) and target.attr == "status"
    ]
    assert found == []


ROW_WRITES = {"save", "create", "delete", "bulk_create", "bulk_update", "get_or_create"}


def row_writes(tree: ast.AST) -> list[ast.Call]:
    """Calls that would write a row: on anything but a module of ours, or on a query."""
    store_modules = {
        name.rpartition(".")[2]
        for name in imports(tree)
        if name.startswith(("service.store.", "service.workflows."))
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            of_store = isinstance(owner, ast.Name) and owner.id in store_modules
            on_query = isinstance(owner, ast.Call) and node.func.attr == "update"
            if on_query or (node.func.attr in ROW_WRITES and not of_store):
                found.append(node)
    return found


def test_only_the_store_writes_rows() -> None:
    found = [where(path, node) for path in READERS for node in row_writes(TREES[path])]
    assert found == []
    caught = "InvoiceRow.create(); row.save(); InvoiceRow.filter(id=1).update(status='PAID')"
    assert len(row_writes(ast.parse(caught))) == 3


# Ports whose calls go out into the world and may take as long as they like.
WORLD = {"gateway", "printer", "mailer", "documents", "rates", "daily_rates", "bus"}


def awaited(port: type) -> set[str]:
    """The methods of a port that wait for an answer."""
    return {name for name, _ in inspect.getmembers(port, inspect.iscoroutinefunction)}


# What is asked of them under any name: of a local variable, or of whatever a call has answered.
ASKED = awaited(Gateway) | awaited(Printer) | awaited(Mailer) | awaited(RateSource)


def module_names(tree: ast.AST) -> set[str]:
    """The names by which a file knows other modules of ours, and what is in them."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("service")
        for alias in node.names
    }


def goes_out(node: ast.AST, known: set[str]) -> bool:
    """Whether a node is a call such as `ports.documents.get(...)`, or `gateway.look_up(...)` on
    anything but a module. `known` are the names of modules."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    owner = node.func.value
    if isinstance(owner, ast.Attribute) and owner.attr in WORLD:
        return ast.unparse(owner.value).rpartition(".")[2] == "ports"
    of_module = isinstance(owner, ast.Name) and owner.id in known
    return node.func.attr in ASKED and not of_module


def called_names(tree: ast.AST, home: str, known: set[str]) -> set[str]:
    """The functions that are called, as "module.function" or as a method's name alone, as far as
    names tell."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                own = node.func.id not in known
                names.add(f"{home}.{node.func.id}" if own else node.func.id)
            elif isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
                owner = node.func.value.id
                names.add(f"{owner}.{node.func.attr}" if owner in known else node.func.attr)
    return names


def outgoing(modules: dict[str, ast.Module]) -> set[str]:
    """The functions that call out into the world themselves or by others that they call."""
    known = {name: module_names(tree) for name, tree in modules.items()}
    calls = {
        f"{name}.{one.name}": (one, name)
        for name, tree in modules.items()
        for one in functions(tree)
    }
    found = {
        name
        for name, (one, home) in calls.items()
        if any(goes_out(node, known[home]) for node in ast.walk(one))
    }
    while True:
        short = found | {name.partition(".")[2] for name in found}
        more = {
            name
            for name, (one, home) in calls.items()
            if name not in found and called_names(one, home, known[home]) & short
        }
        if not more:
            return short
        found |= more


def is_transaction(node: ast.AST) -> bool:
    return isinstance(node, ast.AsyncWith) and any(
        isinstance(item.context_expr, ast.Call)
        and isinstance(item.context_expr.func, ast.Name)
        and item.context_expr.func.id == "transaction"
        for item in node.items
    )


def waits_for_the_world(modules: dict[str, ast.Module]) -> list[str]:
    """Transactions that, by themselves or by what they call, wait for the world."""
    out = outgoing(modules)
    found = []
    for name, tree in modules.items():
        for block in filter(is_transaction, ast.walk(tree)):
            assert isinstance(block, ast.AsyncWith)
            body, known = ast.Module(block.body, []), module_names(tree)
            asks = any(goes_out(node, known) for node in ast.walk(body))
            if asks or called_names(body, name, known) & out:
                found.append(f"{name}:{block.lineno}")
    return found


def test_no_transaction_waits_for_the_world() -> None:
    modules = {path.stem: TREES[path] for path in READERS if room(path) in ("workflows", "jobs.py")}
    blocks = [node for tree in modules.values() for node in ast.walk(tree) if is_transaction(node)]
    assert len(blocks) >= 8
    assert waits_for_the_world(modules) == []


@pytest.mark.parametrize(
    "body",
    [
        "await ports.gateway.look_up(session_id)",
        "await ports.mailer.send(mail)",
        "await _ask(ports)",
        "await quotes.price(ports)",
        "return [await ports.printer.print_pdf(page) for page in pages]",
        "await ports.gateway_named(payment.gateway).look_up(session_id)",
        "await ports.gateway_for(currency).open_checkout(order)",
        "gateway = ports.alternative_to(name, currency); await gateway.refund(order)",
        "for one in ports.standby_gateways: await one.happened(None)",
        "await asyncio.gather(*[one.find_payments(search) for one in ports.gateways])",
        "await self.ports.mailer.send(mail)",
        "await _ask_named(ports, payment)",
        "await desk.ask(payment)",
    ],
)
def test_a_transaction_that_waits_for_the_world_would_be_found(body: str) -> None:
    modules = {
        "quotes": "async def price(ports): return await _read(ports)\n"
        "async def _read(ports): return await ports.rates.euro_rates(today)",
        "checkout": "from service.workflows import quotes\n"
        "async def _ask(ports): return await ports.gateway.open_checkout(order)\n"
        "async def _ask_named(ports, of): return await ports.gateway_named(of).look_up(of)\n"
        "class Desk:\n    async def ask(self, of): return await _ask_named(self.ports, of)\n"
        "async def start(ports):\n    async with transaction(ports.bus):\n        " + body,
    }
    trees = {name: ast.parse(text) for name, text in modules.items()}
    assert waits_for_the_world(trees) == ["checkout:7"]


def test_a_transaction_may_name_what_it_does_not_call() -> None:
    text = "from service.store import receipts, refunds\n"
    text += "async def keep(ports):\n    async with transaction(ports.bus):\n"
    text += "        await receipts.store(ports.gateway.name, at=ports.clock())\n"
    text += "        await refunds.refunds_of(ports.gateway_for('INR').name, found.get(1))"
    assert waits_for_the_world({"notices": ast.parse(text)}) == []


def test_every_setting_is_documented() -> None:
    documented = dict(
        re.findall(r"^\| `(PAIDUP_\w+)` \|.*\| (.+) \|$", (ROOT / "README.md").read_text(), re.M)
    )
    fields = Settings.model_fields
    expected = {
        f"{PREFIX}{name.upper()}": (field.description or "").replace("|", "&#124;")
        for name, field in fields.items()
    }
    assert documented == expected
    assert all(expected.values())
