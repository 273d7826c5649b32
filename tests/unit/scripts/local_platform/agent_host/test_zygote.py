from __future__ import annotations

import os
import signal
import socket
import subprocess
from typing import Any

import pytest

from scripts.local_platform.agent_host import zygote


@pytest.fixture
def ends() -> Any:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_a_missing_app_is_told_to_the_host(ends: Any, tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "main.py").write_text("x = 1")
    assert zygote.Zygote(ends[1]).load(str(tmp_path / "main.py")) is False
    assert b'"event": "failed", "error": "KeyError: \'app\'"' in ends[0].recv(1000)
    assert "KeyError" in capsys.readouterr().err


def test_commands_are_obeyed_however_they_are_cut(ends: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    pristine = zygote.Zygote(ends[1])
    monkeypatch.setattr(pristine, "obey", seen.append)
    for piece in (b'{"op": "ki', b'll", "id": "a"}\n{"op"', b': "kill", "id": "b"}\n'):
        ends[0].sendall(piece)
        pristine.read()
    assert [command["id"] for command in seen] == ["a", "b"]


def test_a_signal_reaches_the_whole_group(ends: Any) -> None:
    child = subprocess.Popen(["/bin/sh", "-c", "sleep 60 & wait"], start_new_session=True)
    pristine = zygote.Zygote(ends[1])
    pristine.sessions[child.pid] = "a"
    pristine.kill("a", signal.SIGKILL)
    assert child.wait(5) == -signal.SIGKILL


def test_signalling_a_session_that_is_gone_is_no_error(ends: Any) -> None:
    child = subprocess.Popen(["/bin/true"], start_new_session=True)
    child.wait(5)
    pristine = zygote.Zygote(ends[1])
    pristine.sessions[child.pid] = "a"
    pristine.kill("a", signal.SIGTERM)


def test_children_of_this_process_are_seen() -> None:
    child = subprocess.Popen(["/bin/sleep", "60"])
    try:
        assert child.pid in zygote.orphans()
    finally:
        child.kill()
        child.wait(5)
    assert os.getpid() not in zygote.orphans()
