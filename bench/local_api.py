"""The whole platform on this machine: calls through its public address minus the same agent called directly."""

import json
import sys
import threading
import time
import uuid
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

import httpx

from bench.measure import Result, percentile

_ROOT: Final = Path(__file__).resolve().parents[1]
_DEV: Final = _ROOT / ".ambit" / "dev.json"
_AGENT: Final = "echo-agent"
_CALLS: Final = 160
_WARM_CALLS: Final = 3  # by each caller, at once: cold functions and fresh clients are not what is compared


def overhead() -> list[Result]:
    """p50 and p95 at concurrency 1 and 8; nothing, with a line that says why, when no local platform is up."""
    dev = described()
    if dev is None:
        return []
    access = token(dev["issuer"])
    results = []
    for concurrency in (1, 8):
        through = _measure(lambda: _through(dev["apiUrl"], access), concurrency)
        direct = _measure(_direct, concurrency)
        for part in (0.5, 0.95):
            name = f"local platform: through the API over the agent directly, c={concurrency}, p{round(part * 100)}"
            extra = percentile(through, part) - percentile(direct, part)
            results.append(Result(name, "ms", round(extra, 2), percentile(direct, part)))
    return results


def described() -> dict[str, Any] | None:
    """What `make dev` says of the platform that is up; None, with a line that says so, when none is."""
    if not _DEV.is_file():
        print("local platform: not up (make dev), left out", file=sys.stderr)
        return None
    found: dict[str, Any] = json.loads(_DEV.read_text(encoding="utf-8"))
    return found


def _measure(call: Callable[[], object], concurrency: int) -> list[float]:
    took: list[float] = []
    all_warm = threading.Barrier(concurrency)

    def work() -> None:
        for _ in range(_WARM_CALLS):
            call()
        all_warm.wait(timeout=60)
        for _ in range(_CALLS // concurrency):
            begun = time.perf_counter()
            call()
            took.append((time.perf_counter() - begun) * 1000)

    threads = [threading.Thread(target=work) for _ in range(concurrency)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert took, "every call failed"
    return took


def _through(api_url: str, token: str) -> None:
    headers = {"authorization": f"Bearer {token}"}
    httpx.post(
        f"{api_url}/v1/agents/{_AGENT}/invoke", json={"input": "x"}, headers=headers, timeout=60
    ).raise_for_status()


def _direct() -> None:
    import boto3

    client = _clients.setdefault(threading.get_ident(), None) or boto3.session.Session(
        region_name="us-east-1",
        aws_access_key_id="bench",
        aws_secret_access_key="bench",  # noqa: S106 - the agent host looks at the signature's form only
    ).client("bedrock-agentcore", endpoint_url="http://127.0.0.1:8099")
    _clients[threading.get_ident()] = client
    answer = client.invoke_agent_runtime(
        agentRuntimeArn=_runtime_arn(),
        runtimeSessionId=f"bench-{uuid.uuid4().hex}",
        contentType="application/json",
        payload=json.dumps(_payload()).encode(),
    )
    answer["response"].read()


_clients: dict[int, Any] = {}


@cache
def _runtime_arn() -> str:
    """The runtime of the agent that was made last, as the agent host tells."""
    import boto3

    control = boto3.session.Session("bench", "bench", region_name="us-east-1").client(
        "bedrock-agentcore-control", endpoint_url="http://127.0.0.1:8099"
    )
    prefix = f"ambit_local_{_AGENT.replace('-', '_')}_"
    runtimes = control.list_agent_runtimes()["agentRuntimes"]
    found = [item for item in runtimes if item["agentRuntimeName"].startswith(prefix)]
    assert found, "the agent host knows no runtime of the agent"
    return str(max(found, key=lambda item: item["lastUpdatedAt"])["agentRuntimeArn"])


def _payload() -> dict[str, Any]:
    about = {"runId": "run_1", "sessionId": "ses_1", "agent": _AGENT, "version": "ver_1", "mode": "sync"}
    gateway = {
        "gatewayUrl": "http://127.0.0.1:8080/v1/gateway",
        "runToken": "x",
        "runTokenExpiresAt": 2**31,
    }
    return {"input": "x", "context": None, "files": [], "metadata": {}, "ambit": {**about, **gateway}}


def token(issuer: str, client: str = "acme-developer") -> str:
    """An access token of a machine client."""
    endpoint = httpx.get(f"{issuer}/.well-known/openid-configuration", timeout=10).json()["token_endpoint"]
    form = {
        "grant_type": "client_credentials",
        "client_id": client,
        "client_secret": f"{client}-secret",
    }
    return str(httpx.post(endpoint, data=form, timeout=10).raise_for_status().json()["access_token"])
