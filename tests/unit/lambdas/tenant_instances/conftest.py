from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.stores import REGION, Stores, make_stores


@pytest.fixture(scope="module")
def aws() -> Iterator[dict[str, Any]]:
    with mock_aws():
        names = ("dynamodb", "s3")
        yield {name: boto3.client(name, region_name=REGION) for name in names}  # type: ignore[call-overload]


@pytest.fixture
def stores(aws: dict[str, Any]) -> Stores:
    return make_stores(aws["dynamodb"], aws["s3"])
