from collections.abc import Iterator

import pytest

from platform_kit.outbound import Outbound
from tests.functional.moto_platform import platform_on_moto
from tests.stores import HandClock
from tests.webhook_world import Listener, World, listening


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as found:
        yield found


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, listener: Listener) -> Iterator[World]:
    """Tables, an endpoint on loopback, and a clock that is moved by hand."""
    with platform_on_moto(monkeypatch):
        yield World(HandClock(), Outbound(frozenset({listener.origin})))
