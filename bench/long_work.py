"""Jobs, deliveries and events: how long work waits before it begins, and how many events one process folds in a second.

The two live measurements are of the running local platform (`make dev`): its Step Functions, SQS and streams are of
the local endpoint, which polls; on AWS they push. What is ours in them is told by the reference beside each.
"""

import json
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any, Final, TypeVar

import httpx

from bench.local_api import described, token
from bench.measure import Result, percentile
from data_access_lib.codec import encode_item
from data_access_lib.content import UNOPENED
from data_access_lib.repositories.budgets import Budgets
from data_access_lib.repositories.deliveries import Deliveries
from data_access_lib.repositories.event_log import TenantEvents
from data_access_lib.repositories.incidents import IncidentRecords
from data_access_lib.repositories.instances import Instances
from data_access_lib.repositories.runs import Runs
from data_access_lib.repositories.webhooks import Webhooks
from data_access_lib.table import TenantScopedTable
from data_access_lib.tenant import TenantContext, TenantId
from governance.events import cloud_event, facts
from lambdas.event_publisher.models import read
from lambdas.event_publisher.service import EventPublisher, TenantDesk
from platform_kit.clock import SystemClock, parse_rfc3339, rfc3339

_JOBS: Final = 20
_EVENTS: Final = 3000
_PORT: Final = 8098 + int(os.environ.get("AMBIT_PORT_OFFSET", "0"))
_SECONDS: Final = 120.0
Client = httpx.Client
Found = TypeVar("Found")


def folding() -> list[Result]:
    """Ends of jobs that become events on the bus, AWS answering at once; beside their bare reading and writing."""
    publisher = _publisher()
    records = [_ended(f"run_{number:032x}") for number in range(_EVENTS)]
    begun = time.perf_counter()
    assert publisher.take(records) is None
    ours = _EVENTS / (time.perf_counter() - begun)
    run = _run("run_" + "0" * 32)
    begun = time.perf_counter()
    for record in records:
        read(record)
        for event in facts.of_run("acme", run):
            cloud_event(event)
    bare = _EVENTS / (time.perf_counter() - begun)
    name = "events: folded from the stream, a second, against reading and writing them alone"
    return [Result(name, "1/s", round(ours, 1), round(bare, 1), higher_is_better=True)]


def waiting() -> list[Result]:
    """From a job's request to its agent, beside a whole synchronous call; from an event to its first delivery."""
    dev = described()
    if dev is None:
        return []
    with _client(dev, "acme-developer") as client, _client(dev, "acme-admin") as admin, _hooked(admin) as hook:
        for _ in range(3):
            _sync(client)
        calls = [_timed(lambda: _sync(client)) for _ in range(_JOBS)]
        starts = [_start_of(client, _job(client)) for _ in range(_JOBS)]
        delays = _delays(admin, hook)
    results = []
    for part in (0.5, 0.95):
        told = f"p{round(part * 100)}"
        call = percentile(calls, part)
        for what, took in (
            ("jobs: from the request to the agent's start", starts),
            ("webhooks: from the event to the first attempt", delays),
        ):
            results.append(Result(f"{what}, beside a whole call, {told}", "ms", percentile(took, part), call))
    return results


def _publisher() -> EventPublisher:
    class Store:
        """Every run has ended, no endpoint wants to know, and what is written is forgotten."""

        def get_item(self, *, Key: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: N803 - AWS's name
            run_id = str(Key["pk"]["S"]).rpartition("#")[2]
            return {"Item": encode_item(_run(run_id))} if run_id.startswith("run_") else {}

        def query(self, **_: Any) -> dict[str, Any]:
            return {"Items": []}

        def batch_get_item(self, **_: Any) -> dict[str, Any]:
            return {"Responses": {}, "UnprocessedKeys": {}}

        def put_item(self, **_: Any) -> dict[str, Any]:
            return {}

        update_item = put_item

    who = TenantContext(TenantId("acme"), "svc:bench")
    table = TenantScopedTable(Store(), "t", who, SimpleNamespace(), content=UNOPENED)  # type: ignore[arg-type]
    clock = SystemClock()
    desk = TenantDesk(
        *(TenantEvents(table), Webhooks(table), Deliveries(table), Runs(table, clock), IncidentRecords(table)),
        *(Budgets(table, clock), Instances(table)),
    )
    tenant = {"tenantId": "acme", "status": "active", "tier": "standard"}
    catalogue = SimpleNamespace(tenants=SimpleNamespace(find=lambda *_, **__: tenant))
    nowhere = SimpleNamespace(put=lambda _: None, send=lambda _: None)
    return EventPublisher(lambda _: desk, lambda: catalogue, nowhere, nowhere, clock)  # type: ignore[arg-type,return-value]


def _run(run_id: str) -> dict[str, Any]:
    now = rfc3339(datetime.now(UTC))
    ids = {"runId": run_id, "jobId": run_id.replace("run", "job"), "versionId": "ver_1", "sessionId": "ses_1"}
    told = {"agent": "echo", "status": "succeeded", "createdAt": now, "finishedAt": now}
    return {**ids, **told, "durationMs": 5, "costPico": 150_000_000}


def _ended(run_id: str) -> dict[str, Any]:
    place = {"pk": {"S": f"TENANT#acme#RUN#{run_id}"}, "sk": {"S": "EVENT#0000000009"}}
    image = {**place, "stream": {"S": "lifecycle"}, "event": {"S": "succeeded"}, "runId": {"S": run_id}}
    return {"eventName": "INSERT", "dynamodb": {"SequenceNumber": run_id, "Keys": place, "NewImage": image}}


def _client(dev: dict[str, Any], who: str) -> Client:
    access = token(dev["issuer"], who)
    return Client(base_url=dev["apiUrl"], headers={"authorization": f"Bearer {access}"}, timeout=60)


def _sync(client: Client) -> None:
    client.post("/v1/agents/echo-agent/invoke", json={"input": "x"}).raise_for_status()


def _job(client: Client) -> str:
    headers = {"prefer": "respond-async", "idempotency-key": uuid.uuid4().hex}
    answer = client.post("/v1/agents/echo-agent/invoke", json={"input": "x"}, headers=headers)
    return str(answer.raise_for_status().json()["runId"])


def _start_of(client: Client, run_id: str) -> float:
    """Milliseconds from the run's creation to its start."""
    path = f"/v1/runs/{run_id}"
    run = _until(lambda: _if(client.get(path).raise_for_status().json(), "finishedAt"))
    return _between(run["createdAt"], run["startedAt"])


def _delays(admin: Client, hook: str) -> list[float]:
    """Milliseconds from each delivery's making to its first attempt."""
    path = f"/v1/webhooks/{hook}/deliveries"

    def all_tried() -> list[dict[str, Any]] | None:
        items = admin.get(path, params={"limit": "50"}).raise_for_status().json()["items"]
        tried = [item for item in items if item["attempts"]]
        return tried if len(tried) >= _JOBS else None

    return [_between(item["createdAt"], item["attempts"][0]["at"]) for item in _until(all_tried)]


@contextmanager
def _hooked(admin: Client) -> Iterator[str]:
    """An endpoint on this machine that is told of jobs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body if b"webhook.challenge" not in body else _challenge(body))

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", _PORT), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    asked = {"url": f"http://127.0.0.1:{_PORT}/bench", "events": ["job.*"]}
    hook = str(admin.post("/v1/webhooks", json=asked).raise_for_status().json()["webhookId"])
    try:
        yield hook
    finally:
        etag = admin.get(f"/v1/webhooks/{hook}").headers["etag"]
        admin.delete(f"/v1/webhooks/{hook}", headers={"if-match": etag})
        server.shutdown()
        server.server_close()


def _challenge(body: bytes) -> bytes:
    told = json.dumps({"challenge": json.loads(body)["data"]["challenge"]}).encode()
    return told.ljust(len(body))


def _until(look: Callable[[], Found | None]) -> Found:
    deadline = time.monotonic() + _SECONDS
    while (found := look()) is None:
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.2)
    return found


def _if(run: dict[str, Any], name: str) -> dict[str, Any] | None:
    return run if run.get(name) else None


def _between(begin: str, end: str) -> float:
    return max(0.0, (parse_rfc3339(end) - parse_rfc3339(begin)).total_seconds() * 1000)


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000
