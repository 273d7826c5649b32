"""Who asks gets the truth of the last 15 seconds on what is on, of the last second on what is stopped, or a refusal."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from data_access_lib.admin import PlatformReader
from data_access_lib.client import TenantScopedTable
from data_access_lib.controls import (
    CACHE_SECONDS,
    KINDS,
    MAX_FLAGS,
    MAX_OWN_SWITCHES,
    MAX_SWITCHES,
    SWITCH_SECONDS,
    Controls,
)
from data_access_lib.errors import StoreUnavailable
from data_access_lib.repositories.flags import Flags
from data_access_lib.tenant import TenantContext, TenantId
from governance.flags import CAPABILITIES, INVOKE, UPLOAD
from platform_kit.errors import CapabilityDisabled, DependencyUnavailable, KillSwitchActive
from tests.stores import SeenAudit, Stores, failure, raising
from tests.switchboard import Switchboard, flag, switch


class Time:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def admit(controls: Controls, name: str = INVOKE, agent: str = "echo-agent") -> None:
    controls.admit(name, tenant="acme", tier="basic", agent=agent)


@pytest.mark.parametrize("name", CAPABILITIES)
def test_what_is_on_is_let_through(name: str) -> None:
    admit(Switchboard().controls(), name)


def test_what_has_no_flag_is_refused() -> None:
    with pytest.raises(CapabilityDisabled, match=r"agents\.unheard"):
        admit(Switchboard().controls(), "agents.unheard")


def test_a_flag_counts_under_its_own_name_only() -> None:
    board = Switchboard(flags=[flag("agents.stream")])
    with pytest.raises(CapabilityDisabled):
        admit(board.controls())


@pytest.mark.parametrize(
    "active", [switch("platform", "platform"), switch("tenant", "acme"), switch("agent", "echo-agent")]
)
def test_a_switch_outdoes_a_flag(active: dict[str, Any]) -> None:
    controls = Switchboard(switches=[active]).controls()
    with pytest.raises(KillSwitchActive):
        admit(controls)
    with pytest.raises(KillSwitchActive):
        controls.let_run(tenant="acme", agent="echo-agent")


def test_a_tool_is_stopped_by_its_own_switch() -> None:
    controls = Switchboard(switches=[switch("tool", "files.read")]).controls()
    controls.let_run(tenant="acme", agent="echo-agent")
    controls.let_use("files.write")
    with pytest.raises(KillSwitchActive, match=r"files\.read"):
        controls.let_use("files.read")


def test_a_running_agent_needs_no_flag() -> None:
    Switchboard(flags=[]).controls().let_run(tenant="acme", agent="echo-agent")


def test_flags_are_read_every_fifteen_seconds_and_switches_every_second() -> None:
    board, time = Switchboard(), Time()
    controls = board.controls(time)
    admit(controls)
    time.now += SWITCH_SECONDS - 0.001
    admit(controls)
    controls.let_use("files.read")
    assert board.reads == 3  # the flags, the platform's switches, the tenant's own
    time.now += 0.001
    admit(controls)
    assert board.reads == 5
    time.now += CACHE_SECONDS - SWITCH_SECONDS
    admit(controls)
    assert board.reads == 8


def test_a_flag_that_is_switched_off_is_seen_within_fifteen_seconds() -> None:
    board, time = Switchboard(), Time()
    controls = board.controls(time)
    admit(controls)
    board.flags = []
    time.now += CACHE_SECONDS
    with pytest.raises(CapabilityDisabled):
        admit(controls)


STOPS = [("platform", "platform"), ("tenant", "acme"), ("agent", "echo-agent"), ("run", "acme/run_1")]


@pytest.mark.parametrize(("scope", "target"), STOPS)
def test_a_switch_is_met_by_every_call_from_a_second_after_it_was_set(scope: str, target: str) -> None:
    """The promise of a kill switch: at most a second for new calls, all caches of a process together."""
    board, time = Switchboard(), Time()
    controls = board.controls(time)
    controls.let_run(tenant="acme", agent="echo-agent", run_id="run_1")
    board.switches = [switch(scope, target)]
    time.now += 1.0
    with pytest.raises(KillSwitchActive):
        controls.let_run(tenant="acme", agent="echo-agent", run_id="run_1")
    board.switches = []
    time.now += 1.0
    controls.let_run(tenant="acme", agent="echo-agent", run_id="run_1")


def test_a_run_is_stopped_by_its_own_switch_and_no_other_run_is() -> None:
    controls = Switchboard(switches=[switch("run", "acme/run_1")]).controls()
    for tenant, run_id in (("acme", "run_2"), ("globex", "run_1"), ("acme", "")):
        controls.let_run(tenant=tenant, agent="echo-agent", run_id=run_id)
    with pytest.raises(KillSwitchActive):
        controls.let_run(tenant="acme", agent="echo-agent", run_id="run_1")


def test_switches_are_read_as_they_are_now_and_not_as_they_were(stores: Stores) -> None:
    stored(stores).let_run(tenant="acme", agent="echo-agent")
    assert [request["ConsistentRead"] for _, request in stores.client.calls] == [True, True]


def test_the_fifteen_seconds_count_from_before_the_reading() -> None:
    board, time = Switchboard(), Time()

    class Slow(Switchboard):
        def query(self, partition: str, **given: Any) -> Any:
            time.now += 10
            return board.query(partition, **given)

    controls = Slow().controls(time)
    admit(controls)
    admit(controls)
    assert board.reads == 6


def test_what_cannot_be_read_is_refused_even_if_it_was_on_a_moment_ago() -> None:
    board, time = Switchboard(), Time()
    controls = board.controls(time)
    admit(controls)
    board.fault = StoreUnavailable()
    time.now += CACHE_SECONDS
    for _ in range(2):
        with pytest.raises(DependencyUnavailable):
            admit(controls)
        with pytest.raises(DependencyUnavailable):
            controls.let_run(tenant="acme", agent="echo-agent")
        with pytest.raises(DependencyUnavailable):
            controls.let_use("files.read")
    board.fault = None
    admit(controls)


def test_a_surprise_in_reading_lets_nobody_through_later() -> None:
    board = Switchboard(fault=RuntimeError("unforeseen"))
    controls = board.controls()
    for _ in range(2):
        with pytest.raises(RuntimeError):
            admit(controls)


def test_more_switches_than_can_be_read_refuse_everything() -> None:
    board = Switchboard(switches=[switch("tenant", f"t{n}") for n in range(MAX_SWITCHES)])
    admit(board.controls())
    board.switches.append(switch("tenant", "acme"))
    with pytest.raises(DependencyUnavailable):
        admit(board.controls())


def test_more_flags_than_can_be_read_refuse_everything() -> None:
    board = Switchboard()
    board.flags += [flag(f"x{n}") for n in range(MAX_FLAGS)]
    with pytest.raises(DependencyUnavailable):
        admit(board.controls())


def test_threads_that_ask_together_read_once() -> None:
    board = Switchboard()
    controls = board.controls()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: admit(controls), range(64)))
    assert board.reads == 3


# What tenants have stopped themselves

OWN_STOPS = [("tenant", "acme"), ("agent", "echo-agent"), ("run", "acme/run_1")]


@pytest.mark.parametrize(("scope", "target"), OWN_STOPS)
def test_a_tenants_own_switch_is_met_a_second_after_it_was_set_and_stops_no_other_tenant(
    scope: str, target: str
) -> None:
    board, time = Switchboard(), Time()
    controls = board.controls(time)
    controls.let_run(tenant="acme", agent="echo-agent", run_id="run_1")
    board.own["acme"] = [switch(scope, target)]
    time.now += 1.0
    with pytest.raises(KillSwitchActive, match="administrators"):
        controls.let_run(tenant="acme", agent="echo-agent", run_id="run_1")
    controls.let_run(tenant="globex", agent="echo-agent", run_id="run_1")
    board.own = {}
    time.now += 1.0
    controls.let_run(tenant="acme", agent="echo-agent", run_id="run_1")


@pytest.mark.parametrize(("scope", "target"), [("platform", "platform"), ("tenant", "acme"), ("galaxy", "x")])
def test_whatever_a_tenants_switch_says_it_stops_no_other_tenant(scope: str, target: str) -> None:
    """Even one that was written past the API, and one of a scope that nobody understands, which stops all it can."""
    controls = Switchboard(own={"globex": [switch(scope, target)]}).controls()
    controls.let_run(tenant="acme", agent="echo-agent", run_id="run_1")
    controls.let_use("files.read")


def test_a_tenants_own_switch_stops_agents_and_not_the_upload_of_files() -> None:
    controls = Switchboard(own={"acme": [switch("tenant", "acme")]}).controls()
    controls.admit(UPLOAD, tenant="acme", tier="basic")
    with pytest.raises(KillSwitchActive):
        controls.admit(INVOKE, tenant="acme", tier="basic", agent="echo-agent")


def test_own_switches_that_cannot_be_read_refuse_their_tenant() -> None:
    board = Switchboard(own={"acme": [switch("agent", f"a{n}") for n in range(MAX_OWN_SWITCHES + 1)]})
    controls = board.controls()
    with pytest.raises(DependencyUnavailable):
        controls.let_run(tenant="acme", agent="echo-agent")
    controls.let_run(tenant="globex", agent="echo-agent")


def test_tenants_that_were_not_asked_for_lately_are_forgotten_and_read_again() -> None:
    board = Switchboard()
    controls = board.controls()
    for number in range(1_001):
        controls.let_run(tenant=f"tenant-{number}", agent="echo-agent")
    board.own["tenant-0"] = [switch("tenant", "tenant-0")]
    with pytest.raises(KillSwitchActive):
        controls.let_run(tenant="tenant-0", agent="echo-agent")


# On the store


def stored(stores: Stores) -> Controls:
    client: Any = stores.client

    def own(tenant: str) -> TenantScopedTable:
        context = TenantContext(TenantId(tenant), "service:controls")
        return TenantScopedTable(client, stores.control, context, stores.signals)

    return Controls(lambda: PlatformReader(client, stores.control, stores.signals, kinds=KINDS), own)


def put(stores: Stores, record: dict[str, Any]) -> None:
    from data_access_lib.admin import AdminContext, AdminTable

    client: Any = stores.client
    admin = AdminContext("usr:1:ops", ("Platform.Operator",), "test")
    table = AdminTable(client, stores.control, admin, SeenAudit(), stores.signals)
    transaction = table.transaction()
    Flags(table).put_in(transaction, record, etag=None)
    transaction.commit()


def test_a_stored_flag_is_obeyed_as_it_was_put(stores: Stores) -> None:
    put(stores, flag(INVOKE, {"tenants": ["acme"], "percent": 100}))
    admit(stored(stores))
    with pytest.raises(CapabilityDisabled):
        stored(stores).admit(INVOKE, tenant="globex", tier="basic")


def test_three_queries_reach_the_store(stores: Stores) -> None:
    put(stores, flag(INVOKE))
    stores.client.calls.clear()
    controls = stored(stores)
    admit(controls)
    admit(controls)
    assert stores.client.operations == ["query", "query", "query"]


@pytest.mark.parametrize("code", ["InternalServerError", "ProvisionedThroughputExceededException"])
def test_a_store_that_fails_refuses_with_503(stores: Stores, code: str) -> None:
    put(stores, flag(INVOKE))
    stores.client.answers["query"] = raising(failure(code))
    with pytest.raises(DependencyUnavailable):
        admit(stored(stores))
