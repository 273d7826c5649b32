from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scripts.bootstrap.progress import PrerequisiteMissing
from scripts.local_platform import ports, processes
from scripts.local_platform.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Iterator

LISTEN = """
import socket, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("child", child.pid, flush=True)
while True:
    server.accept()[0].close()
"""


@pytest.fixture
def layout(tmp_path: Path) -> Iterator[Layout]:
    found = Layout(0, tmp_path)
    yield found
    processes.stop(found, "listener")


def listener(port: int, fingerprint: str = "1", source: str = LISTEN) -> processes.Part:
    return processes.Part(
        name="listener",
        command=[sys.executable, "-c", source, str(port)],
        environment={"PATH": os.environ["PATH"]},
        port=port,
        cwd=Path.cwd(),
        ready=lambda: not ports.is_free(port),
        fingerprint=fingerprint,
        start_seconds=10,
    )


def pid_of(layout: Layout) -> str:
    record = processes.recorded(layout, "listener")
    assert record is not None
    return record["pid"]


def test_an_unchanged_healthy_part_is_reused_and_a_changed_one_restarted(layout: Layout) -> None:
    port = ports.free_port()
    assert processes.ensure(layout, listener(port))
    first = pid_of(layout)
    assert not processes.ensure(layout, listener(port))
    assert pid_of(layout) == first
    assert processes.ensure(layout, listener(port, fingerprint="2"))
    assert pid_of(layout) != first


def test_stopping_ends_the_whole_process_group(layout: Layout) -> None:
    port = ports.free_port()
    processes.ensure(layout, listener(port))
    child = int(processes.log_tail(layout, "listener").split()[-1])
    assert processes.stop(layout, "listener")
    assert ports.is_free(port)
    # a zombie whose parent is gone is reaped by init: only a live process has a start time and a command
    assert ports.first_line(["ps", "-o", "stat=", "-p", str(child)]) in {"", "Z"}
    assert not processes.stop(layout, "listener")


def test_a_pid_file_of_a_process_that_is_gone_is_forgotten(layout: Layout) -> None:
    layout.pids.mkdir(parents=True)
    record = layout.pids / "listener.json"
    record.write_text(json.dumps({"pid": str(os.getpid()), "startedAt": "long ago", "fingerprint": "1"}))
    assert processes.recorded(layout, "listener") is None, "a reused process id is not our process"
    assert not record.exists()


def test_a_damaged_pid_file_is_forgotten(layout: Layout) -> None:
    layout.pids.mkdir(parents=True)
    (layout.pids / "listener.json").write_text("{")
    assert processes.recorded(layout, "listener") is None


def test_a_taken_port_is_named_with_the_process_that_has_it(layout: Layout, tmp_path: Path) -> None:
    port = ports.free_port()
    processes.ensure(layout, listener(port))
    with pytest.raises(PrerequisiteMissing, match=rf"Port {port} .* pid {pid_of(layout)} .*python"):
        processes.claim_port(listener(port))


def test_a_part_that_ends_at_once_shows_the_end_of_its_log(layout: Layout) -> None:
    broken = listener(ports.free_port(), source="raise SystemExit('no such thing')")
    with pytest.raises(processes.PartFailed, match="no such thing"):
        processes.ensure(layout, broken)
