import os
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from hypothesis import settings
from moto import mock_aws

from tests.keyed import Keyed
from tests.stores import REGION, HandClock, SeenSignals, Stores, WatchedClient, make_stores

# What scripts/mutation.py asks for: few examples, always the same.
settings.register_profile("mutation", max_examples=25, derandomize=True, deadline=None, database=None)
if os.environ.get("AMBIT_HYPOTHESIS_PROFILE") == "mutation":
    settings.load_profile("mutation")


@pytest.fixture(scope="module")
def aws() -> Iterator[dict[str, Any]]:
    with mock_aws():
        names = ("dynamodb", "s3", "sts", "kms")
        yield {name: boto3.client(name, region_name=REGION) for name in names}  # type: ignore[call-overload]


@pytest.fixture
def stores(aws: dict[str, Any]) -> Stores:
    return make_stores(aws["dynamodb"], aws["s3"])


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def signals() -> SeenSignals:
    return SeenSignals()


@pytest.fixture
def keyed(stores: Stores, aws: dict[str, Any]) -> Keyed:
    return Keyed(stores, WatchedClient(aws["kms"]))
