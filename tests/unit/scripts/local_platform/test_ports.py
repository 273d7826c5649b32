from __future__ import annotations

import os
import socket

from scripts.local_platform import ports


def test_a_port_somebody_listens_on_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not ports.is_free(port)
        assert f"pid {os.getpid()} " in ports.listener(port)
    assert ports.is_free(port)


def test_a_tool_that_is_missing_or_fails_says_nothing() -> None:
    assert ports.first_line(["no-such-tool"]) == ""
    assert ports.first_line(["ps", "-p", "0"]) == ""
