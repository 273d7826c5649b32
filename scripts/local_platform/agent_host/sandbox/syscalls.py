"""The few system calls that the standard library of Python 3.11 does not have; every failure is an OSError."""

from __future__ import annotations

import ctypes
import os
import platform
import signal
from typing import Final

CLONE_NEWNS: Final = 0x0002_0000
CLONE_NEWCGROUP: Final = 0x0200_0000
CLONE_NEWUTS: Final = 0x0400_0000
CLONE_NEWIPC: Final = 0x0800_0000
CLONE_NEWUSER: Final = 0x1000_0000
CLONE_NEWPID: Final = 0x2000_0000
CLONE_NEWNET: Final = 0x4000_0000
EVERY_NAMESPACE: Final = (
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET
)

MS_NOSUID, MS_NODEV, MS_NOEXEC = 0x2, 0x4, 0x8
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
MNT_DETACH: Final = 2
MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID = 0x1, 0x2
_AT_RECURSIVE: Final = 0x8000
_AT_FDCWD: Final = -100

PR_SET_PDEATHSIG: Final = 1
PR_SET_DUMPABLE: Final = 4
PR_SET_SECCOMP: Final = 22
PR_CAPBSET_DROP: Final = 24
PR_SET_CHILD_SUBREAPER: Final = 36
PR_SET_NO_NEW_PRIVS: Final = 38
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
SECCOMP_MODE_FILTER: Final = 2
_CAPABILITY_VERSION: Final = 0x2008_0522  # _LINUX_CAPABILITY_VERSION_3
_LAST_CAPABILITY: Final = 63

# Numbers that differ by machine; those above 423 are everywhere the same.
NUMBERS: Final = {
    "x86_64": {"clone": 56, "pivot_root": 155, "capset": 126},
    "aarch64": {"clone": 220, "pivot_root": 41, "capset": 91},
}
_MOUNT_SETATTR: Final = 442


class _MountAttr(ctypes.Structure):
    """`struct mount_attr` of mount_setattr(2)."""

    _fields_ = [(name, ctypes.c_uint64) for name in ("attr_set", "attr_clr", "propagation", "userns_fd")]


def machine() -> str:
    """`x86_64` or `aarch64`; OSError on any other, whose numbers are not known here."""
    name = platform.machine().replace("arm64", "aarch64")
    if name not in NUMBERS:
        raise OSError(f"no system call numbers for {name}")
    return name


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _encoded(text: str | None) -> bytes | None:
    return None if text is None else os.fsencode(text)


def unshare(flags: int) -> None:
    """Leave for new namespaces."""
    _checked(_libc().unshare(ctypes.c_int(flags)), "unshare")


def mount(source: str | None, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    """Mount a file system, or a folder again."""
    arguments = (_encoded(source), os.fsencode(target), _encoded(kind), ctypes.c_ulong(flags), _encoded(options))
    _checked(_libc().mount(*arguments), f"mount {kind or source} on {target}")


def unmount(target: str) -> None:
    """Lazy umount2(2)."""
    _checked(_libc().umount2(os.fsencode(target), MNT_DETACH), f"umount {target}")


def pivot_root(new: str, old: str) -> None:
    """Change the root."""
    _checked(_libc().syscall(NUMBERS[machine()]["pivot_root"], os.fsencode(new), os.fsencode(old)), "pivot_root")


def make_read_only(tree: str) -> None:
    """The mount at `tree` and all below it: read-only, without set-user-id (mount_setattr(2), Linux 5.12)."""
    wanted = _MountAttr(attr_set=MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID)
    size = ctypes.c_size_t(ctypes.sizeof(wanted))
    result = _libc().syscall(
        _MOUNT_SETATTR, _AT_FDCWD, os.fsencode(tree), ctypes.c_uint(_AT_RECURSIVE), ctypes.byref(wanted), size
    )
    _checked(result, "mount_setattr")


def prctl(option: int, *arguments: int) -> None:
    """Change this process's own attributes."""
    padded = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    _checked(_libc().prctl(ctypes.c_int(option), *padded), f"prctl {option}")


def fork_into(flags: int) -> int:
    """fork(2) with new namespaces, as one clone(2); 0 in the child. The caller must have one thread.

    The child of a fork has its interpreter put in order by the three hooks that `os.fork` calls.
    """
    hooks = ctypes.pythonapi
    clone = ctypes.PyDLL(None, use_errno=True).syscall
    zero = ctypes.c_long(0)
    hooks.PyOS_BeforeFork()
    pid = int(clone(NUMBERS[machine()]["clone"], ctypes.c_long(flags | signal.SIGCHLD), zero, zero, zero, zero))
    if pid == 0:
        hooks.PyOS_AfterFork_Child()
    else:
        hooks.PyOS_AfterFork_Parent()
    return _checked(pid, "clone")


def drop_capabilities() -> None:
    """Every capability, out of every set, for good."""
    for number in range(_LAST_CAPABILITY + 1):
        try:
            prctl(PR_CAPBSET_DROP, number)
        except OSError:  # beyond the last one this kernel knows, or not ours to drop: the sets below are emptied anyway
            break
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _checked(_libc().syscall(NUMBERS[machine()]["capset"], header, nothing), "capset")
