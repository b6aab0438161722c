"""What only Node can tell: types, lints, unit tests, fresh TypeScript, and the package as it is
packed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from tools import contract, node
from tools.contract_documents import CONTRACT, ROOT

Run: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """Where Node and the packages are found; without them there is nothing to test."""
    return node.ready() | {"NO_COLOR": "1", "CI": "1"}


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """Runs a command of the packages in the contract's folder."""

    def runs(*command: str, folder: Path = CONTRACT) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )

    return runs


def test_the_types_fit(run: Run) -> None:
    done = run("tsc", "--noEmit")
    assert (done.stdout, done.returncode) == ("", 0)


def test_the_typescript_does_what_it_says(run: Run) -> None:
    done = run("vitest", "run", "--reporter=dot")
    assert done.returncode == 0, done.stdout[-4000:]
    assert re.search(r"Tests +[1-9]\d* passed \(", done.stdout)


def test_the_generated_typescript_is_fresh(tmp_path: Path, environment: dict[str, str]) -> None:
    contract.generate(tmp_path)
    written = {path.name: path.read_text() for path in (tmp_path / "generated").iterdir()}
    committed = {path.name: path.read_text() for path in (CONTRACT / "generated").iterdir()}
    assert written == committed
    name = "persisted-documents.json"
    assert (tmp_path / name).read_text() == (CONTRACT / name).read_text()


# Lints


def test_the_schema_and_the_operations_are_linted(run: Run) -> None:
    done = run("eslint", ".")
    assert (done.stdout, done.returncode) == ("", 0)


def test_what_breaks_a_rule_is_found(run: Run, tmp_path: Path) -> None:
    """One fault for each rule that guards front ends, in a copy of the contract."""
    for name in ("schema.graphql", "eslint.config.js", "package.json"):
        shutil.copy(CONTRACT / name, tmp_path)
    for name in ("fragments", "operations"):
        shutil.copytree(CONTRACT / name, tmp_path / name)
    (tmp_path / "node_modules").symlink_to(CONTRACT / "node_modules")
    schema = tmp_path / "schema.graphql"
    text = schema.read_text()
    schema.write_text(
        text
        + 'type Bare { a: Int! }\nextend type Query { """."""\n bare: Bare! @deprecated }\n'
        + 'extend type Mutation { """."""\n act: Boolean! }\n'
    )
    operation = "query Wrong { viewer { role } }\nquery Second { viewer { role } }\n"
    (tmp_path / "operations" / "viewers.graphql").write_text(operation)
    done = run("eslint", ".", "--format", "json", folder=tmp_path)
    found = {one["ruleId"] for file in json.loads(done.stdout) for one in file["messages"]}
    assert {name.removeprefix("@graphql-eslint/") for name in found} >= {
        "require-description",
        "strict-id-in-types",
        "require-deprecation-reason",
        "no-scalar-result-type-on-mutation",
        "lone-executable-definition",
        "match-document-filename",
    }


# The package


@pytest.fixture(scope="session")
def packed(environment: dict[str, str]) -> set[str]:
    """The files of the package, built and listed as when it is published."""
    command = ["npm", "pack", "--dry-run", "--json"]
    done = subprocess.run(
        command, cwd=CONTRACT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    listing = json.loads(done.stdout[done.stdout.index("[") :])
    return {file["path"] for file in listing[0]["files"]}


def test_the_package_has_what_front_ends_import_and_read(packed: set[str]) -> None:
    assert {
        "LICENSE",
        "README.md",
        "CHANGELOG.md",
        "package.json",
        "schema.graphql",
        "errors.json",
        "scalars.json",
        "cacheKeys.json",
        "possibleTypes.json",
        "persisted-documents.json",
        "persisted-query-manifest.json",
        "operations/Invoices.graphql",
        "fragments/InvoiceCard.graphql",
        "examples/StartCheckout/default.json",
        "dist/src/index.js",
        "dist/src/index.d.ts",
        "dist/src/msw.js",
        "dist/src/msw.d.ts",
        "dist/generated/graphql.js",
        "dist/generated/graphql.d.ts",
        "src/index.ts",
    } <= packed


def test_the_package_has_nothing_else(packed: set[str]) -> None:
    folders = {path.partition("/")[0] for path in packed if "/" in path}
    known = {"dist", "src", "generated", "fragments", "operations", "examples", "mobile"}
    assert folders <= known
    assert not [path for path in packed if ".test." in path or path.endswith((".toml", ".lock"))]


def test_whatever_the_package_exports_is_packed(packed: set[str]) -> None:
    exports = json.loads((CONTRACT / "package.json").read_text())["exports"]
    targets = [one for entry in exports.values() for one in values_of(entry) if "*" not in one]
    assert {one.removeprefix("./") for one in targets} <= packed


def values_of(entry: str | dict[str, str]) -> list[str]:
    return [entry] if isinstance(entry, str) else list(entry.values())


def test_the_built_package_runs_in_plain_node(run: Run, packed: set[str], tmp_path: Path) -> None:
    modules = tmp_path / "node_modules"
    (modules / "@paidup").mkdir(parents=True)
    (modules / "@paidup" / "contract").symlink_to(CONTRACT)
    program = (
        'import { formatMoney, errors, possibleTypes } from "@paidup/contract";'
        'import { handlers, examples } from "@paidup/contract/msw";'
        'import scalars from "@paidup/contract/scalars.json" with { type: "json" };'
        'const money = { minorUnits: "5", amount: "0.05", currency: "USD" };'
        'console.log(formatMoney(money, "en"), errors.notices.FREE_PLAN.show.length > 0,'
        " possibleTypes.Node.length > 3, handlers().length, Object.keys(scalars).length > 5,"
        " examples.Viewer.default.viewer);"
    )
    (tmp_path / "use.mjs").write_text(program)
    done = run("node", "use.mjs", folder=tmp_path)
    assert (done.stdout, done.stderr) == ("$0.05 true true 2 true OWNER\n", "")


def test_the_licence_of_the_package_is_the_projects() -> None:
    assert (CONTRACT / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


# Other people's packages

FREE = {
    *("0BSD", "Apache-2.0", "BlueOak-1.0.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0"),
    *("CC-BY-4.0", "ISC", "MIT", "MIT-0", "MPL-2.0", "Python-2.0", "Unlicense"),
}


def test_every_package_of_the_lock_is_free_and_none_is_copyleft() -> None:
    packages = json.loads((CONTRACT / "package-lock.json").read_text())["packages"]
    licences = {
        name: str(one.get("license", "none"))
        for name, one in packages.items()
        if "node_modules/" in name and not one.get("link")
    }
    assert len(licences) > 100
    unknown = {name: text for name, text in licences.items() if not is_free(text)}
    assert unknown == {}


def is_free(licence: str) -> bool:
    """Whether one of the alternatives is: `(MIT OR CC0-1.0)`."""
    return any(one.strip(" ()") in FREE for one in licence.split(" OR "))


@pytest.mark.parametrize("licence", ["GPL-3.0", "AGPL-3.0-only", "LGPL-3.0", "none", "UNLICENSED"])
def test_a_package_that_is_not_free_is_noticed(licence: str) -> None:
    assert not is_free(licence)


def test_the_lock_names_no_host() -> None:
    text = (CONTRACT / "package-lock.json").read_text()
    addresses = re.findall(r'"resolved": "(\w+://[^"]*)"', text)
    assert addresses == []
    assert "registry=" not in (CONTRACT / ".npmrc").read_text()
