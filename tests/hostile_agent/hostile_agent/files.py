"""Ways through the file system and what a process is born with."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from hostile_agent.ways import Scene, Try, attempt, way

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRETIVE = ("AWS", "SECRET", "TOKEN", "PASSWORD", "KEY", "CREDENTIAL", "AMBIT_")
CREDENTIAL_FILES = (".aws/credentials", ".aws/config", ".netrc", ".docker/config.json", ".ssh/id_rsa", ".config/gcloud")
MIB = 1024 * 1024


@way("credentials in the environment")
def environment(_scene: Scene) -> Iterator[Try]:
    """Variables that look like a credential."""
    for name in [name for name in os.environ if any(word in name.upper() for word in SECRETIVE)] or ["none"]:
        yield attempt(name, lambda name=name: os.environ.get(name))


@way("credentials in files")
def credential_files(scene: Scene) -> Iterator[Try]:
    """Where SDKs and tools keep theirs, in every home there could be."""
    for home in {"/root", "/home/agent", os.environ.get("HOME", "/"), *scene.facts["homes"]}:
        for name in CREDENTIAL_FILES:
            path = Path(home, name)
            yield attempt(str(path), lambda path=path: path.exists())


@way("the platform's files")
def platform_files(scene: Scene) -> Iterator[Try]:
    """The repository, its state, other agents' packages, other sessions' homes."""
    for path in scene.facts["paths"]:
        yield attempt(path, lambda path=path: Path(path).exists())


@way("what other processes are told")
def other_environments(_scene: Scene) -> Iterator[Try]:
    """/proc/<pid>/environ, memory and descriptors of processes that are not the agent's own."""
    own = {"1", str(os.getpid())}
    others = [name for name in os.listdir("/proc") if name.isdigit() and name not in own]
    yield Try("other processes", through=bool(others), told=f"{len(others)} seen")
    for name in ("1/mem", "1/root", "1/cwd/../etc/shadow", "kcore", "kmsg", "sys/kernel/core_pattern"):
        yield attempt(name, lambda name=name: peek(f"/proc/{name}"))


def peek(path: str) -> str:
    """Read a little of a file, or list a folder that shows more than the agent's own view."""
    if os.path.isdir(path):
        return "" if os.listdir(path) == os.listdir("/") else "another root"
    with open(path, "r+b" if path.endswith("core_pattern") else "rb") as file:
        return repr(file.read(16))


@way("writing outside its own folder")
def writing(scene: Scene) -> Iterator[Try]:
    """Its package, the interpreter, devices, the system, the kernel's settings."""
    places = ("/", "/package", "/etc", "/usr/lib", "/dev", "/proc", "/proc/sys/kernel", os.path.dirname(os.__file__))
    for place in (*places, *scene.facts["homes"]):
        path = Path(place, "hostile-was-here")
        yield attempt(place, lambda path=path: path.write_text("here"))
    yield attempt("its own code", lambda: Path(__file__).write_text(""))


@way("more disk than it is given")
def disk(_scene: Scene) -> Iterator[Try]:
    """Fill its folder until it is refused; through if a gibibyte fits."""
    path = Path(os.environ["HOME"], "hoard")
    written = 0
    try:
        with path.open("wb") as file:
            while written < 1024 * MIB:
                written += file.write(bytes(8 * MIB))
    except OSError as error:
        yield Try("a gibibyte", through=False, told=f"{error.strerror} after {written // MIB} MiB")
    else:
        yield Try("a gibibyte", through=True, told="it fits")
    finally:
        path.unlink(missing_ok=True)


@way("programs that are not its own")
def programs(_scene: Scene) -> Iterator[Try]:
    """A shell, tools that are privileged, and a program brought along."""
    brought = Path(os.environ["HOME"], "tool")
    brought.write_text("#!/usr/bin/env python3\n")
    brought.chmod(0o755)
    for path in ("/bin/sh", "/usr/bin/sudo", "/usr/bin/curl", "/usr/bin/mount", str(brought)):
        yield attempt(path, lambda path=path: os.spawnv(os.P_WAIT, path, [path]) != 127)
    brought.unlink()


@way("descriptors it was born with")
def descriptors(_scene: Scene) -> Iterator[Try]:
    """Open files and sockets besides its output, its listening socket and its own event loops'."""
    for name in os.listdir("/proc/self/fd"):
        found = describe(int(name))
        if found:
            yield Try(f"descriptor {name}", through=True, told=found)
    yield Try("descriptors", through=False, told="nothing else is open")


def describe(number: int) -> str:
    """What a descriptor is, when it is none an agent should have."""
    try:
        mode, link = os.fstat(number).st_mode, os.readlink(f"/proc/self/fd/{number}")
    except OSError:
        return ""
    if stat.S_ISDIR(mode) and not link.startswith(("/proc", "/package", "/tmp")):
        return link
    return link if stat.S_ISREG(mode) and not link.startswith(("/package", "/tmp", "/usr", "/dev")) else ""
