"""Starts, finds, follows and ends the platform's processes: one process group, one pid file, one log a part."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.bootstrap.progress import PrerequisiteMissing
from scripts.local_platform import ports

if TYPE_CHECKING:
    from collections.abc import Callable

    from scripts.local_platform.layout import Layout

# our own children by process id: they must be reaped by us, or their group never disappears
_children: dict[int, subprocess.Popen[bytes]] = {}
STOP_SECONDS = 8.0
POLL_SECONDS = 0.05


class PartFailed(Exception):
    """A part did not become ready; the message holds the end of its log."""


@dataclass(frozen=True)
class Part:
    """One process of the platform. `fingerprint` is the digest of what it runs: a changed one restarts it."""

    name: str
    command: list[str]
    environment: dict[str, str]
    port: int
    cwd: Path
    ready: Callable[[], bool]
    fingerprint: str = ""
    start_seconds: float = 60.0
    log_mode: str = field(default="ab")


def started_at(pid: int) -> str:
    """When a process began, as this machine tells it; empty when there is none. Tells a reused id from the old process.

    Linux: clock ticks since boot (`ps` derives a date from them that can move by a second between two calls).
    """
    stat = Path(f"/proc/{pid}/stat")
    if stat.is_file():
        # the command in parentheses may hold spaces; start time is field 22, the 20th after it
        return stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    return ports.first_line(["ps", "-o", "lstart=", "-p", str(pid)])


def _record_path(layout: Layout, name: str) -> Path:
    return layout.pids / f"{name}.json"


def recorded(layout: Layout, name: str) -> dict[str, str] | None:
    """The pid file's content if that very process is alive; a stale file is removed."""
    path = _record_path(layout, name)
    if not path.is_file():
        return None
    try:
        record: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        record = {}
    if record.get("pid") and started_at(int(record["pid"])) == record.get("startedAt") != "":
        return record
    path.unlink(missing_ok=True)
    return None


def log_tail(layout: Layout, name: str, lines: int = 15) -> str:
    """The last lines of a part's log."""
    path = layout.logs / f"{name}.log"
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]) if path.is_file() else ""


def claim_port(part: Part) -> None:
    """Raise PrerequisiteMissing, naming the process, when the part's port is taken by somebody else."""
    if not ports.is_free(part.port):
        raise PrerequisiteMissing(
            f"Port {part.port} for the {part.name} is taken by {ports.listener(part.port)}: "
            f"stop it, or run with AMBIT_PORT_OFFSET=100"
        )


def spawn(layout: Layout, part: Part) -> subprocess.Popen[bytes]:
    """Start the part in its own process group with its log, and write its pid file."""
    layout.logs.mkdir(parents=True, exist_ok=True)
    layout.pids.mkdir(parents=True, exist_ok=True)
    with (layout.logs / f"{part.name}.log").open(part.log_mode) as log:
        process = subprocess.Popen(
            part.command,
            cwd=part.cwd,
            env=part.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _children[process.pid] = process
    record = {"pid": str(process.pid), "startedAt": started_at(process.pid), "fingerprint": part.fingerprint}
    _record_path(layout, part.name).write_text(json.dumps(record), encoding="utf-8")
    return process


def wait_until_ready(layout: Layout, part: Part, process: subprocess.Popen[bytes]) -> None:
    """Poll the part until it answers; raise PartFailed when it ends or takes too long."""
    deadline = time.monotonic() + part.start_seconds
    while not part.ready():
        if process.poll() is not None or time.monotonic() > deadline:
            what = "ended" if process.poll() is not None else f"was not ready after {part.start_seconds:.0f} s"
            raise PartFailed(f"The {part.name} {what}. Its log ends:\n{log_tail(layout, part.name)}")
        time.sleep(POLL_SECONDS)


def ensure(layout: Layout, part: Part) -> bool:
    """Have the part running and healthy: reuse it when it is unchanged, else (re)start it. True when it started."""
    record = recorded(layout, part.name)
    if record and record["fingerprint"] == part.fingerprint and part.ready():
        return False
    stop(layout, part.name)
    claim_port(part)
    wait_until_ready(layout, part, spawn(layout, part))
    return True


def _signal_group(pid: int, number: int) -> bool:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _group_is_gone(pid: int) -> bool:
    child = _children.get(pid)
    if child is not None and child.poll() is not None:
        del _children[pid]
    return not _signal_group(pid, 0)


def stop(layout: Layout, name: str) -> bool:
    """End a part and everything it started: SIGTERM, then SIGKILL. True when it was running."""
    record = recorded(layout, name)
    if record is None:
        return False
    pid = int(record["pid"])
    _signal_group(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while not _group_is_gone(pid) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    _signal_group(pid, signal.SIGKILL)
    child = _children.pop(pid, None)
    if child is not None:
        child.wait()
    _record_path(layout, name).unlink(missing_ok=True)
    return True
