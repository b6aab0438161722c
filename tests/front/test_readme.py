"""What the contract's README and the product's say, where it can be checked: files, names, sizes,
words and documents."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from textwrap import dedent

from graphql import DocumentNode, build_schema, parse, validate

from service.api.view import TransportSettings
from tests.front.test_errors import RETRIES
from tools import node
from tools.contract_documents import CONTRACT

ROOT = CONTRACT.parent
README = (CONTRACT / "README.md").read_text(encoding="utf-8")
# Made by others, or by a release.
ELSEWHERE = {"dashboard/README.md", "dashboard/", "released/", "released/schema.graphql"}


def test_the_files_that_it_names_are_there() -> None:
    kinds = "json|md|ts|toml|graphql"
    named = set(re.findall(rf"`([\w.-]+(?:/[\w.*-]*)*/|[\w./*-]+\.(?:{kinds}))`", README))
    named |= set(re.findall(r"\]\(([\w./-]+)\)", README))
    assert len(named) > 15
    missing = [name for name in sorted(named - ELSEWHERE) if not found(name)]
    assert missing == []


def found(name: str) -> bool:
    return any(list(folder.glob(name.rstrip("/"))) for folder in (CONTRACT, CONTRACT.parent))


def test_every_way_to_repeat_is_explained() -> None:
    table = README.partition("| `retry` | |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == RETRIES


# What the example of resuming leaves to the reader.
_READERS_OWN = """
import { BillingEventsDocument, EventFieldsFragmentDoc, readFragment } from "@paidup/contract";
import type { BillingEventsSubscription } from "@paidup/contract";
interface Told { data?: BillingEventsSubscription | null; errors?: readonly { message: string }[] }
declare function stream(
  of: typeof BillingEventsDocument, variables: object, signal: AbortSignal,
): AsyncIterable<Told>;
declare function readAgain(): void;
declare function show(news: object): void;
"""


def test_its_examples_fit_the_types_of_the_package(tmp_path: Path) -> None:
    imports, resuming = re.findall(r"^ *```ts\n(.*?)```", README, re.DOTALL | re.MULTILINE)
    assert imports.count("import") == 2
    (tmp_path / "check.ts").write_text(imports + _READERS_OWN + dedent(resuming))
    (tmp_path / "package.json").write_text('{"type": "module"}')
    package = tmp_path / "node_modules" / "@paidup" / "contract"
    package.parent.mkdir(parents=True)
    package.symlink_to(CONTRACT)
    options = {
        "customConditions": ["source"],
        "types": [],
        "noUnusedLocals": False,
        "lib": ["ESNext", "DOM"],
    }
    settings = {"extends": str(CONTRACT / "tsconfig.json"), "include": ["check.ts"]}
    (tmp_path / "tsconfig.json").write_text(json.dumps(settings | {"compilerOptions": options}))
    command = ["tsc", "--noEmit", "-p", str(tmp_path)]
    done = subprocess.run(command, env=node.ready(), capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", 0)


def test_the_sizes_are_those_of_the_server() -> None:
    settings = TransportSettings()
    assert f"bodies to {settings.body_bytes_max // 1024} KiB" in README
    assert f"documents to {settings.document_chars_max // 1024} KiB" in README
    assert f"{settings.socket_operations_max} operations on a socket" in README


def test_the_documents_in_the_readme_are_valid() -> None:
    schema = build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"))
    blocks = re.findall(r"```graphql\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)
    assert blocks
    for block in blocks:
        for definition in parse(block).definitions:
            document = DocumentNode(definitions=(definition,))
            assert validate(schema, document) == []
