"""The schedule's look at what tenants run."""

from typing import Any, Final

import pytest
from pydantic import ValidationError

from data_access_lib.errors import StoreUnavailable
from tests.functional.agents.test_agents import Ask, ask, package, promote, register
from tests.functional.agents.test_promotion import approved, incidents, spoil, template, version_of
from tests.functional.agents.test_runtimes import EVIL, no_control_plane
from tests.functional.moto_platform import ARTIFACT_BUCKET, table
from tests.moto_runtimes import change_runtime, delete_runtime

__all__ = ["ask"]
SECOND: Final = {"to": "approved", "asDefault": False}


class Seconds:
    """What Lambda tells of the time that is left; after each look there is less."""

    def __init__(self, left: float = 29, each: float = 0) -> None:
        self.left, self.each = left, each

    def get_remaining_time_in_millis(self) -> float:
        self.left -= self.each
        return (self.left + self.each) * 1000


def inspect(left: Seconds | None = None, **event: Any) -> dict[str, int]:
    from lambdas.agents import handler

    return handler.handle({"step": "inspect", **event}, left or Seconds())


def found() -> list[tuple[str, str]]:
    return [(one["severity"], one["about"]) for one in incidents()]


def test_what_is_as_it_was_approved_is_told_of_nowhere(ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    approved(ask, 1)
    capsys.readouterr()
    assert inspect() == {"held": 1, "refused": 0, "left": 0}
    assert '"VersionsInspected":[1.0]' in capsys.readouterr().out
    assert incidents() == []


def test_what_nobody_can_run_is_not_looked_at(ask: Ask) -> None:
    version = register(ask)
    promote(ask, version, "candidate")
    assert inspect() == {"held": 0, "refused": 0, "left": 0}


def test_a_runtime_that_was_changed_under_a_version_that_serves_is_an_incident(ask: Ask) -> None:
    version = approved(ask, 1)
    change_runtime(package(1)["runtimeArn"], ARTIFACT_BUCKET, EVIL)
    assert [inspect(), inspect()] == [{"held": 0, "refused": 1, "left": 0}] * 2
    assert found() == [("S1", f"version:{version}")], "one, however often it is seen"
    assert template(ask)["approvedVersionId"] == version, "what becomes of it is for people to say"


def test_the_second_version_is_looked_at_as_well(ask: Ask) -> None:
    approved(ask, 1)
    second = register(ask, 2)
    promote(ask, second, "candidate")
    assert ask("POST /v1/versions/{id}/promote", path={"id": second}, body=SECOND).status == 200
    change_runtime(package(2)["runtimeArn"], ARTIFACT_BUCKET, EVIL)
    assert inspect() == {"held": 1, "refused": 1, "left": 0}
    assert found() == [("S1", f"version:{second}")]


def test_a_package_that_was_changed_is_seen_too(ask: Ask) -> None:
    version = approved(ask, 1)
    spoil(version_of(ask, version))
    assert inspect()["refused"] == 1
    assert found() == [("S1", f"version:{version}")]


def test_a_record_that_was_changed_hides_no_other(ask: Ask) -> None:
    version = approved(ask, 1)
    table("control").update_item(
        Key={"pk": "TENANT#platform#VERSION#echo-agent", "sk": version},
        UpdateExpression="SET runtimeArn = :v",
        ExpressionAttributeValues={":v": "arn:mine"},
    )
    assert inspect()["refused"] == 1
    assert found() == [("S1", f"version:{version}")]


def test_a_runtime_that_is_gone_is_counted(ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    version = approved(ask, 1)
    delete_runtime(version_of(ask, version)["runtimeArn"])
    capsys.readouterr()
    assert inspect()["refused"] == 1
    assert '"ServedVersionGone":[1.0]' in capsys.readouterr().out
    assert incidents() == []


def test_a_control_plane_that_is_away_is_counted_and_no_tampering(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    approved(ask, 1)
    no_control_plane(monkeypatch)
    capsys.readouterr()
    assert inspect() == {"held": 1, "refused": 0, "left": 0}
    assert '"RuntimeUnseen":[1.0]' in capsys.readouterr().out
    assert incidents() == []


def test_what_there_is_no_time_for_is_counted_and_left(ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    approved(ask, 1)
    second = register(ask, 2)
    promote(ask, second, "candidate")
    ask("POST /v1/versions/{id}/promote", path={"id": second}, body=SECOND)
    capsys.readouterr()
    assert inspect(Seconds(29, each=20)) == {"held": 1, "refused": 0, "left": 1}
    assert '"VersionsNotInspected":[1.0]' in capsys.readouterr().out


@pytest.mark.parametrize("event", [{"step": "approve"}, {"step": "inspect", "agent": "echo-agent"}])
def test_an_event_asks_for_nothing_else(ask: Ask, event: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        inspect(**event)


def test_a_store_that_is_away_is_no_fault_of_the_version(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from lambdas.agents.artifacts import S3Artifacts

    def away(*_: object) -> None:
        raise StoreUnavailable

    approved(ask, 1)
    monkeypatch.setattr(S3Artifacts, "sha256_of", away)
    capsys.readouterr()
    assert inspect() == {"held": 0, "refused": 0, "left": 1}
    assert '"VersionsNotInspected":[1.0]' in capsys.readouterr().out
    assert incidents() == []
