from collections.abc import Iterator

import pytest

from tests.functional.idp.idp_process import RunningIdp, free_port, install


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningIdp]:
    """The local identity provider, a certified OpenID implementation, with its two issuers."""
    install()
    running = RunningIdp(free_port(), tmp_path_factory.mktemp("provider"))
    running.start()
    yield running
    running.stop()
