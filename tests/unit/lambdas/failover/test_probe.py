from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from lambdas.failover.probe import Probe

ARN = "arn:aws:bedrock-agentcore:{region}:000000000000:runtime/ambit_test_probe-0000000000"


class Runtimes:
    def __init__(self, failure: Exception | None) -> None:
        self.failure = failure
        self.asked: list[str] = []

    def stop_runtime_session(self, **request: Any) -> None:
        self.asked.append(request["agentRuntimeArn"])
        assert len(request["runtimeSessionId"]) >= 33
        if self.failure:
            raise self.failure


def said(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "x"}}, "StopRuntimeSession")


@pytest.mark.parametrize(
    ("failure", "well"),
    [
        (None, True),
        (said("ResourceNotFoundException"), True),
        (said("AccessDeniedException"), True),
        (said("ThrottlingException"), True),
        (said("InternalServerException"), False),
        (said("ServiceUnavailableException"), False),
        (EndpointConnectionError(endpoint_url="http://x"), False),
    ],
    ids=repr,
)
def test_a_region_is_there_that_says_so_of_what_is_not(failure: Exception | None, *, well: bool) -> None:
    runtimes, regions = Runtimes(failure), list[str]()

    def client(region: str) -> Runtimes:
        regions.append(region)
        return runtimes

    assert Probe(client, ARN)("us-west-2") is well
    assert (regions, runtimes.asked) == (["us-west-2"], [ARN.replace("{region}", "us-west-2")])
