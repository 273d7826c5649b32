"""The filters, run by a small interpreter of the instructions they use: what the kernel would answer."""

from __future__ import annotations

import errno
import struct
from typing import Final

import pytest

from scripts.local_platform.agent_host.sandbox import seccomp
from scripts.local_platform.agent_host.sandbox.syscalls import CLONE_NEWNET, CLONE_NEWUSER

ALLOWED, KILLED = "allowed", "killed"
MACHINES: Final = ("x86_64", "aarch64")
AF_VSOCK, AF_NETLINK, AF_INET = 40, 16, 2


def answer(program: bytes, name: str, number: int, argument: int = 0, *, architecture: int | None = None) -> str | int:
    """What becomes of a call: allowed, killed, or the number of an error."""
    data = {0: number, 4: architecture or seccomp.AUDIT_ARCH[name], 16: argument}
    instructions = list(struct.iter_unpack("<HBBI", program))
    at, value = 0, 0
    while True:
        code, if_true, if_false, operand = instructions[at]
        at += 1
        if code == 0x20:
            value = data[operand]
        elif code == 0x06:
            return {0x7FFF0000: ALLOWED, 0x80000000: KILLED}.get(operand, operand & 0xFFFF)
        else:
            true = {0x15: value == operand, 0x35: value >= operand, 0x45: bool(value & operand)}[code]
            at += if_true if true else if_false


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize("call", sorted(seccomp._KERNEL))
def test_rare_calls_are_refused_to_whatever_runs_an_agents_code(name: str, call: str) -> None:
    number = seccomp._KERNEL[call][MACHINES.index(name)]
    if number is not None:
        assert answer(seccomp.kernel_filter(name), name, number) == errno.EPERM


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize("call", sorted(seccomp._NAMESPACES))
def test_mounts_and_namespaces_are_refused_to_sessions_and_left_to_the_zygote(name: str, call: str) -> None:
    number = seccomp._NAMESPACES[call][MACHINES.index(name)]
    assert number is not None
    assert answer(seccomp.namespace_filter(name), name, number) == errno.EPERM
    assert answer(seccomp.kernel_filter(name), name, number) == ALLOWED


@pytest.mark.parametrize("name", MACHINES)
def test_sockets_are_of_families_that_know_their_network_namespace(name: str) -> None:
    program, socket = seccomp.kernel_filter(name), seccomp._SOCKET[name]
    for family in (1, AF_INET, 10):
        assert answer(program, name, socket, family) == ALLOWED
    for family in (AF_VSOCK, AF_NETLINK, 17, 38, 44, 0):
        assert answer(program, name, socket, family) == errno.EAFNOSUPPORT


@pytest.mark.parametrize("name", MACHINES)
def test_processes_are_forked_and_threads_started_but_no_namespace_is_made(name: str) -> None:
    program, clone = seccomp.namespace_filter(name), seccomp._CLONE[name]
    assert answer(program, name, clone, 0x003D0F00) == ALLOWED  # what the C library starts a thread with
    assert answer(program, name, clone, 17) == ALLOWED  # SIGCHLD: a fork
    for flag in (CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWUSER | 17):
        assert answer(program, name, clone, flag) == errno.EPERM
    assert answer(program, name, 435, 0) == errno.ENOSYS


@pytest.mark.parametrize("name", MACHINES)
def test_ordinary_calls_pass(name: str) -> None:
    for number in (0, 1, 3, 9, 202, 257, 318):
        if number not in {
            pair[MACHINES.index(name)] for pair in (*seccomp._KERNEL.values(), *seccomp._NAMESPACES.values())
        }:
            assert answer(seccomp.kernel_filter(name), name, number, AF_INET) == ALLOWED
            assert answer(seccomp.namespace_filter(name), name, number) == ALLOWED


@pytest.mark.parametrize("name", MACHINES)
def test_calls_of_another_convention_are_death(name: str) -> None:
    for program in (seccomp.kernel_filter(name), seccomp.namespace_filter(name)):
        assert answer(program, name, 1, architecture=0x40000003) == KILLED
        if name == "x86_64":
            assert answer(program, name, 0x40000000 + 101) == KILLED
