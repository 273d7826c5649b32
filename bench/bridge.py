"""The bridge's own code: a synchronous call, and the first byte of a stream."""

import json
import time
from typing import Any

from bench import in_process
from bench.measure import Result, percentile, samples
from lambdas.bridge.models import InvokeRequest
from lambdas.bridge.routes import ROUTES
from lambdas.bridge.service import Ask, BridgeService, LiveRun
from platform_kit.api import lambda_handler
from platform_kit.identity import Identity
from platform_kit.tracing import continue_trace
from run_lifecycle.conduct import Audience

BODY = {"input": "hello", "metadata": {"ticket": "42"}}


def sync_call() -> list[Result]:
    """A whole handler with AWS and the agent answering at once, beside a handler that only parses and answers."""
    service, event = in_process.service(), in_process.event(BODY)
    handler = lambda_handler(ROUTES, lambda: service)

    def call() -> None:
        assert handler(event, None)["statusCode"] == 200

    ours = samples(call, 500)
    floor = samples(lambda: _floor(event), 500)
    return [
        Result("bridge: own code of a sync call, p50", "ms", percentile(ours, 0.5), percentile(floor, 0.5)),
        Result("bridge: own code of a sync call, p95", "ms", percentile(ours, 0.95), percentile(floor, 0.95)),
    ]


def first_byte() -> list[Result]:
    """From the request to the agent's first words being shown, beside taking them from the agent directly."""
    service = in_process.service(*in_process.words())
    runtime = in_process.FakeRuntime(*in_process.words())
    ours = [_first_byte(service) for _ in range(220)][20:]
    direct = samples(lambda: next(runtime.invoke(None)), 200)  # type: ignore[arg-type]  # the fake looks at nothing
    overhead = [value - percentile(direct, 0.5) for value in ours]
    return [
        Result("stream: first byte over the agent called directly, p50", "ms", percentile(overhead, 0.5), 5.0),
        Result("stream: first byte over the agent called directly, p95", "ms", percentile(overhead, 0.95), 5.0),
    ]


def _first_byte(service: BridgeService) -> float:
    shown: list[float] = []
    begun = time.perf_counter()
    live = service.begin_stream(_ask())
    assert isinstance(live, LiveRun)
    service.lead_stream(live, Audience(lambda _: shown.append(time.perf_counter())))
    return (shown[0] - begun) * 1000


def _ask() -> Ask:
    who = Identity.from_context(in_process.event(BODY)["requestContext"]["authorizer"])
    return Ask(who, "echo", InvokeRequest(input="hello"), continue_trace(None))


def _floor(event: dict[str, Any]) -> dict[str, Any]:
    body = InvokeRequest.model_validate(json.loads(event["body"]))
    return {"statusCode": 200, "headers": {}, "body": json.dumps({"output": body.input})}
