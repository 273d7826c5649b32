"""A version is one package, and that is what runs: attacks by those who register versions or change runtimes."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.functional.agents.gating import ADMIN, audited, candidate, confirm, overridden
from tests.functional.agents.test_agents import (
    STANDBY,
    STANDBY_BUCKET,
    TEMPLATE,
    Ask,
    ask,
    package,
    promote,
    standby_of,
    status,
)
from tests.functional.agents.test_promotion import approved, incidents, roll_back, template
from tests.functional.moto_platform import ARTIFACT_BUCKET, REGION, Answer
from tests.moto_runtimes import change_runtime, delete_runtime, new_runtime

__all__ = ["ask"]
REGISTER: Final = "POST /v1/templates/{id}/versions"
EVIL: Final = "agents/echo-agent/" + "e" * 64 + ".zip"
NOWHERE: Final = "http://127.0.0.1:1"
"""An address that nobody answers at."""


def send(ask: Ask, **change: Any) -> Answer:
    ask("POST /v1/templates", body=TEMPLATE)
    return ask(REGISTER, path={"id": "echo-agent"}, body=package(1) | change)


def refused(ask: Ask, pointer: str, **change: Any) -> str:
    """Why a registration was refused; nothing is registered."""
    answer = send(ask, **change)
    assert (answer.status, [error["pointer"] for error in answer.json["errors"]]) == (422, [pointer]), answer.json
    assert ask("GET /v1/versions").json["items"] == []
    return str(answer.json["errors"][0]["message"])


def forget() -> None:
    """Make the clients of the control plane anew."""
    from lambdas.agents import handler

    handler._runtimes.cache_clear()
    handler.build.cache_clear()


def no_control_plane(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL", NOWHERE)
    forget()


def no_standby(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDBY_RUNTIME_URL", NOWHERE)
    forget()


def with_standby(ask: Ask) -> dict[str, Any]:
    """A draft with both runtimes."""
    made = send(ask, standbyRuntimeArn=standby_of(package(1)))
    assert made.status == 201, made.json
    return dict(made.json)


class TestAVersionIsNotRegisteredWithARuntimeThat:
    def test_runs_another_package(self, ask: Ask) -> None:
        why = refused(ask, "/runtimeArn", runtimeArn=package(2)["runtimeArn"])
        assert why == f"runs {package(2)['artifactKey']} of {ARTIFACT_BUCKET}"

    def test_runs_what_has_the_same_name_in_a_bucket_of_the_attackers(self, ask: Ask) -> None:
        key = str(package(1)["artifactKey"])
        assert "of mine" in refused(ask, "/runtimeArn", runtimeArn=new_runtime("mine", key, REGION))

    def test_does_not_exist(self, ask: Ask) -> None:
        gone = str(package(1)["runtimeArn"])[:-10] + "0123456789"
        assert "no such runtime" in refused(ask, "/runtimeArn", runtimeArn=gone)

    def test_is_another_accounts_though_one_of_the_same_id_is_here(self, ask: Ask) -> None:
        theirs = str(package(1)["runtimeArn"]).replace("123456789012", "999999999999")
        assert "no such runtime" in refused(ask, "/runtimeArn", runtimeArn=theirs)

    @pytest.mark.parametrize("region", [STANDBY, "eu-west-1"])
    def test_is_said_to_be_in_another_region(self, ask: Ask, region: str) -> None:
        elsewhere = str(package(1)["runtimeArn"]).replace(REGION, region)
        assert f"in {REGION}" in refused(ask, "/runtimeArn", runtimeArn=elsewhere)

    @pytest.mark.parametrize("bucket", [ARTIFACT_BUCKET, "mine"])
    def test_runs_another_bucket_s_package_in_the_standby_region(self, ask: Ask, bucket: str) -> None:
        other = new_runtime(bucket, str(package(1)["artifactKey"]), STANDBY)
        assert f"of {bucket}" in refused(ask, "/standbyRuntimeArn", standbyRuntimeArn=other)

    def test_is_in_a_region_that_is_not_the_stages(self, ask: Ask) -> None:
        other = standby_of(package(1)).replace(STANDBY, "eu-west-1")
        assert f"in {STANDBY}" in refused(ask, "/standbyRuntimeArn", standbyRuntimeArn=other)

    def test_would_be_a_standby_where_there_is_none(self, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("STANDBY_REGION", "")
        forget()
        assert "no standby" in refused(ask, "/standbyRuntimeArn", standbyRuntimeArn=standby_of(package(1)))

    @pytest.mark.parametrize("gone", [no_control_plane, no_standby])
    def test_cannot_be_looked_at(self, ask: Ask, monkeypatch: pytest.MonkeyPatch, gone: Any) -> None:
        body = {"standbyRuntimeArn": standby_of(package(1))}
        gone(monkeypatch)
        answer = send(ask, **body)
        assert (answer.status, answer.json["code"]) == (503, "DEPENDENCY_UNAVAILABLE")
        assert ask("GET /v1/versions").json["items"] == []


def test_a_standby_runtime_that_is_added_later_runs_the_same_package(ask: Ask) -> None:
    made = send(ask).json
    other = new_runtime(STANDBY_BUCKET, EVIL, STANDBY)
    answer = send(ask, standbyRuntimeArn=other)
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/standbyRuntimeArn")
    assert "standbyRuntimeArn" not in ask("GET /v1/versions/{id}", path={"id": made["versionId"]}).json


class TestARuntimeThatWasChanged:
    @pytest.mark.parametrize("field", ["runtimeArn", "standbyRuntimeArn"])
    def test_keeps_its_version_from_tenants_and_opens_an_incident(
        self, ask: Ask, field: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        version = with_standby(ask)
        promote(ask, version["versionId"], "candidate")
        change_runtime(version[field], ARTIFACT_BUCKET, EVIL)
        capsys.readouterr()
        answer = promote(ask, version["versionId"], "approved")
        assert (answer.status, answer.json["code"]) == (409, "VERSION_TAMPERED")
        assert "The runtime of the version" in answer.json["detail"]
        [incident] = incidents()
        assert (incident["severity"], incident["about"]) == ("S1", f"version:{version['versionId']}")
        assert capsys.readouterr().out.count('"VersionTampered": 1') == 1
        assert [vars(line)["key"] for line in caplog.records if line.levelname == "ERROR"] == [EVIL]
        assert (status(ask, version["versionId"]), "approvedVersionId" in template(ask)) == ("candidate", False)

    def test_is_no_candidate(self, ask: Ask) -> None:
        version = send(ask).json
        change_runtime(version["runtimeArn"], "mine", version["artifactKey"])
        assert promote(ask, version["versionId"], "candidate").json["code"] == "VERSION_TAMPERED"
        assert status(ask, version["versionId"]) == "draft"

    def test_is_not_gone_back_to_and_can_be_taken_out(self, ask: Ask) -> None:
        old, new = approved(ask, 1), approved(ask, 2)
        change_runtime(package(1)["runtimeArn"], ARTIFACT_BUCKET, EVIL)
        assert roll_back(ask, new).json["code"] == "VERSION_TAMPERED"
        assert (status(ask, new), template(ask)["approvedVersionId"]) == ("approved", new)
        assert promote(ask, old, "quarantined").status == 200

    def test_is_not_passed_by_breaking_the_glass(self, ask: Ask) -> None:
        version = candidate(ask, tools=["http.send"])
        asked = overridden(ask, version, ADMIN)
        assert asked.status == 201, asked.json
        change_runtime(version["runtimeArn"], ARTIFACT_BUCKET, EVIL)
        assert confirm(ask, version, asked.json["requestId"]).json["code"] == "VERSION_TAMPERED"
        assert status(ask, version["versionId"]) == "candidate"


class TestARuntimeThatIsGone:
    def test_is_not_approved(self, ask: Ask) -> None:
        version = send(ask).json
        delete_runtime(version["runtimeArn"])
        answer = promote(ask, version["versionId"], "candidate")
        assert (answer.status, answer.json["code"]) == (409, "CONFLICT")
        assert "runtime is gone" in answer.json["detail"]

    def test_in_the_standby_region_stops_nothing_and_is_told(self, ask: Ask) -> None:
        version = with_standby(ask)
        delete_runtime(version["standbyRuntimeArn"])
        assert promote(ask, version["versionId"], "candidate").status == 200
        assert [told["unseenRuntimes"] for told in audited("version.promoted")] == [[version["standbyRuntimeArn"]]]


class TestWhileAControlPlaneIsAway:
    def test_nothing_new_is_let_through(self, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
        version = send(ask).json["versionId"]
        no_control_plane(monkeypatch)
        answer = promote(ask, version, "candidate")
        assert (answer.status, answer.json["code"]) == (503, "DEPENDENCY_UNAVAILABLE")
        assert "retry-after" in answer.headers
        assert status(ask, version) == "draft"

    def test_what_was_good_is_gone_back_to_and_it_is_told(self, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
        old, new = approved(ask, 1), approved(ask, 2)
        no_control_plane(monkeypatch)
        assert roll_back(ask, new).status == 200
        assert template(ask)["approvedVersionId"] == old
        assert [told["unseenRuntimes"] for told in audited("version.rolled_back")] == [[package_runtime(ask, old)]]

    def test_of_the_standby_region_versions_are_let_through_and_it_is_told(
        self, ask: Ask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        version = with_standby(ask)
        no_standby(monkeypatch)
        capsys.readouterr()
        promote(ask, version["versionId"], "candidate", "approved")
        assert status(ask, version["versionId"]) == "approved"
        assert capsys.readouterr().out.count('"RuntimeUnseen":[1.0]') == 2
        told = [told["unseenRuntimes"] for told in audited("version.promoted")]
        assert told == [[version["standbyRuntimeArn"]]] * 2


def package_runtime(ask: Ask, version_id: str) -> str:
    return str(ask("GET /v1/versions/{id}", path={"id": version_id}).json["runtimeArn"])


class TestARuntimeThatTheStageMayNotLookAt:
    """IAM shows a stage its own runtimes: another stage's is refused, and so is each when the right is lost."""

    @pytest.fixture(autouse=True)
    def refusing(self, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
        from lambdas.agents.runtimes import AgentCoreRuntimes

        looks, refusing = AgentCoreRuntimes.package_of, [False]

        def package_of(runtimes: AgentCoreRuntimes, arn: str) -> Any:
            if refusing[0]:
                raise PermissionError(arn)
            return looks(runtimes, arn)

        monkeypatch.setattr(AgentCoreRuntimes, "package_of", package_of)
        yield refusing
        refusing[0] = False

    def test_is_none_of_this_stage(self, ask: Ask, refusing: list[bool]) -> None:
        refusing[0] = True
        assert "no such runtime of this stage" in refused(ask, "/runtimeArn")

    def test_is_let_through_nowhere(self, ask: Ask, refusing: list[bool]) -> None:
        version = send(ask).json["versionId"]
        refusing[0] = True
        assert promote(ask, version, "candidate").json["code"] == "DEPENDENCY_UNAVAILABLE"
        assert status(ask, version) == "draft"

    def test_stops_no_way_back(self, ask: Ask, refusing: list[bool]) -> None:
        old, new = approved(ask, 1), approved(ask, 2)
        refusing[0] = True
        assert roll_back(ask, new).status == 200
        assert template(ask)["approvedVersionId"] == old
