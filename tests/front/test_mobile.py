"""What iOS and Android start from, as far as that can be checked without their tools.

The rules and the keys are those of the sources of apollo-ios-codegen 1.x and apollo-kotlin 4.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    OperationDefinitionNode,
    VariableDefinitionNode,
    Visitor,
    extend_schema,
    parse,
    visit,
)

from service.billing.period import Month
from tests.front.replay import DOCUMENTS
from tests.front.stage import a_stage, pay
from tools.contract_documents import CONTRACT, cache_keys, persisted, schema, written

JSON = dict[str, Any]
MOBILE = CONTRACT / "mobile"
WRITTEN = written()


def read(name: str) -> str:
    return (MOBILE / name).read_text(encoding="utf-8")


# Apollo iOS

CONFIG: JSON = json.loads(read("apollo-codegen-config.json"))
# The keys that each level's decoder takes; it refuses others.
KEYS = {
    (): {
        *("schemaNamespace", "input", "output", "options", "experimentalFeatures"),
        *("schemaDownload", "operationManifest"),
    },
    ("input",): {"schemaSearchPaths", "operationSearchPaths"},
    ("output",): {"schemaTypes", "operations", "testMocks"},
    ("output", "schemaTypes"): {"path", "moduleType"},
    ("operationManifest",): {"path", "version", "generateManifestOnCodeGeneration"},
    ("options",): {
        *("additionalInflectionRules", "deprecatedEnumCases", "schemaDocumentation"),
        *("selectionSetInitializers", "operationDocumentFormat", "warningsOnDeprecatedUsage"),
        *("cocoapodsCompatibleImportStatements", "conversionStrategies", "pruneGeneratedFiles"),
        "markOperationDefinitionsAsFinal",
    },
}
CASES = {
    ("output", "schemaTypes", "moduleType"): {"embeddedInTarget", "swiftPackageManager", "other"},
    ("output", "operations"): {"inSchemaModule", "relative", "absolute"},
    ("output", "testMocks"): {"none", "absolute", "swiftPackage"},
}
RESERVED_FIELDS = {"__data", "fragments"}
RESERVED_VARIABLES = {"self", "_"}


def at(path: tuple[str, ...]) -> Any:
    value: Any = CONFIG
    for step in path:
        value = value[step]
    return value


@pytest.mark.parametrize("path", KEYS)
def test_the_settings_of_ios_have_keys_that_it_knows(path: tuple[str, ...]) -> None:
    assert set(at(path)) <= KEYS[path]


@pytest.mark.parametrize("path", CASES)
def test_a_choice_of_ios_is_one_of_its_cases(path: tuple[str, ...]) -> None:
    (case,) = at(path)
    assert case in CASES[path]


def test_what_ios_has_to_be_told_is_there() -> None:
    assert {"schemaNamespace", "input", "output"} <= set(CONFIG)
    assert CONFIG["schemaNamespace"].lower() not in ("schema", "apolloapi")
    assert set(CONFIG["options"]["operationDocumentFormat"]) <= {"definition", "operationId"}
    assert CONFIG["options"]["operationDocumentFormat"] != []
    # Its decoder wants all three.
    assert set(CONFIG["operationManifest"]) == KEYS["operationManifest",]
    assert CONFIG["operationManifest"]["version"] in ("persistedQueries", "legacyAPQ")
    for name in ("schemaDocumentation", "deprecatedEnumCases", "warningsOnDeprecatedUsage"):
        assert CONFIG["options"][name] in ("include", "exclude")


def test_the_paths_of_ios_lead_to_the_contract() -> None:
    for patterns in CONFIG["input"].values():
        for pattern in patterns:
            assert list(MOBILE.glob(pattern.removeprefix("./"))) or list(
                CONTRACT.glob(pattern.removeprefix("../"))
            ), pattern


# What the two generators refuse beyond the specification


class Names(Visitor):
    """The names that generated code is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: list[str] = []
        self.variables: list[str] = []
        self.aliases: list[str] = []

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        self.fields.append((node.alias or node.name).value)
        if node.alias:
            self.aliases.append(node.alias.value)

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> None:
        self.variables.append(node.variable.name.value)


def faults_of(document: DocumentNode) -> list[str]:
    """What Apollo iOS or Apollo Kotlin would refuse."""
    names = Names()
    visit(document, names)
    found = [f"alias {name}" for name in names.aliases if name == "__typename"]
    found += [f"field {name}" for name in names.fields if name in RESERVED_FIELDS]
    # Kotlin makes a class of such a field, beside those of the types.
    found += [f"capital {name}" for name in names.fields if name[0].isupper()]
    found += [f"variable {name}" for name in names.variables if name in RESERVED_VARIABLES]
    definitions = [
        one.name.value if one.name else ""
        for one in document.definitions
        if isinstance(one, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    found += ["anonymous" for name in definitions if not name]
    lower = [name.lower() for name in definitions]
    return found + [f"case {name}" for name in definitions if lower.count(name.lower()) > 1]


def test_both_generators_take_every_operation() -> None:
    assert faults_of(WRITTEN) == []


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ("{ viewer { email } }", "anonymous"),
        ("query A { __typename: viewer { email } }", "alias __typename"),
        ("query A { viewer { fragments: email } }", "field fragments"),
        ("query A { viewer { Email: email } }", "capital Email"),
        ("query A($self: ID!) { account(id: $self) { id } }", "variable self"),
        ("query A { viewer { email } } query a { viewer { email } }", "case A"),
    ],
)
def test_what_a_generator_refuses_is_found(document: str, fault: str) -> None:
    assert fault in faults_of(parse(document))


# Apollo Kotlin


def test_every_scalar_has_the_same_type_in_gradle_as_in_the_list() -> None:
    text = re.sub(r"\s+", "", read("build.gradle.kts.example"))
    pattern = r'mapScalar\("(\w+)","([\w.]+)","([\w.]+)",?\)'
    mapped: dict[str, tuple[str, str | None]] = {
        name: (kind, adapter) for name, kind, adapter in re.findall(pattern, text)
    }
    texts = re.findall(r'mapScalarToKotlinString\("(\w+)"\)', text)
    mapped |= dict.fromkeys(texts, ("kotlin.String", None))
    scalars = json.loads((CONTRACT / "scalars.json").read_text(encoding="utf-8"))
    assert mapped == {
        name: (one["kotlin"]["type"], one["kotlin"]["adapter"]) for name, one in scalars.items()
    }


def test_the_examples_read_what_the_manifest_has() -> None:
    manifest = json.loads((CONTRACT / "persisted-query-manifest.json").read_text(encoding="utf-8"))
    for name in ("Codegen.swift.example", "PersistedIds.kt.example"):
        text = read(name)
        for key in ("operations", "id", "name"):
            assert re.search(rf'\b{key}\b|"{key}"', text)
    names = [one["name"] for one in manifest["operations"]]
    assert len(names) == len(set(names))
    assert {f"sha256:{one['id']}" for one in manifest["operations"]} == set(persisted())


def test_the_files_that_the_page_names_are_there() -> None:
    page = read("README.md")
    named = set(re.findall(r"`((?:\.\./)?[\w./-]+\.(?:json|md|ts|example|graphqls))`", page))
    assert named
    # Written by Apollo's tools, not by us.
    named -= {"operation-manifest.json", "persistedQueryManifest.json"}
    assert [name for name in sorted(named) if not (MOBILE / name).exists()] == []
    listed = {path.name for path in MOBILE.iterdir()} - {"README.md"}
    assert listed <= named


def test_the_keys_of_caches_fit_the_schema() -> None:
    directive = parse("directive @typePolicy(keyFields: String!) on OBJECT")
    # Raises when a type, or the directive's use, does not fit.
    extend_schema(extend_schema(schema(), directive), parse(read("cache-keys.graphqls")))
    pattern = r'extend type (\w+) @typePolicy\(keyFields: "([\w ]+)"\)'
    policies = {name: key.split() for name, key in re.findall(pattern, read("cache-keys.graphqls"))}
    assert policies == {name: key for name, key in cache_keys(schema()).items() if key}
    assert policies["Invoice"] == ["id"]


# A phone that wakes up


async def test_a_phone_that_asks_from_time_to_time_misses_nothing(db: str, tmp_path: Path) -> None:
    async with a_stage(db, tmp_path) as stage:
        debt = await stage.debt()
        kept: str | None = None
        told: list[str] = []

        async def wake() -> None:
            nonlocal kept
            while True:
                variables = {"after": kept, "first": 2}
                answer = await debt.owner.ask(DOCUMENTS["BillingEventPage"], **variables)
                page = answer["billingEvents"]
                told.extend(event["__typename"] for event in page["events"])
                kept = page["endCursor"]
                if not page["hasMore"]:
                    return

        await wake()
        assert told == ["InvoiceIssued"]
        await wake()
        assert told == ["InvoiceIssued"]
        await pay(stage, debt.invoice)
        await stage.invoice(debt.account_id, month=Month(2026, 8))
        await wake()
        assert told[1:] == [
            "PaymentStatusChanged",
            "PaymentStatusChanged",
            "InvoiceStatusChanged",
            "InvoiceIssued",
        ]
