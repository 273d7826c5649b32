import json
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from lambdas.gateway.models import AppendEvents, Complete, Heartbeat
from lambdas.gateway.service import INLINE_OUTPUT_BYTES, GatewayService
from platform_kit.errors import Conflict, DependencyUnavailable, ModeMismatch
from platform_kit.run_token import RunClaims
from run_lifecycle.callbacks import TaskGone
from tests.unit.lambdas.gateway.gateway_fakes import RUN_ID, FixedClock, in_force, world


@dataclass
class FakeTasks:
    gone: bool = False
    heard: list[tuple[str, ...]] = field(default_factory=list)

    def succeed(self, *given: str) -> None:
        self._take("succeed", *given)

    def fail(self, *given: str) -> None:
        self._take("fail", *given)

    def heartbeat(self, *given: str) -> None:
        self._take("heartbeat", *given)

    def _take(self, *given: str) -> None:
        if self.gone:
            raise TaskGone
        self.heard.append(given)


def service(tasks: FakeTasks | None = None, mint: Any = None) -> GatewayService:
    waiting = cast("Any", tasks or FakeTasks())
    return GatewayService(mint or (lambda _claims: "token"), waiting, in_force(), FixedClock())


def test_a_token_is_minted_for_the_binding_and_the_runs_own_principal() -> None:
    minted: list[RunClaims] = []

    def mint(claims: RunClaims) -> str:
        minted.append(claims)
        return "fresh"

    found = service(mint=mint).refresh(world(mode="async").desk)
    assert minted == [RunClaims("acme", RUN_ID, "echo-agent", "ver_1", "ses_1", "async", "usr:a:b")]
    assert (found.token, found.expires_at - FixedClock().now().timestamp()) == ("fresh", 300)


def test_a_heartbeat_without_a_workflow_asks_nobody() -> None:
    tasks = FakeTasks()
    assert service(tasks).heartbeat(world().desk, Heartbeat()).status == "running"
    assert tasks.heard == []


def test_a_workflow_that_is_gone_does_not_fail_a_heartbeat() -> None:
    desk = world(mode="async", taskToken="t").desk
    assert service(FakeTasks(gone=True)).heartbeat(desk, Heartbeat()).cancelled is False


def test_events_go_to_the_log_as_they_are() -> None:
    found = world()
    event = {"stream": "assistant", "event": "finding", "payload": {"a": 1}}
    assert service().append(found.desk, AppendEvents.model_validate({"events": [event]})).last_seq == 2
    (draft,) = found.runs.log.drafts
    assert (draft.stream, draft.event, draft.payload) == ("assistant", "finding", {"a": 1})


@pytest.mark.parametrize("size", [INLINE_OUTPUT_BYTES - 2, INLINE_OUTPUT_BYTES - 1])
def test_an_output_is_kept_with_the_run_up_to_its_limit(size: int) -> None:
    found = world(mode="async", taskToken="t")
    service().complete(found.desk, Complete(status="succeeded", output="x" * size))
    inline = size + 2 <= INLINE_OUTPUT_BYTES
    assert ("pendingOutput" in found.runs.record) == inline
    assert ("pendingOutputKey" in found.runs.record) == (not inline)


def test_completion_wakes_the_workflow_with_the_run() -> None:
    tasks = FakeTasks()
    service(tasks).complete(world(mode="async", taskToken="t").desk, Complete(status="succeeded"))
    [(operation, token, told)] = tasks.heard
    assert (operation, token, json.loads(told)["next"]) == ("succeed", "t", "settle")


def test_completing_again_after_the_workflow_went_on_is_fine() -> None:
    desk = world(mode="async", taskToken="t", pendingStatus="succeeded").desk
    assert service(FakeTasks(gone=True)).complete(desk, Complete(status="succeeded")).status == "succeeded"


def test_the_first_outcome_stands() -> None:
    desk = world(mode="async", taskToken="t", pendingStatus="failed").desk
    with pytest.raises(Conflict, match="failed"):
        service().complete(desk, Complete(status="succeeded"))


def test_a_run_that_answers_its_call_is_not_completed() -> None:
    with pytest.raises(ModeMismatch):
        service().complete(world(mode="streaming").desk, Complete(status="succeeded"))


def test_without_a_task_token_the_outcome_is_kept_and_the_agent_told_to_try_again() -> None:
    found = world(mode="async")
    with pytest.raises(DependencyUnavailable):
        service().complete(found.desk, Complete(status="succeeded", output=1))
    assert found.runs.record["pendingOutput"] == 1
