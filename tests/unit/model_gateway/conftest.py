from collections.abc import Iterator
from contextlib import closing

import pytest

from model_gateway.http import ProviderHttp, Times
from tests.model_provider import SimulatedProvider


@pytest.fixture
def provider() -> Iterator[SimulatedProvider]:
    with SimulatedProvider().serving() as served:
        yield served


@pytest.fixture
def post(provider: SimulatedProvider) -> Iterator[ProviderHttp]:
    times = Times(connect=2, first_byte=0.3, between_bytes=0.3, whole=5)
    with closing(ProviderHttp(provider.origin, times, most_bytes=20_000)) as made:
        yield made
