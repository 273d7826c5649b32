"""Listeners on this machine that nobody in a sandbox may reach, and that count who does."""

import os
import socket
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.local_stack import eventually


@dataclass
class Traps:
    """Listeners on this machine that count who reaches them: TCP, datagrams, unix sockets with and without a path."""

    reached: Counter[str] = field(default_factory=Counter)
    ports: dict[str, int] = field(default_factory=dict)
    unix: list[str] = field(default_factory=list)
    sockets: list[socket.socket] = field(default_factory=list)

    def set_up(self, folder: Path) -> None:
        for name, kind in (("listener", socket.SOCK_STREAM), ("datagrams", socket.SOCK_DGRAM)):
            trap = socket.socket(socket.AF_INET, kind)
            trap.bind(("0.0.0.0", 0))  # noqa: S104 - every address of the machine is a way to try
            self.ports[name] = trap.getsockname()[1]
            self._watch(name, trap)
        for name in (str(folder / "trap.sock"), f"@ambit-trap-{os.getpid()}"):
            trap = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            trap.bind("\0" + name[1:] if name.startswith("@") else name)
            self.unix.append(name)
            self._watch(name, trap)

    def _watch(self, name: str, trap: socket.socket) -> None:
        self.sockets.append(trap)
        if trap.type == socket.SOCK_STREAM:
            trap.listen()
        threading.Thread(target=self._count, args=(name, trap), daemon=True).start()

    def _count(self, name: str, trap: socket.socket) -> None:
        while True:
            try:
                if trap.type == socket.SOCK_STREAM:
                    trap.accept()[0].close()
                else:
                    trap.recv(512)
            except OSError:
                return
            self.reached[name] += 1

    def prove(self) -> None:
        """That the traps count at all: a trap that catches nothing proves nothing."""
        socket.create_connection(("127.0.0.1", self.ports["listener"]), timeout=5).close()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.sendto(b"out", ("127.0.0.1", self.ports["datagrams"]))
        for name in self.unix:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as out:
                out.connect("\0" + name[1:] if name.startswith("@") else name)
        eventually(lambda: len(self.reached) == len(self.sockets) or None, seconds=10)
        self.reached.clear()

    def close(self) -> None:
        for trap in self.sockets:
            with suppress(OSError):
                trap.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits on it
            trap.close()
