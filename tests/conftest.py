"""Fixtures that several levels share."""

import gc
import os
from collections.abc import Callable, Iterator
from functools import cache

import botocore.session
import httpx
import pytest
from botocore.loaders import create_loader

from scripts.proofs.families import PROOFS
from tests.families import FamilyCounter
from tests.local_stack import LocalStack, running, start, stop

Connect = Callable[[str | None], httpx.Client]

# Each test with a mocked AWS begins a session of its own, and each session reads and parses AWS's service models anew:
# that was a third of the functional level. The models never change, so all sessions read them through one loader.
botocore.session.create_loader = cache(create_loader)
# Tests keep hundreds of thousands of objects (AWS's models, parsed modules), which the collector's usual pace of one
# young collection in 2 000 allocations walks again and again: an eighth of all levels' time.
gc.set_threshold(50_000, 20, 50)


def pytest_configure(config: pytest.Config) -> None:
    """Count the cases of the proofs."""
    for proof in PROOFS.values():
        config.pluginmanager.register(FamilyCounter(proof), f"{proof.name} proof")


def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are cores: tests also wait, for processes, sockets and threads."""
    return (os.cpu_count() or 1) * 3 // 2


@pytest.fixture(scope="session")
def platform() -> Iterator[LocalStack]:
    """The local platform: the one that is up, else one started for these tests and stopped after them."""
    found = running()
    if found is not None:
        yield found
        return
    yield start()
    stop()


@pytest.fixture(scope="session")
def caretaker(platform: LocalStack) -> Iterator[httpx.Client]:
    """An administrator of acme who puts right what earlier tests left."""
    with platform.client("acme-admin", patient=True) as client:
        yield client


@pytest.fixture
def connect(platform: LocalStack) -> Iterator[Connect]:
    """`connect("acme-developer")`: a client of the public API as that machine client; None for nobody."""
    clients: list[httpx.Client] = []

    def make(who: str | None) -> httpx.Client:
        clients.append(platform.client(who))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def acme(connect: Connect) -> httpx.Client:
    """A developer of acme."""
    return connect("acme-developer")


@pytest.fixture
def globex(connect: Connect) -> httpx.Client:
    """A developer of globex."""
    return connect("globex-developer")


@pytest.fixture
def operator(connect: Connect) -> httpx.Client:
    """An operator of the platform."""
    return connect("platform-operator")
