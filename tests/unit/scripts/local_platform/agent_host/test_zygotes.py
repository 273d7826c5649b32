"""A real zygote with packages of a few lines; the packages bring a uvicorn of their own that only accepts."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

import pytest

from scripts.local_platform.agent_host.errors import RuntimeClientError
from scripts.local_platform.agent_host.settings import HostSettings
from scripts.local_platform.agent_host.zygotes import Zygote, agent_environment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SERVER = """
import time
class Config:
    def __init__(self, app, **_): self.app = app
    def load(self): pass
class Server:
    def __init__(self, config): self.app = config.app
    def run(self, sockets): self.app(sockets[0])
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "uvicorn.py").write_text(SERVER)
    return folder


@pytest.fixture
async def zygote(package: Path, tmp_path: Path) -> AsyncIterator[Zygote]:
    zygote = Zygote("test", package, HostSettings(state_dir=tmp_path, import_seconds=5, stop_seconds=0.3))
    yield zygote
    await zygote.stop()


async def test_a_session_is_forked_in_its_own_home_and_stopped(zygote: Zygote, package: Path, tmp_path: Path) -> None:
    (package / "main.py").write_text("import os, time\ndef app(_):\n open('mark', 'w').close()\n time.sleep(60)\n")
    await zygote.start("main.py", {})
    session = await zygote.fork("one", tmp_path / "s", tmp_path, "[one]")
    await zygote.stop_session("one")
    assert session.ended.is_set()
    assert not (tmp_path / "s").exists()


@pytest.mark.chaos("upstreams")
async def test_a_session_that_ignores_sigterm_is_killed(zygote: Zygote, package: Path, tmp_path: Path) -> None:
    code = "import signal, time\ndef app(_):\n signal.signal(15, signal.SIG_IGN)\n"
    (package / "main.py").write_text(code + " open('deaf', 'w').close()\n time.sleep(60)\n")
    await zygote.start("main.py", {})
    session = await zygote.fork("one", tmp_path / "s", tmp_path, "[one]")
    while not (tmp_path / "deaf").exists():
        assert not session.ended.is_set()
        await asyncio.sleep(0.01)
    await zygote.stop_session("one")
    assert session.exit_status == -signal.SIGKILL


async def test_the_exit_status_of_a_crash_is_known(zygote: Zygote, package: Path, tmp_path: Path) -> None:
    code = "import os, time\ndef app(_):\n while not os.path.exists('now'): time.sleep(0.01)\n os._exit(3)\n"
    (package / "main.py").write_text(code)
    await zygote.start("main.py", {})
    session = await zygote.fork("one", tmp_path / "s", tmp_path, "[one]")
    (tmp_path / "now").touch()
    await session.ended.wait()
    assert session.exit_status == 3


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise KeyError('x')", "does not import: KeyError"),
        ("raise SystemExit(1)", "does not import: SystemExit"),
        ("x = 1", "does not import: KeyError: 'app'"),
        ("import boto3", "does not import: ModuleNotFoundError"),
        ("import os; os._exit(1)", "ended while importing"),
    ],
)
async def test_an_agent_that_does_not_import_is_told(zygote: Zygote, package: Path, code: str, reason: str) -> None:
    (package / "main.py").write_text(code)
    with pytest.raises(RuntimeClientError, match=reason):
        await zygote.start("main.py", {})


@pytest.mark.chaos("upstreams")
async def test_an_agent_that_imports_for_ever_is_given_up(package: Path, tmp_path: Path) -> None:
    (package / "main.py").write_text("import time; time.sleep(60)")
    zygote = Zygote("test", package, HostSettings(state_dir=tmp_path, import_seconds=0.3))
    with pytest.raises(RuntimeClientError, match=r"did not import within 0.3 s"):
        await zygote.start("main.py", {})


@pytest.mark.chaos("upstreams")
async def test_a_zygote_that_dies_ends_its_sessions(zygote: Zygote, package: Path, tmp_path: Path) -> None:
    (package / "main.py").write_text("import time\ndef app(_): time.sleep(60)\n")
    await zygote.start("main.py", {})
    session = await zygote.fork("one", tmp_path / "s", tmp_path, "[one]")
    os.kill(zygote._process.pid, signal.SIGKILL)
    await session.ended.wait()
    with pytest.raises(RuntimeClientError, match="gone"):
        await zygote.fork("two", tmp_path / "s2", tmp_path, "[two]")


def test_the_environment_holds_nothing_that_was_not_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    given = {"MODE": "x", "AWS_SECRET_ACCESS_KEY": "s", "LD_PRELOAD": "/evil.so", "PYTHONPATH": "/evil"}
    environment = agent_environment(tmp_path, given)
    assert environment["MODE"] == "x"
    assert not {"AWS_SECRET_ACCESS_KEY", "LD_PRELOAD", "PYTHONPATH"} & set(environment)
