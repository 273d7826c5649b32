"""Replays whole, on moto: the bridge, the gateway and the agents' own kit; each version has code of its own."""

import contextlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from ambit_agent import Gateway, Invocation, Job
from ambit_agent.gateway import GatewayError

from lambdas.bridge import handler as bridge
from lambdas.gateway import handler as gateway
from tests.functional.fake_runtime import Exchange, FakeRuntime
from tests.functional.long_runs import NearGateway, Plant, plant_on_moto, stepwise
from tests.functional.moto_platform import TENANT_BUCKET, Answer, client, event, person, table
from tests.functional.run_platform import runs_on_moto, version_of
from tests.version_records import version_item

AGENT: Final = "echo-agent"
FIRST: Final = version_of(AGENT)
SECOND: Final = "ver_" + "b" * 32
MANIFEST: Final = {"tools": ["calculator", "time", "files.write"], "record": True}
START: Final = "POST /v1/runs/{id}/replays"
LIST: Final = "GET /v1/runs/{id}/replays"
LOOK: Final = "GET /v1/runs/{id}/replays/{replayId}"
Work = Callable[[Invocation, Gateway], Any]


@dataclass
class Stage:
    """The platform, and what each version of the agent does; what was handed to agents is kept."""

    runtime: FakeRuntime
    works: dict[str, Work] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)

    def release(self, version_id: str, work: Work, manifest: object = None, agent: str = AGENT, **more: object) -> None:
        """A version of the agent, of this code."""
        item = version_item(agent, version_id, MANIFEST if manifest is None else manifest, **more)
        table("control").put_item(Item=item)
        self.works[version_id] = work

    def act(self, exchange: Exchange, payload: dict[str, Any]) -> None:
        invocation = Invocation.parse(payload)
        self.tokens.append(invocation.run_token)
        near = NearGateway(invocation)
        near.handle = gateway.handle
        try:
            answer = self.works[invocation.version](invocation, near)
        except Exception as error:  # noqa: BLE001 - as bedrock-agentcore tells that the agent's code raised
            return exchange.json({"error": str(error), "error_type": type(error).__name__}, 500)
        if not inspect.isgenerator(answer):
            return exchange.json(answer)
        exchange.begin()
        for piece in answer:
            exchange.say(piece)
        return exchange.end()

    def call(self, route: str, who: dict[str, str] | None = None, **parts: Any) -> Answer:
        return Answer.of(bridge.handle(event(route, authorizer=who or person("acme"), **parts), None))

    def invoke(self, agent: str = AGENT, **context: Any) -> str:
        """Run the agent; the run's id."""
        body = {"input": "go", "context": {"act": "agent", **context}}
        answer = self.call("POST /v1/agents/{agent}/invoke", path={"agent": agent}, body=body)
        run_id = answer.json.get("runId")
        assert run_id, answer
        return str(run_id)

    def replay(self, run_id: str, who: dict[str, str] | None = None, **body: Any) -> Answer:
        return self.call(START, who, path={"id": run_id}, body=body)

    def replayed(self, run_id: str, **body: Any) -> dict[str, Any]:
        """What a replay shows."""
        answer = self.replay(run_id, **body)
        assert answer.status == 201, answer.json
        shown: dict[str, Any] = answer.json
        return shown


@contextlib.contextmanager
def staged(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The platform with nothing running yet."""
    with runs_on_moto(monkeypatch) as runtime:
        for made in (bridge.build, gateway.build, gateway._door):
            made.cache_clear()
        found = Stage(runtime)
        runtime.acts["agent"] = found.act
        yield found
        for made in (bridge.build, gateway.build, gateway._door):
            made.cache_clear()


def tried(near: Gateway, tool: str, /, **arguments: Any) -> dict[str, Any]:
    """What a call gave, or why it did not."""
    try:
        return near.tools.call(tool, **arguments)
    except GatewayError as refused:
        return {"refused": refused.code}


def effects() -> tuple[list[Any], list[str]]:
    """All that runs could have changed: every item but those that tell of replays and refusals, every object."""
    items = [item for name in ("runs", "ops", "control", "ledger") for item in table(name).scan()["Items"]]
    apart = ("#RATE", "#AUDIT", "#IDEM", "#SECURITY")
    left = [item for item in items if not item["sk"].startswith("REPLAY#") and not any(a in item["pk"] for a in apart)]
    objects = client("s3").list_objects_v2(Bucket=TENANT_BUCKET).get("Contents", [])
    return sorted(left, key=lambda item: (item["pk"], item["sk"])), sorted(found["Key"] for found in objects)


class Jobs(Stage):
    """An asynchronous agent whose runs are recorded, and the bridge to replay them by."""

    def __init__(self, runtime: FakeRuntime, plant: Plant) -> None:
        super().__init__(runtime)
        self.plant = plant

    def again(self, run: dict[str, Any], work: Callable[[Job], Any] | None = None) -> dict[str, Any]:
        """What a replay shows that leaves nothing behind; `work` is what the agent does in it."""
        begun = self.replay(run["runId"])
        assert (begun.status, begun.json["status"]) == (202, "running"), begun.json
        self.plant.work, before = work or self.plant.work, effects()
        self.plant.attempt(self.plant.runtime.calls[-1])
        assert effects() == before
        shown = self.call(LOOK, path={"id": run["runId"], "replayId": begun.json["replayId"]})
        assert shown.json["status"] == "finished", shown.json
        return dict(shown.json)

    def told(self, call: int) -> Any:
        """What the agent was told to go on from, the last time or before."""
        return self.plant.runtime.calls[call]["ambit"].get("resume")


@contextlib.contextmanager
def jobs_staged(monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    """An agent of jobs whose runs are recorded: three files, with a checkpoint after each."""
    with plant_on_moto(monkeypatch, stepwise, record=True) as plant:
        bridge.build.cache_clear()
        yield Jobs(plant.runtime, plant)
        bridge.build.cache_clear()
