from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from data_access_lib import keys
from data_access_lib.tenant import TenantId
from lambdas.bridge.results import MOST_IN_REPLY_BYTES, with_result
from tests.stores import REGION, HandClock, Stores, make_stores

RUN_ID = "run_" + "1" * 32
KEY = keys.output_object(TenantId("acme"), RUN_ID)
RUN: dict[str, Any] = {"runId": RUN_ID, "jobId": "job_1", "status": "succeeded", "outputKey": KEY}


@pytest.fixture
def stores() -> Iterator[Stores]:
    with mock_aws():
        yield make_stores(boto3.client("dynamodb", region_name=REGION), boto3.client("s3", region_name=REGION))


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def store(stores: Stores) -> Any:
    return SimpleNamespace(context=stores.table(stores.runs).tenant, bucket=stores.objects)


def test_what_is_too_large_for_a_reply_is_read_once(stores: Stores, clock: HandClock) -> None:
    stores.objects().put(KEY, b'"' + b"x" * MOST_IN_REPLY_BYTES + b'"', content_type="application/json")
    shown = with_result(RUN, store(stores), clock)
    assert "output" not in shown
    stores.s3.calls.clear()
    again = with_result(RUN, store(stores), clock)
    assert not [operation for operation, _ in stores.s3.calls if operation in {"get_object", "put_object"}]
    assert again["resultUrlExpiresAt"] == shown["resultUrlExpiresAt"]
    clock.advance(seconds=60)
    assert with_result(RUN, store(stores), clock)["resultUrlExpiresAt"] > shown["resultUrlExpiresAt"]


@pytest.mark.parametrize("run", [{**RUN, "outputKey": None}, {**RUN, "status": "failed"}], ids=["small", "failed"])
def test_what_has_no_large_result_has_no_address(run: dict[str, Any], stores: Stores, clock: HandClock) -> None:
    assert with_result(run, store(stores), clock) == run
