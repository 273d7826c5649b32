from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.functional.idp.idp_process import RunningIdp, free_port, install

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def idp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningIdp]:
    install()
    running = RunningIdp(free_port(), tmp_path_factory.mktemp("idp"))
    running.start()
    yield running
    running.stop()
