"""System calls an agent has no use for, refused by a seccomp filter.

Two filters: `KERNEL` for whatever runs an agent's code at all, `NAMESPACES` on top of it for sessions, which unlike the
zygote need not make sandboxes of their own. https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

from __future__ import annotations

import ctypes
import errno
import struct
from typing import TYPE_CHECKING, Final

from scripts.local_platform.agent_host.sandbox.syscalls import (
    EVERY_NAMESPACE,
    PR_SET_SECCOMP,
    SECCOMP_MODE_FILTER,
    machine,
    prctl,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

AUDIT_ARCH: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data, little endian
_X32: Final = 0x40000000
_FAMILIES: Final = (1, 2, 10)  # AF_UNIX, AF_INET, AF_INET6: vsock, netlink and packet sockets leave network namespaces

# name: (x86_64, aarch64); None where a machine has no such call
_KERNEL: Final[dict[str, tuple[int | None, int | None]]] = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "syslog": (103, 116),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "personality": (135, 92),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142), "acct": (163, 89),
    "swapon": (167, 224), "swapoff": (168, 225), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171), "clock_adjtime": (305, 266),
    "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264), "fanotify_init": (300, 262),
    "move_pages": (279, 239), "migrate_pages": (256, 238), "mbind": (237, 235), "lookup_dcookie": (212, 18),
    "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None), "mknod": (133, None), "mknodat": (259, 33),
}  # fmt: skip
_NAMESPACES: Final[dict[str, tuple[int | None, int | None]]] = {
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "sethostname": (170, 161), "setdomainname": (171, 162),
}  # fmt: skip
_SOCKET: Final = {"x86_64": 41, "aarch64": 198}
_CLONE: Final = {"x86_64": 56, "aarch64": 220}
_CLONE3: Final = 435


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def _instruction(code: int, operand: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, operand)


def _refuse(number: int) -> bytes:
    return _instruction(_RETURN, _ERRNO | number)


def _prologue(name: str) -> list[bytes]:
    """Only calls of this machine's own convention, by their numbers."""
    start = [
        _instruction(_LOAD, _ARCHITECTURE),
        _instruction(_JUMP_EQUAL, AUDIT_ARCH[name], if_true=1),
        _instruction(_RETURN, _KILL),
        _instruction(_LOAD, _NUMBER),
    ]
    if name == "x86_64":
        start += [_instruction(_JUMP_AT_LEAST, _X32, if_false=1), _instruction(_RETURN, _KILL)]
    return start


def _refused(calls: dict[str, tuple[int | None, int | None]], name: str) -> list[bytes]:
    column = ("x86_64", "aarch64").index(name)
    numbers = [pair[column] for pair in calls.values()]
    program: list[bytes] = []
    for number in numbers:
        if number is not None:
            program += [_instruction(_JUMP_EQUAL, number, if_false=1), _refuse(errno.EPERM)]
    return program


def kernel_filter(name: str) -> bytes:
    """No way into the kernel's rarer parts, into other processes, or to sockets that know no network namespace."""
    families = [_instruction(_JUMP_EQUAL, family, if_true=len(_FAMILIES) - at) for at, family in enumerate(_FAMILIES)]
    socket = [
        _instruction(_JUMP_EQUAL, _SOCKET[name], if_false=len(families) + 3),
        _instruction(_LOAD, _FIRST_ARGUMENT),
        *families,
        _refuse(errno.EAFNOSUPPORT),
        _instruction(_RETURN, _ALLOW),
    ]
    return b"".join([*_prologue(name), *_refused(_KERNEL, name), *socket, _instruction(_RETURN, _ALLOW)])


def namespace_filter(name: str) -> bytes:
    """No mount and no namespace. clone3 hides its flags from filters: ENOSYS makes the C library use clone."""
    clone = [
        _instruction(_JUMP_EQUAL, _CLONE3, if_false=1),
        _refuse(errno.ENOSYS),
        _instruction(_JUMP_EQUAL, _CLONE[name], if_false=3),
        _instruction(_LOAD, _FIRST_ARGUMENT),
        _instruction(_JUMP_ANY_BIT, EVERY_NAMESPACE, if_false=1),
        _refuse(errno.EPERM),
    ]
    return b"".join([*_prologue(name), *_refused(_NAMESPACES, name), *clone, _instruction(_RETURN, _ALLOW)])


def install(program: bytes) -> None:
    """Put a filter on this process and all its children; needs no_new_privs. Filters add up and never come off."""
    described = _Program(len(program) // 8, program)
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(described))


def refuse_kernel_calls() -> None:
    """The filter for whatever runs an agent's code."""
    install(kernel_filter(machine()))


def refuse_namespaces() -> None:
    """The filter for sessions."""
    install(namespace_filter(machine()))


def layers() -> Sequence[str]:
    """What these filters refuse, by name."""
    return tuple(_KERNEL) + tuple(_NAMESPACES)
