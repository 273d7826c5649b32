"""The host's end of a zygote: start it, have it fork, hear of the sessions that ended."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.local_platform.agent_host.errors import RuntimeClientError
from scripts.local_platform.agent_host.output import relay_lines
from scripts.local_platform.agent_host.sandbox import filesystem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scripts.local_platform.agent_host.sandbox.walls import Plan
    from scripts.local_platform.agent_host.settings import HostSettings

SCRIPT = Path(__file__).with_name("zygote.py")
BACKLOG = 128
# One thread each: native libraries must not start pools before the fork.
SINGLE_THREADED = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


async def readable(end: socket.socket) -> None:
    """Return when there is something to read, the end of file too."""
    loop, there = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(end, there.set)
    try:
        await there.wait()
    finally:
        loop.remove_reader(end)


def agent_environment(package: Path | str, extra: Mapping[str, str]) -> dict[str, str]:
    """What an agent's process sees: no credential, nothing of the host's own environment."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "AGENT_PACKAGE": str(package),
        **dict.fromkeys(SINGLE_THREADED, "1"),
        **{key: value for key, value in extra.items() if not key.startswith(("AWS_", "LD_", "PYTHON"))},
    }


class SessionProcess:
    """One forked process: its pid, its socket, and whether it has ended.

    `gateway` is the listening socket inside its sandbox that it takes for the gateway; None while there is none.
    """

    def __init__(self, socket_path: Path) -> None:
        self.socket_path = socket_path
        self.gateway: asyncio.Future[socket.socket | None] = asyncio.get_running_loop().create_future()
        self.fault: str | None = None
        self.pid = 0
        self.forked = asyncio.Event()
        self.ended = asyncio.Event()
        self.exit_status: int | None = None


class Zygote:
    """A running zygote; `start` raises RuntimeClientError when the agent does not import."""

    def __init__(self, name: str, package: Path, settings: HostSettings, plan: Plan | None = None) -> None:
        self.name = name
        self.plan = plan
        self.package = package
        self.settings = settings
        self.used = time.monotonic()
        self.sessions: dict[str, SessionProcess] = {}
        self.alive = False
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, entry_point: str, environment: Mapping[str, str]) -> None:
        """Spawn it and wait until it has imported the agent."""
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._control.settimeout(0)
        await self._spawn(theirs, entry_point, environment)
        self._keep(self._listen())
        try:
            await asyncio.wait_for(asyncio.shield(self._ready), self.settings.import_seconds)
        except TimeoutError:
            await self.stop()
            raise RuntimeClientError(f"The agent did not import within {self.settings.import_seconds:g} s") from None
        except RuntimeClientError:
            await self.stop()
            raise

    async def _spawn(self, theirs: socket.socket, entry_point: str, environment: Mapping[str, str]) -> None:
        ours_out, their_out = os.pipe()
        plan = json.dumps(self.plan.as_dict() if self.plan else None)
        arguments = [str(SCRIPT), str(theirs.fileno()), str(self.package), entry_point, plan]
        inside = filesystem.PACKAGE if self.plan else self.package
        try:
            self._process = await asyncio.create_subprocess_exec(
                filesystem.interpreter(), "-I", "-S", *arguments,
                pass_fds=(theirs.fileno(),), env=agent_environment(inside, environment),
                stdin=asyncio.subprocess.DEVNULL, stdout=their_out, stderr=their_out,
                start_new_session=True, cwd=self.package,
            )  # fmt: skip
        finally:
            os.close(their_out)
            theirs.close()
        self.alive = True
        self._keep(relay_lines(ours_out, f"[{self.name}]"))

    def _keep(self, coroutine: Any) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _listen(self) -> None:
        """Act on the zygote's events until it is gone; then every session of it has ended."""
        loop, buffer = asyncio.get_running_loop(), b""
        with contextlib.suppress(OSError):
            while data := await loop.sock_recv(self._control, 65536):
                *lines, buffer = (buffer + data).split(b"\n")
                for line in lines:
                    self._heard(json.loads(line))
        self._gone()

    def _heard(self, event: dict[str, Any]) -> None:
        if event["event"] == "ready":
            self._ready.set_result(None)
        elif event["event"] == "failed":
            self._ready.set_exception(RuntimeClientError(f"The agent does not import: {event['error']}"))
        elif event["event"] == "forked":
            self.sessions[event["id"]].pid = event["pid"]
            self.sessions[event["id"]].forked.set()
        elif (session := self.sessions.pop(event["id"], None)) is not None:
            self._end(session, event["status"])

    def _end(self, session: SessionProcess, status: int | None) -> None:
        if not session.gateway.done():
            session.gateway.set_result(None)
        session.exit_status = status
        session.ended.set()
        session.forked.set()
        with contextlib.suppress(FileNotFoundError):
            session.socket_path.unlink()

    def _gone(self) -> None:
        self.alive = False
        self._control.close()
        if not self._ready.done():
            self._ready.set_exception(RuntimeClientError("The agent's process ended while importing"))
        for session in self.sessions.values():
            self._end(session, None)
        self.sessions.clear()

    async def fork(self, session_id: str, socket_path: Path, home: Path, prefix: str) -> SessionProcess:
        """Start a session's process; its socket accepts connections when this returns.

        `session_id` is unique among all processes this zygote ever forked. Raises RuntimeClientError.
        """
        self.used = time.monotonic()
        session = self.sessions[session_id] = SessionProcess(socket_path)
        door, their_door = socket.socketpair()
        command = {"op": "fork", "id": session_id, "home": str(home), "limits": self._limits()}
        try:
            self._send_fork(command, socket_path, their_door, prefix)
        except RuntimeClientError:
            door.close()
            raise
        self._keep(self._open_door(session, door))
        await session.forked.wait()
        if session.ended.is_set():
            raise RuntimeClientError(session.fault or "The agent's process ended before it served")
        return session

    def _send_fork(self, command: dict[str, Any], path: Path, door: socket.socket, prefix: str) -> None:
        """Have it forked with its output, the socket it serves on and its door, none of which has a name inside."""
        ours, theirs = os.pipe()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener, door:
            listener.bind(str(path))
            listener.listen(BACKLOG)
            descriptors = [theirs, listener.fileno(), door.fileno()]
            try:
                socket.send_fds(self._control, [json.dumps(command).encode() + b"\n"], descriptors)
            except OSError as error:
                os.close(ours)
                raise RuntimeClientError("The agent's zygote is gone") from error
            finally:
                os.close(theirs)
        self._keep(relay_lines(ours, prefix))

    async def _open_door(self, session: SessionProcess, door: socket.socket) -> None:
        """Take what the session hands out once its sandbox stands, or why it does not."""
        with door:
            await readable(door)
            data, descriptors, _, _ = socket.recv_fds(door, 4096, 1)
        told = json.loads(data) if data else {}
        session.fault = f"The sandbox does not stand: {told['error']}" if "error" in told else None
        gateway = socket.socket(fileno=descriptors[0]) if descriptors else None
        if session.gateway.done():
            if gateway:
                gateway.close()
        else:
            session.gateway.set_result(gateway)

    def _limits(self) -> dict[str, int]:
        memory = "RLIMIT_DATA" if sys.platform == "linux" else "RLIMIT_RSS"
        return {
            memory: self.settings.session_memory,
            "RLIMIT_NOFILE": self.settings.session_files,
            "RLIMIT_FSIZE": self.settings.session_file_size,
            "RLIMIT_CORE": 0,
            # Counted a user in a user namespace: without one it would bound everything this machine's user runs.
            **({"RLIMIT_NPROC": self.settings.session_processes} if self.plan else {}),
        }

    def signal(self, session_id: str, number: int) -> None:
        """Signal a session's process group; harmless when it is gone."""
        command = {"op": "kill", "id": session_id, "signal": int(number)}
        with contextlib.suppress(OSError):
            self._control.send(json.dumps(command).encode() + b"\n")

    async def stop_session(self, session_id: str) -> None:
        """SIGTERM, a moment's grace, SIGKILL; returns when the process is gone."""
        session = self.sessions.get(session_id)
        if session is None:
            return
        self.signal(session_id, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(session.ended.wait(), self.settings.stop_seconds)
        if not session.ended.is_set():
            self.signal(session_id, signal.SIGKILL)
            await session.ended.wait()

    async def stop(self) -> None:
        """End the zygote and with it all its sessions."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), 2)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)
        for task in list(self._tasks):
            task.cancel()
