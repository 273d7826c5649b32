from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.keyed import Keyed
from tests.stores import REGION, HandClock, Stores, WatchedClient, make_stores


@pytest.fixture(scope="session")
def aws() -> Iterator[dict[str, Any]]:
    with mock_aws():
        names = ("dynamodb", "s3", "kms")
        yield {name: boto3.client(name, region_name=REGION) for name in names}  # type: ignore[call-overload]


@pytest.fixture
def stores(aws: dict[str, Any]) -> Stores:
    return make_stores(aws["dynamodb"], aws["s3"])


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def keyed(stores: Stores, aws: dict[str, Any]) -> Keyed:
    return Keyed(stores, WatchedClient(aws["kms"]))
