"""Real sandboxes with agents of a few lines in them. Where this machine has none these tests fail: nothing is shown."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

from scripts.local_platform.agent_host import confinement
from scripts.local_platform.agent_host.sandbox import walls
from scripts.local_platform.agent_host.settings import HostSettings
from scripts.local_platform.agent_host.zygotes import Zygote

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    Ask = Callable[[str], Awaitable[Any]]

SERVER = """
import json
class Config:
    def __init__(self, app, **_): self.app = app
    def load(self): pass
class Server:
    def __init__(self, config): self.app = config.app
    def run(self, sockets):
        connection, _ = sockets[0].accept()
        connection.sendall(json.dumps(self.app()).encode())
"""
PORT = 8080


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """`await ask(code)`: what the function `app` of an agent answers from inside its sandbox."""
    package = tmp_path / "package"
    package.mkdir()
    (package / "uvicorn.py").write_text(SERVER)
    settings = HostSettings(state_dir=tmp_path, gateway_url=f"http://127.0.0.1:{PORT}/v1/gateway", session_processes=32)

    async def run(code: str) -> Any:
        (package / "main.py").write_text(code)
        zygote = Zygote("test", package, settings, confinement.plan(settings, package, 7))
        try:
            await zygote.start("main.py", {"MODE": "x", "AWS_SECRET_ACCESS_KEY": "s"})
            session = await zygote.fork("one", tmp_path / "s", tmp_path, "[one]")
            reader, writer = await asyncio.open_unix_connection(str(session.socket_path))
            answer = json.loads(await reader.read())
            writer.close()
            if (listener := await session.gateway) is not None:
                listener.close()
            return answer
        finally:
            await zygote.stop()

    return run


async def test_an_agent_runs_as_nobody_with_nothing(ask: Ask) -> None:
    code = "import os\ndef app(): return [os.getuid(), os.getgid(), os.getgroups(), os.uname().nodename, os.getcwd()]\n"
    assert await ask(code) == [confinement.FIRST_UID + 7, confinement.FIRST_UID + 7, [], "agent", "/tmp"]  # noqa: S108


async def test_an_agent_sees_the_interpreter_its_package_and_its_own_folder(ask: Ask) -> None:
    code = (
        "import os\ndef app(): return [sorted(os.listdir('/')), sorted(os.listdir('/package')), os.listdir('/tmp')]\n"
    )
    root, package, home = await ask(code)
    assert not {"home", "var", "sys", "bin", "srv", "run", "opt", "boot"} & set(root)
    assert (package, home) == (["main.py", "uvicorn.py"], [])


async def test_an_agent_sees_its_first_process_and_itself(ask: Ask) -> None:
    assert await ask("import os\ndef app(): return [n for n in os.listdir('/proc') if n.isdigit()]\n") == ["1", "2"]


async def test_an_agent_writes_to_its_own_folder_alone(ask: Ask) -> None:
    code = """
def app():
    found = []
    for place in ("/tmp", "/package", "/", "/etc", "/dev"):
        try:
            open(place + "/x", "w").close()
            found.append(place)
        except OSError:
            pass
    return found
"""
    assert await ask(code) == ["/tmp"]  # noqa: S108


async def test_a_package_that_everybody_may_write_is_read_only_inside(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "package").chmod(0o777)
    code = """
def app():
    try:
        open("/package/x", "w").close()
    except OSError as error:
        return error.strerror
"""
    assert await ask(code) == "Read-only file system"


async def test_an_agent_reaches_the_gateways_listener_and_no_other(ask: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as outside:
        port = outside.getsockname()[1]
        code = f"""
import socket
def app():
    found = []
    for port in ({port}, {PORT}):
        with socket.socket() as out:
            found.append(out.connect_ex(("127.0.0.1", port)))
    return found
"""
        refused, connected = await ask(code)
    assert refused != 0
    assert connected == 0


async def test_the_code_an_agent_imports_is_as_confined_as_its_sessions(ask: Ask) -> None:
    code = """
import os, socket
def tried():
    found = []
    for family in (socket.AF_INET, 40):
        try:
            with socket.socket(family) as out:
                out.connect(("127.0.0.1", 8080))
            found.append(family)
        except OSError:
            pass
    return found + [os.getuid(), len([n for n in os.listdir('/proc') if n.isdigit()])]
at_import = tried()
def app(): return at_import
"""
    assert await ask(code) == [confinement.FIRST_UID + 7, 1]


async def test_processes_are_bounded(ask: Ask) -> None:
    code = """
import os, time
def app():
    for number in range(100):
        try:
            if os.fork() == 0:
                time.sleep(60)
                os._exit(0)
        except OSError:
            return number
"""
    assert await ask(code) < 32


async def test_a_session_makes_no_namespace_though_its_zygote_did(ask: Ask) -> None:
    code = """
import ctypes
def app(): return [ctypes.CDLL(None).unshare(flag) for flag in (0x10000000, 0x40000000, 0x20000)]
"""
    assert await ask(code) == [-1, -1, -1]


async def test_a_session_that_kills_itself_is_known_to_have(tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "uvicorn.py").write_text(SERVER)
    (package / "main.py").write_text("import os\ndef app(): os.kill(os.getpid(), 9)\n")
    settings = HostSettings(state_dir=tmp_path)
    zygote = Zygote("test", package, settings, confinement.plan(settings, package, 8))
    await zygote.start("main.py", {})
    session = await zygote.fork("one", tmp_path / "s", tmp_path, "[one]")
    _, writer = await asyncio.open_unix_connection(str(session.socket_path))
    await session.ended.wait()
    writer.close()
    assert session.exit_status == -9
    assert await session.gateway is None
    await zygote.stop()


async def test_a_package_that_is_not_there_is_told(tmp_path: Path) -> None:
    settings = HostSettings(state_dir=tmp_path)
    zygote = Zygote("test", tmp_path, settings, confinement.plan(settings, tmp_path / "nowhere", 9))
    with pytest.raises(Exception, match="no sandbox"):
        await zygote.start("main.py", {})


def test_a_plan_is_the_same_after_its_way_to_the_zygote(tmp_path: Path) -> None:
    plan = confinement.plan(HostSettings(state_dir=tmp_path), tmp_path, 3)
    assert walls.read_plan(json.dumps(plan.as_dict())) == plan
    assert walls.read_plan("null") is None


def test_no_two_zygotes_share_a_user(tmp_path: Path) -> None:
    settings = HostSettings(state_dir=tmp_path)
    assert len({confinement.plan(settings, tmp_path, number).uid for number in range(500)}) == 500
