"""Composition root of the function `interceptors`, which an AgentCore Gateway calls before and after its targets."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from data_access_lib.data_keys import Keyrings
from data_access_lib.repositories.tenants import TenantRecords
from data_access_lib.repositories.tools import ToolRecords
from data_access_lib.residency import by_record
from data_access_lib.sessions import TenantSessions
from enforcement.admission import KINDS as ADMITTING
from enforcement.admission import Admission
from enforcement.composition import Door
from enforcement.policies import PoliciesInForce
from enforcement.registrations import KINDS as REGISTERED
from enforcement.registrations import Registrations
from lambdas.interceptors.seals import PURPOSE
from lambdas.interceptors.service import Interceptors, refused_whole
from lambdas.interceptors.settings import InterceptorSettings
from platform_kit.run_keys import RunKey, kms_public_key
from run_lifecycle.callbacks import TaskCallbacks


@cache
def build() -> Interceptors:
    """The interceptors of this process."""
    settings = InterceptorSettings.from_environment()
    door = _door(settings)
    tenants = TenantRecords(door.reader(*ADMITTING))
    keyrings = Keyrings(door.sessions, settings.control_table, door.signals)
    registered = Registrations(lambda: ToolRecords(door.reader(*REGISTERED)))
    run_key = RunKey(settings.run_token_key_arn, kms_public_key)
    return Interceptors(
        version=settings.version,
        admission=Admission(run_key, lambda: tenants, settings.aws_region, door.clock),
        controls=door.controls(),
        desk=door.desks(TaskCallbacks(door.clients.get("stepfunctions")).wake),
        policies=PoliciesInForce(door.versions, registered),
        registered=registered,
        secret=lambda opened: keyrings.secret(opened.tenant, PURPOSE),
    )


def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Decide about one request or response of the gateway (both interception points)."""
    try:
        interceptors = build()
    except Exception as failure:  # noqa: BLE001 - what an interceptor raises, nobody promises to refuse
        return refused_whole(failure)
    return interceptors.answer(event)


def _door(settings: InterceptorSettings) -> Door:
    """No authoriser of ours stands before this door: where a tenant's data may be, its record says."""
    door = Door.of(settings)
    domains = by_record(TenantRecords(door.reader(*ADMITTING)), settings.aws_region)
    sessions = TenantSessions(door.clients.get("sts"), settings.tenant_role_arn, settings.aws_region, domains)
    return replace(door, sessions=sessions)
