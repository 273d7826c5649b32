"""Composition root of the function `sequencer`: it follows the stream of the runs table.

{"Records": […]}            → {"batchItemFailures": […]}: where the stream is to begin again, at most one place
{"tenantId", "runId"}       → {"entered": n}: by an operator, after records were lost
{"source": "ambit.dead-letters", "detail": {…}}     the same, or {"lost": {streamArn, …}} → {"records": n}: those of a
                              batch that failed, which are still in the stream; when its dead letter is done again
"""

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import boto3

from data_access_lib.admin import PlatformServiceTable
from data_access_lib.client import TenantScopedTable
from data_access_lib.data_keys import Keyrings
from data_access_lib.failures import store_failures
from data_access_lib.lost_batches import LostBatch, lost_batch, records_of
from data_access_lib.repositories.audit_sequence import AuditSequence
from data_access_lib.repositories.events import EventLog
from data_access_lib.repositories.tenants import Tenants
from data_access_lib.residency import by_record
from data_access_lib.sessions import TenantSessions, client_config
from data_access_lib.signals import AccessSignals, OpsAccessSignals
from data_access_lib.tenant import TenantContext, TenantId
from governance.dead_letters import SOURCE
from lambdas.sequencer.lost import tells_of_an_act
from lambdas.sequencer.models import CatchUp
from lambdas.sequencer.service import Sequencer, TenantDesk, again_from
from lambdas.sequencer.settings import SequencerSettings

_PRINCIPAL = "svc:sequencer"


@cache
def build() -> Sequencer:
    """The service of this process."""
    settings = SequencerSettings.from_environment()
    signals = OpsAccessSignals(lambda: _client("dynamodb"), settings.ops_table)
    tenants = Tenants(
        PlatformServiceTable(_client("dynamodb"), settings.control_table, "sequencer", frozenset({"TENANT"}), signals)
    )
    residence = by_record(tenants, settings.aws_region)
    sessions = TenantSessions(_client("sts"), settings.tenant_role_arn, settings.aws_region, residence)
    keyrings = Keyrings(sessions, settings.control_table, signals)

    def status(tenant_id: TenantId) -> str | None:
        record = tenants.find(tenant_id)
        return None if record is None else str(record.get("status"))

    return Sequencer(
        lambda tenant_id: _desk(settings, sessions, keyrings, signals, tenant_id),
        status,
        _aside(settings.unsequenced_queue_url),
    )


def handle(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Enter a batch, or catch up with one run."""
    if event.get("source") == SOURCE:
        return _again(dict(event["detail"]))
    if "Records" not in event:
        return _catch_up(event)
    records = list(event["Records"])
    place = again_from(records, build().enter(records))
    return {"batchItemFailures": [{"itemIdentifier": place}] if place else []}


def _again(detail: Mapping[str, Any]) -> dict[str, Any]:
    if "lost" in detail:
        return {"records": _enter_lost(lost_batch(detail["lost"]))}
    return _catch_up(detail)


def _catch_up(event: Mapping[str, Any]) -> dict[str, Any]:
    step = CatchUp.model_validate(dict(event))
    return {"entered": build().catch_up(TenantId(step.tenant_id), step.run_id)}


def _enter_lost(batch: LostBatch) -> int:
    """Enter what is in the batch; what is entered already is left alone. RuntimeError when a tenant's still fails."""
    records = [record for record in records_of(_client("dynamodbstreams"), batch) if tells_of_an_act(record)]
    if failed := build().enter(records):
        raise RuntimeError(f"{len(failed)} tenants' acts could not be entered")
    return len(records)


def _desk(
    settings: SequencerSettings,
    sessions: TenantSessions,
    keyrings: Keyrings,
    signals: AccessSignals,
    tenant_id: TenantId,
) -> TenantDesk:
    who = TenantContext(tenant_id, _PRINCIPAL)
    content = keyrings.content(who)
    client = sessions.dynamodb(tenant_id)
    ledger, ops = (
        TenantScopedTable(client, name, who, signals) for name in (settings.ledger_table, settings.ops_table)
    )
    runs = TenantScopedTable(client, settings.runs_table, who, signals, content=content)
    return TenantDesk(AuditSequence(ledger, ops), EventLog(runs), content)


def _aside(queue_url: str) -> Callable[[str, str], None]:
    def set_aside(place: str, reason: str) -> None:
        """Keys and a word: no content leaves the tables."""
        with store_failures():
            _client("sqs").send_message(QueueUrl=queue_url, MessageBody=json.dumps({"place": place, "reason": reason}))

    return set_aside


@cache
def _client(service: str) -> Any:
    return boto3.session.Session().client(service, config=client_config(service))  # type: ignore[call-overload]  # a name
