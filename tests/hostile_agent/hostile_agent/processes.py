"""Ways through the kernel: other processes, namespaces, more than its share."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import time
from typing import TYPE_CHECKING

from hostile_agent.ways import Scene, Try, attempt, way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWPID = 0x20000, 0x10000000, 0x40000000, 0x20000000
MS_REMOUNT, MS_BIND = 0x20, 0x1000
PTRACE_SEIZE = 0x4206
X86, ARM = "x86_64", "aarch64"
NUMBERS = {
    "process_vm_readv": {X86: 310, ARM: 270}, "bpf": {X86: 321, ARM: 280}, "io_uring_setup": {X86: 425, ARM: 425},
    "keyctl": {X86: 250, ARM: 219}, "open_by_handle_at": {X86: 304, ARM: 265}, "userfaultfd": {X86: 323, ARM: 282},
    "perf_event_open": {X86: 298, ARM: 241}, "pidfd_getfd": {X86: 438, ARM: 438}, "clone3": {X86: 435, ARM: 435},
    "fsopen": {X86: 430, ARM: 430}, "open_tree": {X86: 428, ARM: 428},
}  # fmt: skip


def libc() -> ctypes.CDLL:
    """The C library."""
    return ctypes.CDLL(None, use_errno=True)


def done(result: int) -> bool:
    """Whether a system call did what was asked; its error otherwise."""
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return True


@way("other processes")
def others(scene: Scene) -> Iterator[Try]:
    """Trace, read and end processes by the numbers they have outside."""
    for pid in scene.facts["pids"]:
        yield attempt(f"kill {pid}", lambda pid=pid: os.kill(pid, signal.SIGTERM) is None)
        yield attempt(f"trace {pid}", lambda pid=pid: done(libc().ptrace(PTRACE_SEIZE, pid, None, None)))
    yield attempt("trace its first process", lambda: done(libc().ptrace(PTRACE_SEIZE, 1, None, None)))
    yield attempt("read its first process", lambda: done(syscall("process_vm_readv", 1, None, 0, None, 0, 0)))


def syscall(name: str, *arguments: object) -> int:
    """A system call by its number on this machine."""
    return int(libc().syscall(NUMBERS[name][os.uname().machine], *arguments))


@way("rarer system calls")
def rarer(_scene: Scene) -> Iterator[Try]:
    """Parts of the kernel with a history of holes."""
    for name in ("bpf", "io_uring_setup", "keyctl", "open_by_handle_at", "userfaultfd", "perf_event_open"):
        yield attempt(name, lambda name=name: done(syscall(name, 0, 0, 0, 0, 0)))
    yield attempt("pidfd_getfd", lambda: done(syscall("pidfd_getfd", os.pidfd_open(1), 0, 0)))


@way("namespaces and mounts")
def namespaces(_scene: Scene) -> Iterator[Try]:
    """Out of its own namespaces, or into new ones where it would be root."""
    for name, flag in (("user", CLONE_NEWUSER), ("mount", CLONE_NEWNS), ("network", CLONE_NEWNET)):
        yield attempt(f"a new {name} namespace", lambda flag=flag: done(libc().unshare(flag)))
    yield attempt("the same by clone3", lambda: done(syscall("clone3", 0, 0)))
    yield attempt("remount / writable", lambda: mounts(None, b"/", None, MS_REMOUNT | MS_BIND))
    yield attempt("mount proc", lambda: mounts(b"proc", b"/tmp", b"proc", 0))
    yield attempt("unmount /tmp", lambda: done(libc().umount2(b"/tmp", 2)))
    yield attempt("chroot", lambda: done(libc().chroot(b"/tmp")))
    yield attempt("open_tree", lambda: done(syscall("open_tree", -100, b"/", 1)))
    yield attempt("fsopen", lambda: done(syscall("fsopen", b"proc", 0)))
    yield attempt("its first process's namespace", lambda: joins("/proc/1/ns/net"))


def mounts(source: bytes | None, target: bytes, kind: bytes | None, flags: int) -> bool:
    """mount(2)."""
    return done(libc().mount(source, target, kind, ctypes.c_ulong(flags), None))


def joins(path: str) -> bool:
    """setns(2)."""
    with open(path, "rb") as namespace:
        return done(libc().setns(namespace.fileno(), 0))


@way("becoming somebody else")
def identity(_scene: Scene) -> Iterator[Try]:
    """Root, other users, other groups, devices."""
    yield attempt("setuid 0", lambda: os.setuid(0) is None)
    yield attempt("setgid 0", lambda: os.setgid(0) is None)
    yield attempt("setgroups", lambda: os.setgroups([0]) is None)
    yield attempt("a block device", lambda: os.mknod("/tmp/disk", 0o60600, os.makedev(254, 0)) is None)
    yield attempt("a higher limit", lambda: resource.setrlimit(resource.RLIMIT_NPROC, (100_000, 100_000)) is None)
    yield attempt("a higher priority", lambda: os.nice(-10) + 100)


@way("a fork bomb")
def forks(_scene: Scene) -> Iterator[Try]:
    """Processes until there are no more; through if two thousand come about."""
    children: list[int] = []
    try:
        while len(children) < 2000:
            children.append(sleeper())
        told = "no end of them"
    except OSError as error:
        told = f"{error.strerror} after {len(children)}"
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    yield Try("two thousand processes", through=len(children) >= 2000, told=told)


def sleeper() -> int:
    """A child that does nothing."""
    pid = os.fork()
    if pid == 0:
        time.sleep(60)
        os._exit(0)
    return pid


@way("a memory hog")
def memory(_scene: Scene) -> Iterator[Try]:
    """Memory until there is no more; through if eight gibibytes are given."""
    yield hoard("eight gibibytes", 8192, lambda: bytearray(64 * 1024 * 1024), 64)


@way("a hoard of open files")
def open_files(_scene: Scene) -> Iterator[Try]:
    """Descriptors until there are no more."""
    yield hoard("ten thousand descriptors", 10_000, lambda: open("/dev/null", "rb"), 1)  # noqa: SIM115 - held on purpose


def hoard(what: str, enough: int, take: Callable[[], object], each: int) -> Try:
    """Take and keep until it is refused."""
    held: list[object] = []
    try:
        while len(held) * each < enough:
            held.append(take())
    except (MemoryError, OSError) as error:
        count = len(held) * each
        held.clear()
        return Try(what, through=False, told=f"{type(error).__name__} after {count}")
    held.clear()
    return Try(what, through=True, told="given")
