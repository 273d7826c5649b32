"""The file system an agent sees: the interpreter, its own package, a few devices, and a private /tmp."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path
from typing import Final

from scripts.local_platform.agent_host.sandbox import syscalls

PACKAGE: Final = "/package"
HOME: Final = "/tmp"  # noqa: S108 - a tmpfs that nobody else sees
_DEVICES: Final = ("null", "zero", "full", "random", "urandom")
_FILES: Final = {
    "etc/passwd": "agent:x:{uid}:{uid}::/tmp:/nonexistent\n",
    "etc/group": "agent:x:{uid}:\n",
    "etc/hosts": "127.0.0.1 localhost\n",
    "etc/nsswitch.conf": "hosts: files\n",
}
_OPTIONAL: Final = ("/etc/ld.so.cache", "/usr/share/zoneinfo", "/etc/localtime", "/etc/ssl/certs", "/etc/ssl/cert.pem")


def interpreter() -> str:
    """The program that runs agents: the interpreter itself, not a virtual environment's link to it."""
    return os.path.realpath(getattr(sys, "_base_executable", sys.executable))


def interpreter_paths(prefix: str = sys.base_prefix) -> list[str]:
    """What the interpreter needs to run: its installation, or its part of the system's."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    own = [prefix] if prefix not in ("/usr", "/usr/local") else [f"{prefix}/lib/{version}"]
    shared = [str(path) for path in Path(prefix, "lib").glob("libpython*.so*")]
    wanted = (*own, *shared, interpreter(), *system_libraries(), *_OPTIONAL)
    return [path for path in wanted if Path(path).exists()]


def system_libraries() -> list[str]:
    """Folders of shared objects: this machine's own kind where the system tells them apart (Debian), else all."""
    triplet = str(sysconfig.get_config_var("MULTIARCH") or "")
    exact = [f"{root}/{triplet}" for root in ("/lib", "/usr/lib")]
    found = [path for path in exact if triplet and Path(path).is_dir()]
    return [*(found or ["/lib", "/usr/lib"]), "/lib64", "/usr/lib64"]


def build(root: str, package: str, paths: list[str], uid: int, size: int) -> None:
    """Lay the view out below `root`, read-only. `size` bounds, in bytes, what the view itself may hold."""
    syscalls.mount(None, "/", None, syscalls.MS_REC | syscalls.MS_PRIVATE)
    syscalls.mount("tmpfs", root, "tmpfs", syscalls.MS_NOSUID, f"size={size},mode=755")
    for name in ("proc", "dev", "etc", "tmp", PACKAGE[1:]):
        Path(root, name).mkdir(exist_ok=True)
    for name, text in _FILES.items():
        Path(root, name).write_text(text.format(uid=uid), encoding="utf-8")
    _bind(package, root + PACKAGE)
    for path in paths:
        _show(root, path)
    for device in _DEVICES:
        Path(root, "dev", device).touch()
        _bind(f"/dev/{device}", f"{root}/dev/{device}")
    syscalls.make_read_only(root)


def _show(root: str, path: str) -> None:
    """The path as it is outside: links on the way to it stay links."""
    real = os.path.realpath(path)
    if real != path:
        _link_ways(root, path, real)
    target = Path(root + real)
    if target.exists():
        return
    if Path(real).is_dir():
        target.mkdir(parents=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    _bind(real, str(target))


def _link_ways(root: str, path: str, real: str) -> None:
    """Make the first link on the way to `path` in the view; what lies behind it is `real`, which is bound."""
    for part in [*reversed(Path(path).parents), Path(path)]:
        if part.is_symlink():
            link = Path(root + str(part))
            link.parent.mkdir(parents=True, exist_ok=True)
            if not link.is_symlink() and not link.exists():
                link.symlink_to(part.resolve() if part != Path(path) else real)
            return


def _bind(source: str, target: str) -> None:
    syscalls.mount(source, target, None, syscalls.MS_BIND | syscalls.MS_REC)


def enter(root: str, size: int) -> None:
    """Make `root` the root and let go of the old one.

    /proc goes first: a user namespace may mount it only while it still sees one whole.
    """
    mount_private(size, root)
    os.chdir(root)
    syscalls.pivot_root(".", ".")
    syscalls.unmount(".")
    os.chdir("/")


def mount_private(size: int, root: str = "") -> None:
    """A /proc of this process namespace alone, and an empty /tmp of at most `size` bytes."""
    quiet = syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC
    syscalls.mount("proc", f"{root}/proc", "proc", quiet)
    syscalls.mount("tmpfs", root + HOME, "tmpfs", quiet, f"size={size},nr_inodes=65536,mode=700")
