from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from data_access_lib.tenant import TenantContext, TenantId
from lambdas.jobs.settings import JobsSettings
from run_lifecycle.assembly import RunParts, assemble
from run_lifecycle.resolution import RunnableAgent
from run_lifecycle.start import RunRequest, StartedRun, start_run
from run_lifecycle.store import TenantStore
from tests.functional.fake_runtime import FakeRuntime
from tests.functional.run_platform import runs_on_moto

AGENT = RunnableAgent("echo-agent", "sync", "ver_" + "0" * 32, "arn:runtime", "ins_1", "prod", "general", "standard")


@dataclass
class Stage:
    """One tenant's store on moto, and runs on it."""

    runtime: FakeRuntime
    parts: RunParts
    store: TenantStore
    more: dict[str, Any] = field(default_factory=dict)

    def request(self, **fields: Any) -> RunRequest:
        given = {"agent": AGENT, "input": "hi", "max_seconds": 25, "trace_id": "a" * 32, **fields}
        return RunRequest(**given)

    def start(self, **fields: Any) -> StartedRun:
        return start_run(self.request(**fields), self.store, self.parts.clock)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with runs_on_moto(monkeypatch) as runtime:
        parts = assemble(JobsSettings.from_environment(), longest_seconds=30)
        yield Stage(runtime, parts, parts.open_store(TenantContext(TenantId("acme"), "usr:1:dev")))
