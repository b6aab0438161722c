"""Who runs the embedded PostgreSQL: whoever runs us, but never root, which PostgreSQL refuses."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import structlog

log = structlog.get_logger(__name__)

SYSTEM_USER = "paidup-postgres"
OTHERS_PASS = 0o001
OTHERS_READ = 0o004


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL cannot run; the text says why and what to do."""


class ProcessOptions(TypedDict, total=False):
    """Arguments of subprocess.Popen."""

    env: dict[str, str]
    cwd: str
    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The system user of the server's processes and files; `is_other`: not the one who runs us."""

    uid: int
    gid: int
    is_other: bool

    def process_options(self) -> ProcessOptions:
        """How to start a program as this user, without settings from PG* variables."""
        options = ProcessOptions(
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}, cwd="/"
        )
        if self.is_other:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options

    def own(self, folder: Path) -> None:
        """Give a folder to this user."""
        if self.is_other:
            os.chown(folder, self.uid, self.gid)


def server_user(cluster: Path) -> ServerUser:
    """Whose the cluster is; for root and a new cluster, a system user made for it.

    Raises:
        EmbeddedPostgresError: the cluster is somebody else's, or the user cannot be made.
    """
    own_uid = os.geteuid()
    owner = cluster.stat() if cluster.exists() else None
    if own_uid != 0:
        if owner is not None and owner.st_uid != own_uid:
            raise EmbeddedPostgresError(
                f"{cluster} belongs to user {owner.st_uid}, and this is user {own_uid}: "
                "run as its owner, or choose another data folder"
            )
        return ServerUser(own_uid, os.getegid(), is_other=False)
    if owner is not None and owner.st_uid != 0:
        return ServerUser(owner.st_uid, owner.st_gid, is_other=True)
    entry = _find_user() or _make_user()
    return ServerUser(entry.pw_uid, entry.pw_gid, is_other=True)


def let_pass(path: Path) -> None:
    """Let the server's user come through to `path`: search permission, on folders that lack it."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & OTHERS_PASS:
            log.info("postgres.let_pass", folder=str(folder), user=SYSTEM_USER)
            folder.chmod(mode | OTHERS_PASS)


def let_read(programs: Path) -> None:
    """Let the server's user run the programs and read their libraries, as after a strict umask."""
    let_pass(programs)
    if (programs / "postgres").stat().st_mode & OTHERS_READ:
        return
    for path in [programs.parent, *programs.parent.rglob("*")]:
        mode = path.stat().st_mode
        path.chmod(mode | OTHERS_READ | (OTHERS_PASS if mode & 0o100 else 0))


def _find_user() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        return None


def _make_user() -> pwd.struct_passwd:
    useradd = shutil.which("useradd")
    if useradd is None:
        raise EmbeddedPostgresError(
            "PostgreSQL does not run as root, and there is no useradd to make a user for it: "
            "run as an ordinary user, or set PAIDUP_DATABASE_URL"
        )
    done = subprocess.run(  # noqa: S603  # found above
        [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER],
        capture_output=True,
        check=False,
    )
    entry = _find_user()  # another process may have made it at the same moment
    if entry is None:
        raise EmbeddedPostgresError(f"useradd failed: {done.stderr.decode(errors='replace')}")
    return entry
