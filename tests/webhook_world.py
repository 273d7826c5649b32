"""Webhooks as a whole on moto: routes, publisher and dispatcher over one set of tables, with a clock that is moved.

What is queued lands in `queued`; `deliver` takes it out as SQS would. Endpoints are real servers on loopback.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from data_access_lib.admin import PlatformCatalogue
from data_access_lib.client import TenantScopedTable
from data_access_lib.content import PLAIN, UNOPENED, Content
from data_access_lib.cursors import CursorCodec
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.budgets import Budgets
from data_access_lib.repositories.deliveries import Deliveries
from data_access_lib.repositories.event_log import TenantEvents
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.incidents import IncidentRecords
from data_access_lib.repositories.instances import Instances
from data_access_lib.repositories.runs import Runs
from data_access_lib.repositories.webhook_gates import WebhookGates
from data_access_lib.repositories.webhooks import Webhooks
from data_access_lib.tenant import TenantContext, TenantId
from governance.events import PlatformEvent
from governance.webhooks.messages import Dispatch
from governance.webhooks.sending import Sender
from lambdas.event_publisher import service as publishing
from lambdas.webhook_dispatcher import service as dispatching
from lambdas.webhook_dispatcher.models import Received
from lambdas.webhooks.desk import Desk
from lambdas.webhooks.routes import ROUTES, WebhooksApi
from lambdas.webhooks.sent import SentService
from lambdas.webhooks.service import WebhookService
from platform_kit.api import lambda_handler
from platform_kit.clock import milliseconds
from platform_kit.identity import Identity
from platform_kit.outbound import Outbound
from tests.functional.moto_platform import Answer, client, event, person, table
from tests.stores import HandClock, SeenSignals

ADMIN = person("acme", "Tenant.Admin", "ada")
Act = Callable[[BaseHTTPRequestHandler, bytes], None]


@dataclass
class Listener:
    """An endpoint on loopback. It answers challenges unless `shy`, everything else with `status`, and remembers all."""

    origin: str = ""
    status: int = 200
    shy: bool = False
    body: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)
    act: Act | None = None
    seen: list[dict[str, Any]] = field(default_factory=list)
    connections: int = 0

    def messages(self) -> list[dict[str, Any]]:
        """What it was sent besides challenges."""
        return [one for one in self.seen if one["json"]["type"] != "webhook.challenge"]

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["content-length"]))
        told = {"path": handler.path, "headers": dict(handler.headers), "body": body, "json": json.loads(body)}
        self.seen.append(told)
        asked = told["json"]["type"] == "webhook.challenge" and not self.shy
        if self.act is not None and not asked:
            self.act(handler, body)
            return
        said = json.dumps({"challenge": told["json"]["data"]["challenge"]}).encode() if asked else self.body
        handler.send_response(200 if asked else self.status)
        for name, value in {**self.headers, "content-length": str(len(said))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(said)


@contextmanager
def listening(port: int = 0) -> Iterator[Listener]:
    """A listener that is up."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            listener.take(self)

        def log_message(self, *_arguments: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def get_request(self) -> Any:
            listener.connections += 1
            return super().get_request()

    server = Server(("127.0.0.1", port), Handler)
    listener.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Queue:
    """The queue of deliveries, in memory."""

    queued: list[Dispatch] = field(default_factory=list)

    def send(self, dispatches: Any) -> None:
        self.queued += dispatches


@dataclass
class Bus:
    """The event bus, in memory; `down` for how many times it refuses."""

    put_events: list[PlatformEvent] = field(default_factory=list)
    down: int = 0

    def put(self, events: Any) -> None:
        if self.down:
            self.down -= 1
            raise ConnectionError("the bus is down")
        self.put_events += events


@dataclass
class World:
    """Everything there is of webhooks, for tests; `outbound` is the way out of dispatcher and routes."""

    clock: HandClock
    outbound: Outbound
    content: Content = PLAIN
    queue: Queue = field(default_factory=Queue)
    bus: Bus = field(default_factory=Bus)
    luck: float = 0.0

    def __post_init__(self) -> None:
        for tenant in ("acme", "globex"):
            self.put_tenant(tenant)

    def put_tenant(self, tenant: str, **fields: Any) -> None:
        record = {"tenantId": tenant, "status": "active", "tier": "standard", "residency": "us-east-1", "etag": 1}
        table("control").put_item(Item={"pk": "TENANT#platform#TENANT", "sk": tenant, **record, **fields})

    def scoped(self, name: str, tenant: str = "acme", content: Content | None = None) -> TenantScopedTable:
        who = TenantContext(TenantId(tenant), "usr:1:ada")
        used = self.content if content is None else content
        return TenantScopedTable(client("dynamodb"), f"ambit-test-{name}", who, SeenSignals(), content=used)

    def audit(self, tenant: str = "acme") -> AuditLog:
        return AuditLog(self.scoped("ledger", tenant), self.scoped("ops", tenant), self.clock)

    @cached_property
    def sender(self) -> Sender:
        return Sender(self.outbound, self.clock.now)

    @cached_property
    def _handle(self) -> Callable[..., dict[str, Any]]:
        def desk(who: Identity) -> Desk:
            tenant = who.tenant()
            return Desk(
                Webhooks(self.scoped("control", tenant)),
                Deliveries(self.scoped("runs", tenant)),
                TenantEvents(self.scoped("runs", tenant)),
                WebhookGates(self.scoped("ops", tenant)),
                self.audit(tenant),
                Idempotency(self.scoped("ops", tenant), self.clock),
            )

        queue: Any = self.queue
        endpoints = WebhookService(desk, self.sender, self.clock)
        sent = SentService(desk, queue, CursorCodec(lambda: [b"s" * 64]), self.clock)
        return lambda_handler(ROUTES, lambda: WebhooksApi(endpoints, sent))

    def call(self, route: str, who: dict[str, str] | None = None, **options: Any) -> Answer:
        """One request to the routes."""
        return Answer.of(self._handle(event(route, authorizer=who or ADMIN, **options), None))

    def register(self, url: str, *events: str, **options: Any) -> dict[str, Any]:
        """A registered endpoint, as it was answered."""
        answer = self.call("POST /v1/webhooks", body={"url": url, "events": list(events or ("*",))}, **options)
        assert answer.status == 201, answer.json
        made: dict[str, Any] = answer.json
        return made

    def shown(self, webhook_id: str) -> dict[str, Any]:
        """An endpoint as it is shown."""
        found: dict[str, Any] = self.call("GET /v1/webhooks/{id}", path={"id": webhook_id}).json
        return found

    def log(self, webhook_id: str, **query: str) -> list[dict[str, Any]]:
        """An endpoint's delivery log."""
        answer = self.call("GET /v1/webhooks/{id}/deliveries", path={"id": webhook_id}, query=query)
        found: list[dict[str, Any]] = answer.json["items"]
        return found

    @cached_property
    def publisher(self) -> publishing.EventPublisher:
        def desk(tenant_id: TenantId) -> publishing.TenantDesk:
            control, runs, ops = (self.scoped(name, tenant_id, UNOPENED) for name in ("control", "runs", "ops"))
            return publishing.TenantDesk(
                TenantEvents(runs),
                Webhooks(control),
                Deliveries(runs),
                Runs(runs, self.clock),
                IncidentRecords(ops),
                Budgets(ops, self.clock),
                Instances(control),
            )

        catalogue = PlatformCatalogue(client("dynamodb"), "ambit-test-control", SeenSignals())
        bus, queue = self.bus, self.queue
        return publishing.EventPublisher(desk, lambda: catalogue, bus, queue, self.clock)  # type: ignore[arg-type]

    @cached_property
    def dispatcher(self) -> dispatching.Dispatcher:
        def desk(tenant_id: TenantId) -> dispatching.TenantDesk:
            control, runs, ops = (self.scoped(name, tenant_id) for name in ("control", "runs", "ops"))
            return dispatching.TenantDesk(Webhooks(control), Deliveries(runs), WebhookGates(ops), self.audit(tenant_id))

        def status(tenant_id: TenantId) -> str | None:
            found = table("control").get_item(Key={"pk": "TENANT#platform#TENANT", "sk": tenant_id}).get("Item")
            return None if found is None else str(found["status"])

        queue: Any = self.queue
        return dispatching.Dispatcher(desk, status, self.sender, queue, self.clock, lambda: self.luck)

    def deliver(self, *, again: bool = False) -> int:
        """Hand out what is queued now, once; how many messages that were."""
        taken, self.queue.queued[:] = list(self.queue.queued), []
        for one in taken:
            self.dispatcher.take(Received("m", one, again))
        return len(taken)

    def run_ended(self, run: dict[str, Any], tenant: str = "acme") -> dict[str, Any]:
        """A run's record that has ended, and the stream's record of the event that ended it."""
        runs = table("runs")
        pk = f"TENANT#{tenant}#RUN#{run['runId']}"
        runs.put_item(Item={"pk": pk, "sk": "META", **run})
        image = {"stream": {"S": "lifecycle"}, "event": {"S": run["status"]}, "runId": {"S": run["runId"]}}
        return streamed(pk, "EVENT#0000000009", image)


def trial(world: World, webhook_id: str) -> dict[str, Any]:
    """A delivery that waits for its first attempt."""
    answer = world.call("POST /v1/webhooks/{id}/test", path={"id": webhook_id})
    assert answer.status == 202, answer.json
    found: dict[str, Any] = answer.json
    return found


def due(world: World) -> timedelta:
    """How long what is queued next has to wait."""
    return timedelta(milliseconds=world.queue.queued[0].due_ms - milliseconds(world.clock.now()))


def run_out(world: World) -> list[float]:
    """Deliver until nothing is queued; the hours of the waits."""
    waits = []
    while world.queue.queued:
        wait = max(due(world), timedelta())
        waits.append(wait.total_seconds())
        world.clock.moment += wait
        world.deliver()
    return waits


def streamed(pk: str, sk: str, image: dict[str, Any] | None = None, name: str = "INSERT") -> dict[str, Any]:
    """A record of a table's stream."""
    place = {"pk": {"S": pk}, "sk": {"S": sk}}
    told = {"SequenceNumber": f"{pk} {sk}", "Keys": place}
    return {"eventName": name, "dynamodb": told | ({"NewImage": {**place, **image}} if image else {})}
