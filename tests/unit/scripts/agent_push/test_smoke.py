from __future__ import annotations

import httpx
import pytest

from governance.manifest import Manifest
from scripts.agent_push.errors import PushError
from scripts.agent_push.smoke import smoke
from tests.unit.scripts.agent_push.test_registry import MANIFEST, Api


def test_smoke_gives_the_runs_status() -> None:
    api = Api(**{"POST /v1/agents/echo-agent/invoke": [(200, {"status": "succeeded"})]})
    client = httpx.Client(base_url="http://api", transport=httpx.MockTransport(api))
    assert smoke(client, MANIFEST, "ver_1") == {"status": "succeeded"}


def test_smoke_gives_an_agent_that_reads_files_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    uploads: list[tuple[str, dict[str, str]]] = []

    def put(url: str, *, content: bytes, headers: dict[str, str], timeout: float) -> httpx.Response:
        assert content
        uploads.append((url, headers))
        return httpx.Response(200)

    monkeypatch.setattr(httpx, "put", put)
    answers = {
        "POST /v1/files": [(201, {"fileId": "fil_1", "uploadUrl": "http://s3/put"})],
        "POST /v1/agents/echo-agent/invoke": [(200, {"status": "succeeded"})],
    }
    api = Api(**answers)
    client = httpx.Client(base_url="http://api", transport=httpx.MockTransport(api))
    reader = Manifest.parse(MANIFEST.as_dict() | {"tools": ["files.read"]})
    assert smoke(client, reader, "ver_1")["status"] == "succeeded"
    assert api.sent[-1][2]["files"] == ["fil_1"]
    assert uploads == [("http://s3/put", {"content-type": "text/csv"})]


def test_smoke_that_fails_is_an_error() -> None:
    api = Api(**{"POST /v1/agents/echo-agent/invoke": [(502, {"code": "AGENT_FAILED", "detail": "crashed"})]})
    client = httpx.Client(base_url="http://api", transport=httpx.MockTransport(api))
    with pytest.raises(PushError, match="smoke: 502 AGENT_FAILED crashed"):
        smoke(client, MANIFEST, "ver_1")


@pytest.mark.parametrize("status", ["failed", "halted", "timed_out", "cancelled"])
def test_smoke_of_a_run_that_ended_badly_is_an_error(status: str) -> None:
    run = {"runId": "run_1", "status": status, "error": {"message": "it crashed"}}
    api = Api(**{"POST /v1/agents/echo-agent/invoke": [(200, run)]})
    client = httpx.Client(base_url="http://api", transport=httpx.MockTransport(api))
    with pytest.raises(PushError, match=f"the run run_1 {status}: it crashed"):
        smoke(client, MANIFEST, "ver_1")


def test_the_version_before_proves_nothing() -> None:
    runs = [(200, {"status": "succeeded", "version": version}) for version in ("ver_0", "ver_0", "ver_1")]
    client = httpx.Client(
        base_url="http://api", transport=httpx.MockTransport(Api(**{"POST /v1/agents/echo-agent/invoke": runs}))
    )
    slept: list[float] = []
    assert smoke(client, MANIFEST, "ver_1", sleep=slept.append)["version"] == "ver_1"
    assert len(slept) == 2


def test_a_version_that_never_comes_to_answer_is_an_error() -> None:
    runs = [(200, {"status": "succeeded", "version": "ver_0"})] * 200
    client = httpx.Client(
        base_url="http://api", transport=httpx.MockTransport(Api(**{"POST /v1/agents/echo-agent/invoke": runs}))
    )
    with pytest.raises(PushError, match="ver_0 still answers after 60 s, and not ver_1"):
        smoke(client, MANIFEST, "ver_1", sleep=lambda _: None)


def test_an_agents_first_version_is_waited_for_as_caches_hold_that_there_is_none() -> None:
    answers = [(404, {"code": "NOT_FOUND"}), (200, {"status": "succeeded", "version": "ver_1"})]
    client = httpx.Client(
        base_url="http://api", transport=httpx.MockTransport(Api(**{"POST /v1/agents/echo-agent/invoke": answers}))
    )
    slept: list[float] = []
    assert smoke(client, MANIFEST, "ver_1", sleep=slept.append)["version"] == "ver_1"
    assert len(slept) == 1
