"""The contract for front ends: everything in frontend-contract/ that is generated.

python -m tools.contract write    anew from the schema, the code and the operations; needs Node
python -m tools.contract record   the examples, from the real server; needs no Node
python -m tools.contract check    tells what is stale, as far as that is known without Node
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tools import contract_documents as documents
from tools import contract_errors as errors
from tools import contract_examples as examples
from tools import node
from tools.contract_documents import CONTRACT, ROOT, SCHEMA

RECORDING = "PAIDUP_RECORD"
RECORDER = "tests/front/test_examples_replay.py"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("action", choices=["write", "record", "check"])
    action = parser.parse_args().action
    if action == "write":
        write()
    elif action == "record":
        record()
    stale = stale_files()
    if stale:
        sys.exit(f"contract: stale: {', '.join(stale)}; run make contract")


def write() -> None:
    """Write all files that follow from others."""
    (CONTRACT / "schema.graphql").write_bytes(SCHEMA.read_bytes())
    generate(CONTRACT)
    for name, text in derived().items():
        (CONTRACT / name).write_text(text, encoding="utf-8")


def generate(folder: Path) -> None:
    """Have graphql-codegen write the TypeScript, and the persisted documents, into a folder.

    Raises:
        NoNode: there is no Node to run it.
    """
    environment = node.ready() | {"CONTRACT_OUTPUT": f"{folder}/"}
    command = ["graphql-codegen", "--config", "codegen.ts", "--silent"]
    subprocess.run(command, cwd=CONTRACT, env=environment, check=True)
    (folder / "generated" / "persisted-documents.json").replace(folder / "persisted-documents.json")


def record() -> None:
    """Play every scene of the examples on the real server, and keep what it answers."""
    environment = os.environ | {RECORDING: "1"}
    command = [sys.executable, "-m", "pytest", RECORDER]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    (CONTRACT / "examples.json").write_text(bundle(), encoding="utf-8")


def derived() -> dict[str, str]:
    """Files of the contract that Python writes, by name."""
    schema = documents.schema()
    return {
        "possibleTypes.json": as_json(documents.possible_types(schema)),
        "cacheKeys.json": as_json(documents.cache_keys(schema)),
        "mobile/cache-keys.graphqls": documents.typed_cache_keys(schema),
        "errors.json": as_json(errors.catalogue(schema)),
        "persisted-query-manifest.json": as_json(documents.persisted_query_manifest()),
        "examples.json": bundle(),
    }


def bundle() -> str:
    """All examples in one file, for programs that cannot look into a folder."""
    compact = json.dumps(examples.bundled(), ensure_ascii=False, separators=(",", ":"))
    return compact + "\n"


def stale_files() -> list[str]:
    """What is not as it would be written now; TypeScript is left to Node."""
    wanted: dict[str, str] = {"schema.graphql": SCHEMA.read_text(encoding="utf-8"), **derived()}
    return [name for name, text in wanted.items() if _read(CONTRACT / name) != text]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def as_json(value: Any) -> str:
    """JSON for people: indented, in UTF-8."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    main()
