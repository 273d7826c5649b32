from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from data_access_lib.errors import StoreUnavailable
from data_access_lib.repositories.pages import IdPage
from enforcement.errors import PolicyUnavailable
from enforcement.policies import PoliciesInForce
from enforcement.registrations import CACHE_SECONDS, Registrations
from governance.policy.rules import Answer
from governance.toolbox.custom import MOST_TOOLS, CustomTool
from tests.unit.governance.toolbox.test_custom import TOOL
from tests.unit.lambdas.gateway.gateway_fakes import FakeVersions, world


@dataclass
class FakeRecords:
    items: list[Any] = field(default_factory=lambda: [TOOL])
    following: str | None = None
    broken: bool = False
    reads: int = 0

    def list(self, *, limit: int) -> IdPage:
        self.reads += 1
        if self.broken:
            raise StoreUnavailable
        return IdPage(self.items[:limit], self.following)


def registrations(records: FakeRecords, now: list[float] | None = None) -> Registrations:
    moments = now or [0.0]
    return Registrations(lambda: cast("Any", records), monotonic=lambda: moments[0])


def test_tools_are_read_once_in_fifteen_seconds() -> None:
    records, now = FakeRecords(), [0.0]
    known = registrations(records, now)
    for moment in (0.0, CACHE_SECONDS - 0.1, CACHE_SECONDS):
        now[0] = moment
        assert known() == {"crm.lookup": CustomTool.parse(TOOL)}
    assert records.reads == 2


def test_what_cannot_be_read_allows_nothing_and_is_not_remembered() -> None:
    records = FakeRecords(broken=True)
    known = registrations(records)
    with pytest.raises(PolicyUnavailable):
        known()
    records.broken = False
    assert known().keys() == {"crm.lookup"}


@pytest.mark.parametrize("records", [FakeRecords([TOOL] * (MOST_TOOLS + 1)), FakeRecords(following="x")])
def test_more_than_can_be_read_allows_nothing(records: FakeRecords) -> None:
    with pytest.raises(PolicyUnavailable):
        registrations(records)()


@pytest.mark.parametrize("broken", [{**TOOL, "risk": "?"}, {**TOOL, "name": "files.write"}, {}])
def test_a_record_that_makes_no_sense_is_no_tool(broken: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert registrations(FakeRecords([broken, TOOL]))().keys() == {"crm.lookup"}
    assert '"ToolRecordBroken"' in capsys.readouterr().out


def test_policy_decides_on_registered_tools_by_what_was_said_of_them() -> None:
    from enforcement.actions import Action

    tool = CustomTool.parse(TOOL)
    versions = cast("Any", FakeVersions({"tools": ["crm.lookup"], "policy": "permissive"}))
    policies = PoliciesInForce(lambda: versions, registrations(FakeRecords()))
    found, action = world(), Action(tool.name, {"id": "1"}, {}, hosts=("crm.test",), registration=tool.registered)
    answers = {}
    for tier in ("basic", "standard"):
        found.tier = tier
        answers[tier] = policies.of(found.desk).decide(found.desk, found.runs.record, action).decision.rule_id
    assert answers == {"basic": "deny-tier", "standard": "allow-granted"}
    gone = PoliciesInForce(lambda: versions).of(found.desk).decide(found.desk, found.runs.record, action)
    assert (gone.decision.decision, gone.decision.rule_id) == (Answer.DENY, "deny-unknown-tool")
