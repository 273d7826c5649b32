from collections.abc import Iterator
from typing import Any

import pytest

from data_access_lib.tenant import TenantContext, TenantId
from lambdas.jobs import handler, tasks
from platform_kit.clock import SystemClock
from run_lifecycle.resolution import AgentResolver
from run_lifecycle.start import RunRequest, start_run
from tests.functional.fake_runtime import FakeRuntime
from tests.functional.moto_platform import person
from tests.functional.run_platform import runs_on_moto


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRuntime]:
    with runs_on_moto(monkeypatch) as fake:
        handler.build.cache_clear()
        yield fake
        handler.build.cache_clear()


@pytest.fixture
def answered(runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What the waiting workflow was told: (operation, token)."""
    told: list[tuple[str, str]] = []

    def answer(self: Any, operation: str, **_: str) -> bool:
        told.append((operation, self._token))
        return True

    monkeypatch.setattr(tasks.WorkflowTask, "_answer", answer)
    return told


@pytest.fixture
def step(answered: list[tuple[str, str]]) -> Any:
    """One invocation by the workflow."""

    def send(name: str, run: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
        about = {name: run[name] for name in ("tenantId", "runId", "jobId")} if run else {}
        token = {"taskToken": "token-1"} if name in ("start", "await") else {}
        return handler.handle({"step": name, **about, **token, **fields}, None)

    return send


@pytest.fixture
def queued(runtime: FakeRuntime) -> Any:
    """A job as the bridge hands it over."""

    def make(agent: str = "echo-async", seconds: int = 30, tenant: str = "acme", **context: Any) -> dict[str, Any]:
        jobs = handler.build()
        store = jobs.service.open_store(TenantContext(TenantId(tenant), person(tenant)["principalId"]))
        resolved = AgentResolver(lambda: jobs.parts.catalogue).resolve(agent, store, "prod", session="ses_1")
        request = RunRequest(
            agent=resolved, input="work", max_seconds=seconds, trace_id="ab" * 16, context=context, job=True
        )
        return {**start_run(request, store, SystemClock()).run, "tenantId": tenant}

    return make
