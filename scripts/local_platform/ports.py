"""Says whether a port is free and, when it is not, which process has it."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path


def is_free(port: int) -> bool:
    """True when nothing on loopback accepts connections on the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def free_port() -> int:
    """A port that was free a moment ago, for tests."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def first_line(command: list[str]) -> str:
    """The first line a command prints, or nothing when it is not there or fails."""
    if not shutil.which(command[0]):
        return ""
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return (answer.stdout.strip().splitlines() or [""])[0] if answer.returncode == 0 else ""


def listener(port: int) -> str:
    """`pid 123 (node server.mjs)` for the process that listens on a port, as far as this machine tells."""
    pid = _from_proc(port) or first_line(["lsof", "-nP", "-t", f"-iTCP:{port}", "-sTCP:LISTEN"])
    if not pid:
        return "another process"
    return f"pid {pid} ({first_line(['ps', '-o', 'args=', '-p', pid])[:80]})"


def _from_proc(port: int) -> str:
    """The listening process's id from Linux's /proc; empty elsewhere."""
    wanted = _listening_inodes(Path("/proc/net/tcp"), port)
    for descriptor in Path("/proc").glob("[0-9]*/fd/*") if wanted else ():
        try:
            if descriptor.readlink().name in wanted:
                return descriptor.parts[2]
        except OSError:  # the process ended, or is another user's
            continue
    return ""


def _listening_inodes(path: Path, port: int) -> set[str]:
    """`socket:[inode]` of every socket that listens on the port."""
    if not path.is_file():
        return set()
    rows = (line.split() for line in path.read_text(encoding="ascii").splitlines()[1:])
    # 0A is TCP_LISTEN; the local address is hexadecimal ip:port
    return {f"socket:[{row[9]}]" for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == port}
