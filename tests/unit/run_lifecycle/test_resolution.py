from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from data_access_lib.tenant import TenantContext, TenantId
from governance.canary import Part, Share
from platform_kit.errors import (
    Conflict,
    Forbidden,
    NotFound,
    ResidencyExcludesRegion,
    RuntimeNotInRegion,
    TenantSuspended,
    VersionTampered,
)
from run_lifecycle.resolution import AgentResolver, RunnableAgent


class World:
    """Records in memory, and how often each was read."""

    def __init__(self) -> None:
        self.tenant: dict[str, Any] | None = {"tenantId": "acme", "tier": "standard", "status": "active"}
        self.template: dict[str, Any] | None = {"mode": "sync", "tierMinimum": "basic", "approvedVersionId": "ver_1"}
        self.version: dict[str, Any] | None = {"versionId": "ver_1", "status": "approved", "runtimeArn": "arn:1"}
        self.instance: dict[str, Any] | None = None
        self.others: dict[str, Any] = {}
        self.reads: list[str] = []
        self.now = 0.0

    def resolve(self, session: str = "ses_1") -> RunnableAgent:
        return self.resolver.resolve("echo", self.store, "prod", session=session)

    @property
    def store(self) -> Any:
        context = TenantContext(TenantId("acme"), "usr:1")
        instances = SimpleNamespace(find=lambda _: self._read("instance"), create_if_absent=self._create)
        pools = SimpleNamespace(list=list)
        return SimpleNamespace(context=context, instances=instances, pool_definitions=pools)

    def ready(self, **options: Any) -> "World":
        catalogue: Any = SimpleNamespace(
            tenants=SimpleNamespace(find=lambda _: self._read("tenant")),
            templates=SimpleNamespace(find=lambda _: self._read("template")),
            versions=SimpleNamespace(find=self._find_version),
        )
        self.resolver = AgentResolver(lambda: catalogue, monotonic=lambda: self.now, **options)
        return self

    def _find_version(self, _agent: str, version_id: str) -> Any:
        known = self._read("version")
        other = self.others.get(version_id, known)
        if isinstance(other, Exception):
            raise other
        return other

    def _read(self, name: str) -> Any:
        self.reads.append(name)
        return getattr(self, name)

    def _create(self, record: dict[str, Any]) -> dict[str, Any]:
        self.instance = record
        return record


@pytest.fixture
def world() -> World:
    return World().ready()


def test_the_agent_is_what_its_records_say(world: World) -> None:
    agent = world.resolve()
    assert (agent.name, agent.mode, agent.version_id, agent.runtime_arn) == ("echo", "sync", "ver_1", "arn:1")
    assert (agent.tier, agent.environment) == ("standard", "prod")
    assert world.instance is not None
    assert agent.instance_id == world.instance["instanceId"]


def test_an_agent_is_of_its_templates_domain(world: World) -> None:
    assert (world.resolver.domain("echo"), world.resolve().domain) == ("general", "general")
    assert world.template is not None
    world.template["domain"] = "finance"
    assert (world.resolver.domain("echo"), world.resolve().domain) == ("finance", "finance")
    world.template["domain"] = "Finance"
    assert (world.resolver.domain("echo"), world.resolve().domain) == ("", "")


def test_a_domain_is_looked_up_once_with_the_agent(world: World) -> None:
    world.resolver.domain("echo")
    assert world.reads == ["template"]
    world.resolve()
    assert world.reads.count("template") == 1


@pytest.mark.parametrize("template", [None, {"mode": "sync", "tierMinimum": "basic", "domain": "finance"}])
def test_what_cannot_run_is_of_no_domain(world: World, template: dict[str, Any] | None) -> None:
    world.template = template
    with pytest.raises(NotFound, match=r"^There is no such agent\.$"):
        world.resolver.domain("echo")


def test_a_second_call_reads_nothing(world: World) -> None:
    world.resolve()
    world.reads.clear()
    world.resolve()
    assert world.reads == []


def test_a_stage_may_keep_records_for_less_time(world: World) -> None:
    world.ready(cache_seconds=1)
    world.resolve()
    world.reads.clear()
    world.now = 0.9
    world.resolve()
    assert world.reads == []
    world.now = 1.1
    world.resolve()
    assert world.reads != []


def test_after_ten_seconds_a_suspension_is_seen(world: World) -> None:
    world.resolve()
    assert world.tenant is not None
    world.tenant = {**world.tenant, "status": "suspended"}
    world.now = 9.9
    world.resolve()
    world.now = 10.1
    with pytest.raises(TenantSuspended):
        world.resolve()


def test_a_pinned_version_is_the_one_that_runs(world: World) -> None:
    world.instance = {"instanceId": "ins_1", "status": "active", "environment": "prod", "versionId": "ver_1"}
    assert world.template is not None
    world.template["approvedVersionId"] = "ver_2"
    assert world.resolve().version_id == "ver_1"


@pytest.mark.parametrize(("instance", "asked"), [("dev", "prod"), ("prod", "dev"), ("prod", ""), ("", "prod")])
def test_an_instance_is_there_for_its_own_environment_only(world: World, instance: str, asked: str) -> None:
    world.instance = {"instanceId": "ins_1", "status": "active", "environment": instance}
    with pytest.raises(NotFound):
        world.resolver.resolve("echo", world.store, asked, session="s")
    assert world.resolver.resolve("echo", world.store, instance, session="s").environment == instance


def test_a_first_call_from_another_environment_decides_nothing(world: World) -> None:
    with pytest.raises(NotFound):
        world.resolver.resolve("echo", world.store, "dev", session="s")
    assert world.instance is None
    assert world.resolve().environment == "prod"


def no_version(world: World) -> None:
    assert world.template is not None
    world.template["approvedVersionId"] = None


def high_tier(world: World) -> None:
    assert world.template is not None
    world.template["tierMinimum"] = "premium"


def draft(world: World) -> None:
    assert world.version is not None
    world.version["status"] = "deprecated"


def not_deployed(world: World) -> None:
    assert world.version is not None
    world.version["runtimeArn"] = None


def paused(world: World) -> None:
    world.instance = {"instanceId": "ins_1", "status": "quarantined", "environment": "prod"}


def provisioning(world: World) -> None:
    assert world.tenant is not None
    world.tenant["status"] = "provisioning"


def absent(name: str) -> Callable[[World], None]:
    return lambda world: setattr(world, name, None)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (absent("template"), NotFound),
        (absent("tenant"), NotFound),
        (absent("version"), NotFound),
        (no_version, NotFound),
        (high_tier, Forbidden),
        (provisioning, Forbidden),
        (draft, Conflict),
        (not_deployed, Conflict),
        (paused, Conflict),
    ],
)
def test_what_cannot_run_says_why(change: Callable[[World], None], error: type[Exception], world: World) -> None:
    change(world)
    with pytest.raises(error) as raised:
        world.resolve()
    assert type(raised.value) is error


SECOND = {"versionId": "ver_2", "status": "approved", "runtimeArn": "arn:2"}
SESSIONS = [f"ses_{number:032x}" for number in range(200)]


def with_canary(world: World, weight: int = 5_000, **change: Any) -> World:
    canary = {"canaryId": "can_1", "stable": "ver_1", "candidate": "ver_2", "weight": weight, "status": "on", **change}
    world.instance = {"instanceId": "ins_1", "status": "active", "environment": "prod", "canary": canary}
    world.others = {"ver_2": dict(SECOND)}
    return world


def versions(world: World) -> list[str]:
    return [world.resolve(session).version_id for session in SESSIONS]


def test_a_canary_has_its_share_of_sessions_and_each_stays_where_it_is(world: World) -> None:
    seen = versions(with_canary(world))
    assert 60 < seen.count("ver_2") < 140
    assert versions(world) == seen
    shares = {(agent.version_id, agent.share) for agent in map(world.resolve, SESSIONS)}
    assert shares == {("ver_1", Share("can_1", Part.STABLE)), ("ver_2", Share("can_1", Part.CANDIDATE))}


def test_a_canary_costs_a_warm_call_nothing(world: World) -> None:
    versions(with_canary(world))
    world.reads.clear()
    versions(world)
    assert world.reads == []


@pytest.mark.parametrize("status", ["candidate", "deprecated", "rolled_back", "quarantined"])
def test_a_version_that_is_not_approved_gets_no_session_whatever_its_weight(world: World, status: str) -> None:
    with_canary(world, weight=10_000).others["ver_2"]["status"] = status
    assert set(versions(world)) == {"ver_1"}
    assert world.resolve().share is None


@pytest.mark.parametrize("fault", [VersionTampered("changed"), None])
def test_a_version_that_does_not_hold_or_is_gone_gets_no_session(world: World, fault: Exception | None) -> None:
    with_canary(world, weight=10_000).others["ver_2"] = fault
    assert set(versions(world)) == {"ver_1"}


def test_a_canary_of_an_earlier_approval_does_not_come_back_with_the_version(world: World) -> None:
    """Rolled back and approved again, a version gets the sessions of canaries that are begun then, and no others."""
    with_canary(world, weight=10_000, candidateApprovedAt="2026-01-01T00:00:00.000Z")
    world.others["ver_2"]["approvedAt"] = "2026-01-02T00:00:00.000Z"
    assert set(versions(world)) == {"ver_1"}
    world.ready().others["ver_2"]["approvedAt"] = "2026-01-01T00:00:00.000Z"
    assert set(versions(world)) == {"ver_2"}


def test_a_canary_beside_another_version_than_what_runs_by_now_is_passed_over(world: World) -> None:
    assert set(versions(with_canary(world, weight=10_000, stable="ver_0"))) == {"ver_1"}


@pytest.mark.parametrize("change", [{"status": "ended"}, {"weight": 0}, {"weight": "many"}, {"candidate": "ver_1"}])
def test_a_canary_that_is_over_or_makes_no_sense_moves_nobody(world: World, change: dict[str, Any]) -> None:
    assert set(versions(with_canary(world, **change))) == {"ver_1"}


def test_what_is_kept_of_one_agents_version_is_no_version_of_another_agent() -> None:
    world = World().ready()
    world.resolver.manifest("echo", "ver_1")
    world.version = None
    with pytest.raises(NotFound):
        world.resolver.manifest("other", "ver_1")


def test_what_an_evaluation_pins_is_of_no_canary(world: World) -> None:
    with_canary(world, weight=10_000).others["ver_3"] = {**SECOND, "versionId": "ver_3"}
    agent = world.resolver.resolve("echo", world.store, "prod", session="s", pinned="ver_3")
    assert (agent.version_id, agent.share) == ("ver_3", None)


def test_after_a_rollback_the_version_before_runs_though_the_template_is_still_kept(world: World) -> None:
    world.resolve()
    assert world.template is not None
    world.template = {**world.template, "approvedVersionId": "ver_2"}
    world.others = {"ver_1": {"versionId": "ver_1", "status": "rolled_back", "runtimeArn": "arn:1"}, "ver_2": SECOND}
    world.now = 9.9
    assert world.resolve().version_id == "ver_1", "kept for ten seconds"
    world.ready()
    world.resolver._records.get(("template", "echo"), lambda: {**world.template, "approvedVersionId": "ver_1"})  # type: ignore[dict-item]
    assert world.resolve().version_id == "ver_2"


def test_what_was_kept_from_before_its_approval_is_looked_at_again(world: World) -> None:
    """The process that ran a candidate's evaluation serves it as soon as it is approved."""
    world.template, approved = {"mode": "sync", "tierMinimum": "basic"}, world.template
    with pytest.raises(NotFound):
        world.resolve()
    world.version, promoted = {"versionId": "ver_1", "status": "candidate", "runtimeArn": "arn:1"}, world.version
    world.template = approved
    with pytest.raises(Conflict, match="is not approved"):
        world.resolve()
    world.version = promoted
    assert world.resolve().version_id == "ver_1"


def test_where_a_run_goes_is_asked_for_the_tenant_and_the_version() -> None:
    world = World()
    world.tenant = {"tenantId": "acme", "tier": "standard", "status": "active", "runtimeRegions": ["us-west-2"]}
    world.ready(place=lambda version, tenant: f"{version['versionId']} in {tenant['runtimeRegions'][0]}")

    assert world.resolve().runtime_arn == "ver_1 in us-west-2"


RUN = {"agent": "echo", "versionId": "ver_1", "runtimeArn": "arn:before"}


def test_a_runs_next_attempt_goes_where_agents_run_now() -> None:
    world = World().ready(place=lambda *_: "arn:now")

    assert world.resolver.runtime_of(RUN, TenantId("acme")) == "arn:now"


@pytest.mark.parametrize(
    "refusal", [ResidencyExcludesRegion("x"), RuntimeNotInRegion("x"), VersionTampered("x")], ids=repr
)
def test_a_run_that_may_not_go_there_stays_where_it_was(refusal: Exception) -> None:
    def refuse(*_: Any) -> str:
        raise refusal

    assert World().ready(place=refuse).resolver.runtime_of(RUN, TenantId("acme")) == "arn:before"


def test_a_run_of_a_version_that_is_gone_stays_where_it_was() -> None:
    world = World().ready(place=lambda *_: "arn:now")
    world.version = None

    assert world.resolver.runtime_of(RUN, TenantId("acme")) == "arn:before"
