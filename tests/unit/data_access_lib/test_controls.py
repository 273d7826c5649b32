"""Who asks whether something is switched on gets the truth of the last 15 seconds, or a refusal."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from data_access_lib.admin import PlatformReader
from data_access_lib.controls import CACHE_SECONDS, KINDS, MAX_FLAGS, MAX_SWITCHES, Controls
from data_access_lib.errors import StoreUnavailable
from data_access_lib.repositories.flags import Flags
from governance.flags import CAPABILITIES, INVOKE
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


def test_everything_is_read_with_two_queries_and_then_not_for_fifteen_seconds() -> None:
    board, time = Switchboard(), Time()
    controls = board.controls(time)
    admit(controls)
    time.now += CACHE_SECONDS - 0.001
    admit(controls)
    controls.let_use("files.read")
    assert board.reads == 2
    time.now += 0.001
    admit(controls)
    assert board.reads == 4


@pytest.mark.parametrize("turn", ["off", "stop"])
def test_a_change_is_seen_within_fifteen_seconds(turn: str) -> None:
    board, time = Switchboard(), Time()
    controls = board.controls(time)
    admit(controls)
    board.flags = [] if turn == "off" else board.flags
    board.switches = [switch("tenant", "acme")] if turn == "stop" else []
    time.now += CACHE_SECONDS
    with pytest.raises((CapabilityDisabled, KillSwitchActive)):
        admit(controls)


def test_the_fifteen_seconds_count_from_before_the_reading() -> None:
    board, time = Switchboard(), Time()

    class Slow(Switchboard):
        def query(self, partition: str, **given: Any) -> Any:
            time.now += 10
            return board.query(partition, **given)

    controls = Slow().controls(time)
    admit(controls)
    admit(controls)
    assert board.reads == 4


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
    assert board.reads == 2


# On the store


def stored(stores: Stores) -> Controls:
    client: Any = stores.client
    return Controls(lambda: PlatformReader(client, stores.control, stores.signals, kinds=KINDS))


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


def test_two_queries_reach_the_store(stores: Stores) -> None:
    put(stores, flag(INVOKE))
    stores.client.calls.clear()
    controls = stored(stores)
    admit(controls)
    admit(controls)
    assert stores.client.operations == ["query", "query"]


@pytest.mark.parametrize("code", ["InternalServerError", "ProvisionedThroughputExceededException"])
def test_a_store_that_fails_refuses_with_503(stores: Stores, code: str) -> None:
    put(stores, flag(INVOKE))
    stores.client.answers["query"] = raising(failure(code))
    with pytest.raises(DependencyUnavailable):
        admit(stored(stores))
