from __future__ import annotations

import os
import signal
import sys

import pytest

from scripts.local_platform.agent_host import session_process


@pytest.mark.skipif(sys.platform != "linux", reason="process namespaces are Linux's")
def test_the_first_process_tells_how_the_session_ended_and_reaps_the_rest() -> None:
    told, tells = os.pipe()
    first = os.fork()
    if first == 0:
        session_process.watch(tells, ())
        if os.fork() == 0:
            os._exit(1)
        os._exit(3)
    os.close(tells)
    assert os.waitpid(first, 0)[1] == 0
    with os.fdopen(told) as status:
        assert os.waitstatus_to_exitcode(int(status.read())) == 3


def test_the_zygotes_ways_with_signals_are_dropped() -> None:
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        session_process.quiet_signals()
        default = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        os._exit(0 if default else 1)
    assert os.waitpid(pid, 0)[1] == 0
