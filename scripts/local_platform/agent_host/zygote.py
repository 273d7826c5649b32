"""The pristine process of one agent version: imports the agent once, forks a child per session.

Runs as a script under `python -I -S` with the agent's package as its only import root, so it must not
import anything of this repository and nothing the agent would not have in the cloud. It is the parent of
every session of that version and the reaper of what those sessions leave behind.

Control socket (inherited descriptor, newline-delimited JSON): the host sends
`{"op": "fork", "id", "socket", "home", "limits"}` with one descriptor for the child's output, or
`{"op": "kill", "id", "signal"}`; the zygote sends `ready`, `failed`, `forked` and `exited` events. End of
file on it means the host is gone: every session is killed and the zygote exits.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import resource
import runpy
import select
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

LOADED_BY_FIRST_CALL = ("anyio._backends._asyncio", "anyio.streams.tls", "anyio.streams.memory", "asyncio.sslproto")
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def prctl(option: int, value: int) -> None:
    """Set a Linux process attribute; elsewhere the control socket's end of file does the work."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


class Zygote:
    """The loop that forks and reaps. One thread, no event loop: forking a threaded process is a trap."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.app: Any = None
        self.sessions: dict[int, str] = {}
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
        wake, waker = os.pipe()
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
        """Listen first, fork second: the host may connect before the child has run a line."""
        output = self.descriptors.pop(0)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(command["socket"])
        listener.listen(128)
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self.become_session(command, listener, output, parent)
        listener.close()
        os.close(output)
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)
        self.sessions[pid] = command["id"]
        self.tell(event="forked", id=command["id"], pid=pid)

    def become_session(self, command: dict[str, Any], listener: socket.socket, output: int, parent: int) -> NoReturn:
        """Turn this fork into the session's process; never returns."""
        code = 70
        try:
            self.control.close()
            isolate(command, output, parent)
            run_server(self.app, listener)
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
                self.tell(event="exited", id=name, status=os.waitstatus_to_exitcode(status))

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


def isolate(command: dict[str, Any], output: int, parent: int) -> None:
    """Own group, own home, own output, bounded resources, and death with the parent."""
    os.setpgid(0, 0)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(71)
    os.umask(0o077)
    for number in (1, 2):
        os.dup2(output, number)
    os.close(output)
    os.environ.update(HOME=command["home"], TMPDIR=command["home"])
    os.chdir(command["home"])
    for name, value in command["limits"].items():
        resource.setrlimit(getattr(resource, name), (value, value))


def preload(app: Any) -> None:
    """Import what serving a first call imports, once for every session, and keep it out of their collectors."""
    import gc

    server_config(app).load()
    for module in LOADED_BY_FIRST_CALL:
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    gc.collect()
    gc.freeze()


def server_config(app: Any) -> Any:
    """How a session serves: quietly, on the socket it is given."""
    import uvicorn

    return uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1)


def run_server(app: Any, listener: socket.socket) -> None:
    """Serve the agent until SIGTERM."""
    import uvicorn

    uvicorn.Server(server_config(app)).run(sockets=[listener])


def main() -> None:
    """`zygote.py <control fd> <package directory> <entry point>`."""
    descriptor, package, entry_point = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    os.umask(0o077)
    os.set_inheritable(descriptor, False)  # noqa: FBT003 - the standard library's own signature
    sys.path.insert(0, package)
    sys.argv = [entry_point]
    zygote = Zygote(socket.socket(fileno=descriptor))
    if zygote.load(str(Path(package) / entry_point)):
        zygote.serve()


if __name__ == "__main__":
    main()
