from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.functional.idp.idp_process import RunningIdp, free_port, install
from tests.security.inventory import Inventory, take

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.local_stack import LocalStack


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningIdp]:
    """The local identity provider, a certified OpenID implementation, with its two issuers."""
    install()
    running = RunningIdp(free_port(), tmp_path_factory.mktemp("provider"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def inventory(platform: LocalStack) -> Inventory:
    return take(platform)


@pytest.fixture(scope="session")
def acme_admin(platform: LocalStack) -> Iterator[httpx.Client]:
    with platform.client("acme-admin", patient=True) as client:
        client.headers["accept"] = "application/json"
        yield client


@pytest.fixture(scope="session")
def globex_admin(platform: LocalStack) -> Iterator[httpx.Client]:
    with platform.client("globex-admin", patient=True) as client:
        yield client


def is_problem(answer: httpx.Response) -> bool:
    return answer.headers.get("content-type", "").startswith("application/problem+json")


@pytest.fixture(scope="session")
def check(inventory: Inventory) -> Callable[[httpx.Response], httpx.Response]:
    """No trace of globex, but for the path that a problem document repeats, and no failure of ours."""

    def clean(answer: httpx.Response) -> httpx.Response:
        text = json.dumps(answer.json() | {"instance": ""}) if answer.is_error and is_problem(answer) else answer.text
        found = [mark for mark in inventory.marks("globex") if mark in text]
        assert found == [], f"{answer.request.method} {answer.request.url}: {answer.text[:500]}"
        assert answer.status_code < 500, answer.text
        return answer

    return clean
