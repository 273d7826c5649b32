from typing import Any

import pytest

from enforcement.composition import Door, DoorSettings
from platform_kit.identity import Identity
from tests.functional.gateway.conftest import token_of
from tests.functional.moto_platform import person

SETTINGS = DoorSettings(
    control_table="c", runs_table="r", ops_table="o", ledger_table="l", tenant_bucket="b", tenant_role_arn="arn"
)
RUN = {"tenant": "acme", "runId": "run_" + "1" * 32, "agent": "a", "versionId": "v", "sessionId": "s", "mode": "sync"}


class FakeClients:
    """Clients that nobody may use: to put a door together asks nothing of AWS."""

    def get(self, service: str, _config: Any = None) -> Any:
        return service


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    monkeypatch.setattr("enforcement.composition.Clients", lambda _region: FakeClients())
    made = Door.of(SETTINGS)
    monkeypatch.setattr(type(made.sessions), "dynamodb", lambda _self, tenant: f"client of {tenant}")
    return made


def test_a_desk_is_of_the_run_and_tenant_that_the_token_names(door: Door) -> None:
    woken: list[Any] = []
    desk = door.desks(woken.append)(Identity.from_context(token_of(RUN)))

    assert (desk.tenant.tenant_id, desk.binding.run_id, desk.tier) == ("acme", RUN["runId"], "standard")
    assert desk.approvals is not None
    assert (desk.approvals.tenant_id, desk.approvals.binding) == ("acme", desk.binding)
    desk.wake({"runId": "run_1"})
    assert woken == [{"runId": "run_1"}]


def test_nobody_but_a_running_agent_gets_a_desk(door: Door) -> None:
    with pytest.raises(Exception, match="run"):
        door.desks(lambda _run: None)(Identity.from_context(person("acme")))
