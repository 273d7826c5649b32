"""What a fork of the zygote does to become a session: leave the zygote's ways, be bounded, serve.

Imported by the zygote's script: standard library and the sandbox alone, the rest where it is used.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from scripts.local_platform.agent_host.sandbox import filesystem, syscalls, walls

if TYPE_CHECKING:
    import socket

LOADED_BY_FIRST_CALL = ("anyio._backends._asyncio", "anyio.streams.tls", "anyio.streams.memory", "asyncio.sslproto")


def prctl(option: int, value: int) -> None:
    """Set a Linux process attribute; elsewhere the control socket's end of file does the work."""
    if sys.platform == "linux":
        syscalls.prctl(option, value)


def quiet_signals() -> None:
    """Drop the zygote's ways with signals; the first process of a namespace ignores those it does not handle."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def watch(told: int, descriptors: tuple[int, ...]) -> int:
    """Fork the session and reap what dies in its namespace until the session does; returns in the session only."""
    pid = os.fork()
    if pid == 0:
        os.close(told)
        return pid
    for descriptor in descriptors:
        os.close(descriptor)
    while True:
        ended, status = os.waitpid(-1, 0)
        if ended == pid:
            os.write(told, str(status).encode())
            os._exit(0)  # the kernel ends whatever the session left running


def isolate(command: dict[str, Any], output: int, *, confined: bool) -> None:
    """Own group, own home, own output, bounded resources, and death with the parent."""
    parent = os.getppid()
    if not confined:
        os.setpgid(0, 0)
    quiet_signals()
    prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(71)
    os.umask(0o077)
    for number in (1, 2):
        os.dup2(output, number)
    os.close(output)
    home = filesystem.HOME if confined else command["home"]
    os.environ.update(HOME=home, TMPDIR=home)
    os.chdir(home)
    walls.limit(command["limits"])


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
