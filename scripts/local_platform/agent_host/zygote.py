"""The pristine process of one agent version: imports the agent once, forks a child per session.

Runs as a script under `python -I -S` with the agent's package as its only import root, so it must not
import anything the agent would not have in the cloud; what it takes from this repository (the sandbox, standard
library alone) it takes before the agent's code is near, and forgets the way to it. It is the parent of every
session of that version and the reaper of what those sessions leave behind.

Where there is a plan it runs inside a sandbox, and each session in a further one of its own: see `sandbox/walls.py`.

Control socket (inherited descriptor, newline-delimited JSON): the host sends
`{"op": "fork", "id", "home", "limits"}` with three descriptors, the child's output, the socket it serves on and its
door, or `{"op": "kill", "id", "signal"}`; the zygote sends `ready`, `failed`, `forked` and `exited` events. End of
file on it means the host is gone: every session is killed and the zygote exits. Through the door a session says that
its sandbox stands, with the listening socket that is its gateway, or why it does not.
"""

from __future__ import annotations

import contextlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from scripts.local_platform.agent_host.sandbox import filesystem, syscalls, walls
from scripts.local_platform.agent_host.session_process import (
    isolate,
    prctl,
    preload,
    quiet_signals,
    run_server,
    watch,
)

NO_SANDBOX = 72


class Zygote:
    """The loop that forks and reaps. One thread, no event loop: forking a threaded process is a trap."""

    def __init__(self, control: socket.socket, plan: walls.Plan | None = None) -> None:
        self.control = control
        self.plan = plan
        self.app: Any = None
        self.sessions: dict[int, str] = {}
        self.statuses: dict[int, int] = {}
        self.wake: tuple[int, ...] = ()
        self.buffer = b""
        self.descriptors: list[int] = []

    def tell(self, **event: object) -> None:
        """Send one event to the host; a host that is gone is noticed by the loop."""
        with contextlib.suppress(OSError):
            self.control.sendall(json.dumps(event).encode() + b"\n")

    def load(self, entry_point: str) -> bool:
        """Import the agent; tells `ready`, or `failed` with the last line of the traceback."""
        try:
            self.app = runpy.run_path(entry_point, run_name="__agent__")["app"]
            preload(self.app)
        except BaseException as error:  # noqa: BLE001 - an agent may raise anything, SystemExit too
            traceback.print_exc()
            self.tell(event="failed", error=f"{type(error).__name__}: {error}"[:500])
            return False
        self.tell(event="ready")
        return True

    def serve(self) -> None:
        """Fork and reap until the host goes away."""
        wake, waker = self.wake = os.pipe()
        control = self.control.fileno()
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: self.end())
        while True:
            readable, _, _ = select.select([control, wake], [], [])
            if wake in readable:
                os.read(wake, 512)
            self.reap()
            if control in readable:
                self.read()

    def read(self) -> None:
        """Take what the host sent: whole lines, each fork with its descriptor."""
        data, descriptors, _, _ = socket.recv_fds(self.control, 65536, 16)
        if not data:
            self.end()
        self.descriptors += descriptors
        *lines, self.buffer = (self.buffer + data).split(b"\n")
        for line in lines:
            self.obey(json.loads(line))

    def obey(self, command: dict[str, Any]) -> None:
        """Do one thing the host asked for."""
        if command["op"] == "fork":
            self.fork(command)
        else:
            self.kill(command["id"], command["signal"])

    def kill(self, session: str, number: int) -> None:
        """Signal a session's whole process group; a dead one is no error."""
        for pid, name in self.sessions.items():
            if name == session:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, number)

    def fork(self, command: dict[str, Any]) -> None:
        """The host made the socket and may connect before the child has run a line."""
        output, listener, door = (self.descriptors.pop(0) for _ in range(3))
        pid = self.in_sandbox(listener, output, door) if self.plan else os.fork()
        if pid == 0:
            if not self.plan:
                self.let_go(door)
            self.become_session(command, listener, output)
        for descriptor in (output, listener, door):
            os.close(descriptor)
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)
        self.sessions[pid] = command["id"]
        self.tell(event="forked", id=command["id"], pid=pid)

    def in_sandbox(self, listener: int, output: int, door: int) -> int:
        """Fork the first process of a session's own namespaces, and in there the session; 0 in the latter."""
        status, told = os.pipe()
        pid = syscalls.fork_into(syscalls.EVERY_NAMESPACE)
        if pid == 0:
            self.let_go(status)
            self.enter(door)
            return watch(told, (listener, output))
        os.close(told)
        self.statuses[pid] = status
        return pid

    def enter(self, door: int) -> None:
        """Put up the session's walls and say so; a session without them does not begin."""
        quiet_signals()
        os.setpgid(0, 0)
        prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
        with socket.socket(fileno=door) as host:
            try:
                gateway = walls.enter_session(self.plan) if self.plan else None
                socket.send_fds(host, [b'{"stands": true}'], [gateway.fileno()] if gateway else [])
            except Exception as error:  # noqa: BLE001 - whatever it is, nothing of the agent runs without walls
                host.sendall(json.dumps({"stands": False, "error": str(error)}).encode())
                os._exit(NO_SANDBOX)
        if gateway:
            gateway.close()

    def let_go(self, *besides: int) -> None:
        """Close what is the zygote's own: its line to the host, and what its other sessions will tell."""
        self.control.close()
        for descriptor in (*self.wake, *self.statuses.values(), *besides):
            os.close(descriptor)

    def become_session(self, command: dict[str, Any], listener: int, output: int) -> NoReturn:
        """Turn this fork into the session's process; never returns."""
        code = 70
        try:
            isolate(command, output, confined=self.plan is not None)
            run_server(self.app, socket.socket(fileno=listener))
            code = 0
        except BaseException:  # noqa: BLE001 - whatever happens, this fork must not run the zygote's loop
            traceback.print_exc()
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
            os._exit(code)

    def reap(self) -> None:
        """Collect the dead, kill what their group left, tell the host."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            name = self.sessions.pop(pid, None)
            if name is not None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGKILL)
                self.tell(event="exited", id=name, status=self.exit_status(pid, status))

    def exit_status(self, pid: int, status: int) -> int:
        """How the session ended, by the word of its namespace's first process where there is one."""
        told = self.statuses.pop(pid, None)
        if told is not None:
            with os.fdopen(told, "rb") as pipe:
                status = int(pipe.read(20) or status)
        return os.waitstatus_to_exitcode(status)

    def end(self) -> NoReturn:
        """Kill every session and every orphan, then exit."""
        for pid in list(self.sessions):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        for pid in orphans():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        os._exit(0)


def orphans() -> list[int]:
    """Children of this process that no session's group holds (Linux; elsewhere none are known)."""
    listing = Path(f"/proc/self/task/{os.getpid()}/children")
    return [int(pid) for pid in listing.read_text().split()] if listing.exists() else []


def launch(plan: walls.Plan, control: socket.socket) -> None:
    """Go on as the first process of a sandbox; what called this stays outside as its keeper, and never returns."""
    walls.enter_zygote(plan)
    pid = os.fork()
    if pid:
        control.close()
        keep(pid)
    walls.settle_zygote(plan)
    prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
    os.chdir(filesystem.PACKAGE)


def keep(pid: int) -> NoReturn:
    """End the zygote when told to, and end as it ended."""
    signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGKILL))
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os._exit(code if code >= 0 else 128 - code)


def forget_repository() -> None:
    """An agent imports its own package and the standard library; nothing of this repository is on its way."""
    del sys.path[0]
    for name in [name for name in sys.modules if name.partition(".")[0] == "scripts"]:
        del sys.modules[name]


def main() -> None:
    """`zygote.py <control fd> <package directory> <entry point> <plan as JSON, or null>`."""
    descriptor, package, entry_point, described = int(sys.argv[1]), *sys.argv[2:5]
    forget_repository()
    prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGTERM)
    os.umask(0o022)
    os.set_inheritable(descriptor, False)  # noqa: FBT003 - the standard library's own signature
    zygote = Zygote(socket.socket(fileno=descriptor), walls.read_plan(described))
    if zygote.plan:
        try:
            launch(zygote.plan, zygote.control)
        except OSError as error:
            zygote.tell(event="failed", error=f"no sandbox: {error}")
            return
        package = filesystem.PACKAGE
    prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)
    os.umask(0o077)
    sys.path.insert(0, package)
    sys.argv = [entry_point]
    if zygote.load(str(Path(package) / entry_point)):
        zygote.serve()


if __name__ == "__main__":
    main()
