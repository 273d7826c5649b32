from __future__ import annotations

import errno
import os
import platform
import sys
from pathlib import Path

import pytest

from scripts.local_platform.agent_host.sandbox import syscalls

linux = pytest.mark.skipif(sys.platform != "linux", reason="these are Linux's calls")


@linux
def test_a_refused_call_is_an_error_with_its_number() -> None:
    with pytest.raises(OSError, match="mount nonsense") as refused:
        syscalls.mount("none", "/nowhere-at-all", "nonsense", 0)
    assert refused.value.errno in (errno.ENOENT, errno.EPERM, errno.ENODEV)


@linux
def test_a_fork_into_no_new_namespace_is_a_fork() -> None:
    pid = syscalls.fork_into(0)
    if pid == 0:
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7


@linux
def test_capabilities_once_dropped_are_gone() -> None:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        syscalls.drop_capabilities()
        status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        held = [line.split()[1] for line in status if line.startswith(("CapEff", "CapPrm", "CapAmb"))]
        os.write(writer, " ".join(held).encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(pid, 0)
    with os.fdopen(reader) as told:
        assert told.read() == " ".join(["0" * 16] * 3)


def test_a_machine_whose_numbers_are_not_known_has_no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(OSError, match="riscv64"):
        syscalls.machine()
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    assert syscalls.machine() == "aarch64"
