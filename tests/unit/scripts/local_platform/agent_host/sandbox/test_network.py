from __future__ import annotations

import socket

from scripts.local_platform.agent_host.sandbox import network
from scripts.local_platform.ports import free_port


def test_the_listener_accepts_on_loopback_alone() -> None:
    port = free_port()
    with network.listen(port) as listener, socket.create_connection(("127.0.0.1", port), timeout=5):
        assert listener.getsockname() == ("127.0.0.1", port)


def test_bringing_up_a_loopback_that_is_up_changes_nothing() -> None:
    reader, writer = socket.socketpair()
    with reader, writer:
        try:
            network.loopback_up()
        except OSError:  # only root may, outside a namespace of its own
            return
    with network.listen(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
