"""Moves of versions through the API: gates, the default and the second, rollback, races, lineage, differences."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from data_access_lib.signals import OpsAccessSignals, Tampered
from governance.gates import TO_APPROVE
from governance.versions import MOVES
from tests.functional.agents.test_agents import (
    OPERATOR,
    TEMPLATE,
    Ask,
    ask,
    content,
    package,
    promote,
    register,
    status,
)
from tests.functional.moto_platform import ARTIFACT_BUCKET, Answer, client, operator, person, table

__all__ = ["ask"]
ADMIN = {**operator(), "roles": "Platform.Admin"}
PROMOTE, ROLLBACK = "POST /v1/versions/{id}/promote", "POST /v1/versions/{id}/rollback"


@pytest.fixture
def strict(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """A stage that is not a developer's machine."""
    from lambdas.agents import handler

    monkeypatch.delenv("NO_REQUIRED_SUITE")
    handler.build.cache_clear()
    return ask


def approved(ask: Ask, n: int, **more: Any) -> str:
    version_id = register(ask, n)
    promote(ask, version_id, "candidate")
    made = ask(PROMOTE, path={"id": version_id}, body={"to": "approved", **more})
    assert made.status == 200, made.json
    return version_id


def template(ask: Ask) -> dict[str, Any]:
    return dict(ask("GET /v1/templates/{id}", path={"id": "echo-agent"}).json)


def roll_back(ask: Ask, version_id: str, who: Mapping[str, str] = OPERATOR, **body: Any) -> Answer:
    return ask(ROLLBACK, who, path={"id": version_id}, body={"reason": "it errs", **body})


def gates(ask: Ask, version_id: str) -> dict[str, bool]:
    found = ask("GET /v1/versions/{id}/gates", path={"id": version_id}).json
    return {one["gate"]: one["holds"] for one in found["gates"]}


def audited() -> list[tuple[str, str]]:
    items = [item for item in table("ledger").scan()["Items"] if item["pk"] == "TENANT#platform#AUDIT"]
    return [(item["action"], item["target"]) for item in sorted(items, key=lambda item: item["sk"])]


# Gates


def test_where_customers_are_nothing_is_approved_that_no_suite_is_required_of(strict: Ask) -> None:
    version_id = register(strict)
    promote(strict, version_id, "candidate")
    refused = promote(strict, version_id, "approved")
    assert (refused.status, refused.json["code"]) == (409, "PROMOTION_REFUSED")
    assert [error["pointer"] for error in refused.json["errors"]] == ["/gates/evaluation"]
    assert status(strict, version_id) == "candidate"
    assert gates(strict, version_id) == {
        "evaluation": False,
        **dict.fromkeys(("certification", "approvals", "incidents", "policy", "budget"), True),
    }


def test_on_a_developers_stage_it_is_and_the_gate_says_so(ask: Ask) -> None:
    version_id = register(ask)
    promote(ask, version_id, "candidate")
    found = ask("GET /v1/versions/{id}/gates", path={"id": version_id}).json["gates"][0]
    assert (found["gate"], found["holds"], "no suite is required" in found["why"]) == ("evaluation", True, True)


def test_an_open_grave_incident_about_the_agent_stands_in_the_way_until_it_is_resolved(ask: Ask) -> None:
    import boto3

    version_id = register(ask)
    promote(ask, version_id, "candidate")
    OpsAccessSignals(lambda: boto3.client("dynamodb"), "ambit-test-ops").tampered(
        Tampered("other-agent", "ver_" + "7" * 32, "recordHash")
    )
    assert gates(ask, version_id)["incidents"]
    OpsAccessSignals(lambda: boto3.client("dynamodb"), "ambit-test-ops").tampered(
        Tampered("echo-agent", "ver_" + "8" * 32, "recordHash")
    )
    refused = promote(ask, version_id, "approved")
    assert [error["pointer"] for error in refused.json["errors"]] == ["/gates/incidents"]
    (incident,) = [
        item for item in table("ops").scan()["Items"] if item.get("agent") == "echo-agent" and "kind" in item
    ]
    assert incident["incidentId"] in refused.json["errors"][0]["message"]
    table("ops").put_item(Item={**incident, "status": "resolved"})
    assert promote(ask, version_id, "approved").status == 200


def test_going_back_needs_no_gate(strict: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    from lambdas.agents import handler

    monkeypatch.setenv("NO_REQUIRED_SUITE", "pass")
    handler.build.cache_clear()
    old, new = approved(strict, 1), approved(strict, 2)
    monkeypatch.setenv("NO_REQUIRED_SUITE", "refuse")
    handler.build.cache_clear()
    assert promote(strict, old, "approved").json["code"] == "PROMOTION_REFUSED"
    assert roll_back(strict, new).json["approvedVersionId"] == old


# The default and the second


def test_a_second_version_stands_beside_the_default(ask: Ask) -> None:
    first, second = approved(ask, 1), approved(ask, 2, asDefault=False)
    assert (status(ask, first), status(ask, second)) == ("approved", "approved")
    assert (template(ask)["approvedVersionId"], template(ask)["secondVersionId"]) == (first, second)
    third = approved(ask, 3, asDefault=False)
    assert (status(ask, second), template(ask)["secondVersionId"]) == ("deprecated", third)
    assert ask("GET /v1/agents", person("acme")).json["items"][0]["version"] == first


def test_the_second_becomes_the_default(ask: Ask) -> None:
    first, second = approved(ask, 1), approved(ask, 2, asDefault=False)
    assert promote(ask, second, "approved").status == 200
    assert (status(ask, first), status(ask, second)) == ("deprecated", "approved")
    now = template(ask)
    assert (now["approvedVersionId"], "secondVersionId" in now) == (second, False)
    assert promote(ask, second, "approved").status == 409


def test_there_is_no_second_without_a_default(ask: Ask) -> None:
    version_id = register(ask)
    promote(ask, version_id, "candidate")
    refused = ask(PROMOTE, path={"id": version_id}, body={"to": "approved", "asDefault": False})
    assert (refused.status, "default" in refused.json["detail"]) == (409, True)
    assert status(ask, version_id) == "candidate"


def test_quarantine_takes_a_version_out_of_its_place_and_an_administrator_lets_it_go(ask: Ask) -> None:
    first, second = approved(ask, 1), approved(ask, 2, asDefault=False)
    promote(ask, second, "quarantined")
    assert "secondVersionId" not in template(ask)
    promote(ask, first, "quarantined")
    assert "approvedVersionId" not in template(ask)
    assert ask("GET /v1/agents", person("acme")).json == {"items": []}
    assert promote(ask, first, "approved").status == 409
    refused = promote(ask, first, "candidate")
    assert (refused.status, "Platform.Admin" in refused.json["detail"]) == (403, True)
    assert ask(PROMOTE, ADMIN, path={"id": first}, body={"to": "candidate"}).json["status"] == "candidate"


# Rollback


def test_a_rollback_brings_back_the_version_before_and_no_other(ask: Ask) -> None:
    ids = [approved(ask, n) for n in (1, 2, 3)]
    answer = roll_back(ask, ids[2])
    assert answer.json == {"agent": "echo-agent", "rolledBack": ids[2], "approvedVersionId": ids[1]}
    assert [status(ask, one) for one in ids] == ["deprecated", "approved", "rolled_back"]
    assert template(ask)["approvedVersionId"] == ids[1]
    assert roll_back(ask, ids[1]).json["approvedVersionId"] == ids[0]
    last = roll_back(ask, ids[0])
    assert (last.status, "No version was approved before" in last.json["detail"]) == (409, True)


def test_a_rollback_goes_to_the_version_that_is_asked_for(ask: Ask) -> None:
    ids, draft = [approved(ask, n) for n in (1, 2, 3)], register(ask, 4)
    assert roll_back(ask, ids[2], to=draft).status == 409
    assert roll_back(ask, ids[2], to="ver_" + "0" * 32).status == 404
    assert roll_back(ask, ids[2], to=ids[0]).json["approvedVersionId"] == ids[0]
    assert [status(ask, one) for one in ids] == ["approved", "deprecated", "rolled_back"]


def test_of_the_second_nothing_takes_its_place(ask: Ask) -> None:
    first, second = approved(ask, 1), approved(ask, 2, asDefault=False)
    assert roll_back(ask, second).json["approvedVersionId"] == first
    assert (status(ask, second), "secondVersionId" in template(ask)) == ("rolled_back", False)


def test_what_tenants_do_not_run_is_not_rolled_back(ask: Ask) -> None:
    refused = roll_back(ask, register(ask))
    assert (refused.status, "it may become candidate" in refused.json["detail"]) == (409, True)
    assert ask(ROLLBACK, path={"id": "ver_" + "0" * 32}, body={"reason": "x"}).status == 404
    assert ask(ROLLBACK, path={"id": "ver_" + "0" * 32}, body={}).status == 400


# Races


def test_of_two_promotions_at_once_one_wins(ask: Ask) -> None:
    default = approved(ask, 1)
    rivals = [register(ask, n) for n in (2, 3)]
    for one in rivals:
        promote(ask, one, "candidate")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda one: promote(ask, one, "approved").status, [*rivals, *rivals]))
    assert {200, 409} >= set(answers)
    assert 200 in answers
    states = [status(ask, one) for one in (default, *rivals)]
    assert states.count("approved") == 1
    assert template(ask)["approvedVersionId"] == (default, *rivals)[states.index("approved")]


def test_the_same_content_pushed_at_once_is_one_version(ask: Ask) -> None:
    ask("POST /v1/templates", body=TEMPLATE)
    body = package(1)
    with ThreadPoolExecutor(4) as pool:
        made = list(
            pool.map(lambda _: ask("POST /v1/templates/{id}/versions", path={"id": "echo-agent"}, body=body), range(4))
        )
    done = [one for one in made if one.status in {200, 201}]
    assert {one.status for one in made} <= {200, 201, 409}
    assert len({one.json["versionId"] for one in done}) == 1
    assert sum(one.status == 201 for one in done) == 1


# Content, lineage, differences


def test_the_server_says_what_the_content_is(ask: Ask) -> None:
    first = register(ask)
    found = ask("GET /v1/versions/{id}", path={"id": first}).json
    assert found["contentHash"] != content(1)
    assert len(found["contentHash"]) == len(found["recordHash"]) == 64
    for change in ({"lockDigest": content(8)}, {"prompts": {"system": "Be kind."}}):
        other = ask("POST /v1/templates/{id}/versions", path={"id": "echo-agent"}, body=package(1) | change)
        assert (other.status, other.json["contentHash"] != found["contentHash"]) == (201, True)


def test_what_was_approved_and_is_pushed_again_is_not_its_own_child(ask: Ask) -> None:
    first = approved(ask, 1)
    again = ask("POST /v1/templates/{id}/versions", path={"id": "echo-agent"}, body=package(1))
    assert (again.status, again.json["versionId"]) == (200, first)


def test_a_retired_version_is_no_bar_to_its_content(ask: Ask) -> None:
    first = register(ask)
    promote(ask, first, "retired")
    again = ask("POST /v1/templates/{id}/versions", path={"id": "echo-agent"}, body=package(1))
    assert (again.status, again.json["versionId"] != first) == (201, True)


@pytest.mark.parametrize(
    "prompts", [{"": "x"}, {"/etc": "x"}, {"a": 1}, {"a": "x" * 65_537}, {f"p{n}": "" for n in range(33)}, ["x"]]
)
def test_prompts_are_texts_and_bounded(ask: Ask, prompts: Any) -> None:
    ask("POST /v1/templates", body=TEMPLATE)
    body = package(1) | {"prompts": prompts}
    assert ask("POST /v1/templates/{id}/versions", path={"id": "echo-agent"}, body=body).status == 400


def test_the_lineage_tells_every_move_with_its_roles_and_gates(ask: Ask) -> None:
    ask("POST /v1/templates", body=TEMPLATE)
    moves = ask("GET /v1/templates/{id}/lineage", path={"id": "echo-agent"}).json["moves"]
    told = {(one["from"], one["to"]): one for one in moves}
    assert len(told) == len(MOVES)
    assert told["candidate", "approved"]["gates"] == [gate.value for gate in TO_APPROVE]
    assert told["quarantined", "candidate"]["roles"] == ["Platform.Admin"]
    assert told["approved", "rolled_back"] == {
        "from": "approved",
        "to": "rolled_back",
        "roles": ["Platform.Admin", "Platform.Operator"],
        "gates": [],
    }


def test_the_lineage_is_a_tree(ask: Ask) -> None:
    first = approved(ask, 1)
    second, third = register(ask, 2), register(ask, 3)
    found = ask("GET /v1/templates/{id}/lineage", path={"id": "echo-agent"}).json
    assert (found["agent"], found["approvedVersionId"]) == ("echo-agent", first)
    assert [(node["versionId"], node["depth"], node["children"]) for node in found["items"]] == [
        (first, 0, [second, third]),
        (second, 1, []),
        (third, 1, []),
    ]
    assert ask("GET /v1/templates/{id}/lineage", path={"id": "nobody"}).status == 404


def test_a_difference_is_told_against_the_parent_or_another(ask: Ask) -> None:
    first = approved(ask, 1)
    body = package(2) | {"prompts": {"system": "Be kind."}}
    second = ask("POST /v1/templates/{id}/versions", path={"id": "echo-agent"}, body=body).json["versionId"]
    found = ask("GET /v1/versions/{id}/diff", path={"id": second}).json
    assert found["against"] == first
    assert {one["pointer"] for one in found["changes"]} == {"/artifactDigest", "/prompts/system", "/parentHash"}
    of_itself = ask("GET /v1/versions/{id}/diff", path={"id": second}, query={"against": second}).json
    assert of_itself["changes"] == []
    assert ask("GET /v1/versions/{id}/diff", path={"id": second}, query={"against": "x"}).status == 400


def test_every_change_of_the_registry_is_in_the_platforms_audit_chain(ask: Ask) -> None:
    first, second = approved(ask, 1), approved(ask, 2)
    roll_back(ask, second)
    assert [entry for entry in audited() if entry[0].startswith("version.")] == [
        *[("version.registered", first), *[("version.promoted", first)] * 2],
        *[("version.registered", second), *[("version.promoted", second)] * 2],
        ("version.rolled_back", second),
    ]


# Tampering


@pytest.mark.parametrize(
    ("field", "value"),
    [("runtimeArn", "arn:mine"), ("status", "approved"), ("manifest", '{"policy":"permissive"}'), ("recordHash", "0")],
)
def test_a_tampered_version_goes_nowhere(ask: Ask, field: str, value: str) -> None:
    version_id = register(ask)
    table("control").update_item(
        Key={"pk": "TENANT#platform#VERSION#echo-agent", "sk": version_id},
        UpdateExpression="SET #f = :v",
        ExpressionAttributeNames={"#f": field},
        ExpressionAttributeValues={":v": value},
    )
    for answer in (
        promote(ask, version_id, "candidate"),
        ask("GET /v1/versions/{id}", path={"id": version_id}),
        ask("GET /v1/versions/{id}/gates", path={"id": version_id}),
    ):
        assert (answer.status, answer.json["code"]) == (409, "VERSION_TAMPERED")
    kinds = [item["kind"] for item in table("ops").scan()["Items"] if item["pk"] == "TENANT#platform#INCIDENT"]
    assert kinds == ["version-tampered"]


@pytest.mark.parametrize("field", ["runtimeArn", "status", "manifest", "prompts", "stateHash", "recordHash", "agent"])
@pytest.mark.parametrize("value", ["x", 7])
def test_what_was_tampered_with_can_be_taken_out_and_never_comes_back(ask: Ask, field: str, value: Any) -> None:
    old, new = approved(ask, 1), approved(ask, 2)
    table("control").update_item(
        Key={"pk": "TENANT#platform#VERSION#echo-agent", "sk": new},
        UpdateExpression="SET #f = :v",
        ExpressionAttributeNames={"#f": field},
        ExpressionAttributeValues={":v": value},
    )
    answer = roll_back(ask, new)
    assert (answer.status, answer.json.get("approvedVersionId")) == (200, old), answer.json
    assert template(ask)["approvedVersionId"] == old
    for to in ("candidate", "retired"):
        assert ask(PROMOTE, ADMIN, path={"id": new}, body={"to": to}).json["code"] == "VERSION_TAMPERED"
    assert promote(ask, new, "quarantined").status == 200
    stored = table("control").get_item(Key={"pk": "TENANT#platform#VERSION#echo-agent", "sk": new})["Item"]
    assert stored["status"] == "quarantined"


def test_a_rollback_does_not_bring_back_a_tampered_version(ask: Ask) -> None:
    old, new = approved(ask, 1), approved(ask, 2)
    table("control").update_item(
        Key={"pk": "TENANT#platform#VERSION#echo-agent", "sk": old},
        UpdateExpression="SET runtimeArn = :v",
        ExpressionAttributeValues={":v": "arn:mine"},
    )
    assert roll_back(ask, new).json["code"] == "VERSION_TAMPERED"
    assert (status(ask, new), template(ask)["approvedVersionId"]) == ("approved", new)


# What lies in the store


def spoil(version: Any, body: bytes | None = b"other") -> None:
    key = f"agents/echo-agent/{version['artifactDigest']}.zip"
    if body is None:
        client("s3").delete_object(Bucket=ARTIFACT_BUCKET, Key=key)
    else:
        digest = {"sha256": version["artifactDigest"]}
        client("s3").put_object(Bucket=ARTIFACT_BUCKET, Key=key, Body=body, Metadata=digest)


def version_of(ask: Ask, version_id: str) -> Any:
    return ask("GET /v1/versions/{id}", path={"id": version_id}).json


def incidents() -> list[dict[str, Any]]:
    return [item for item in table("ops").scan()["Items"] if item["pk"] == "TENANT#platform#INCIDENT"]


class TestAPackageThatWasChangedInTheStore:
    def test_goes_nowhere_and_opens_one_incident_of_the_gravest_kind(
        self, ask: Ask, capsys: pytest.CaptureFixture[str]
    ) -> None:
        version_id = register(ask)
        spoil(version_of(ask, version_id))
        capsys.readouterr()
        for answer in (
            promote(ask, version_id, "candidate"),
            ask("GET /v1/versions/{id}/artifact", path={"id": version_id}),
        ):
            assert (answer.status, answer.json["code"]) == (409, "VERSION_TAMPERED")
            assert "The package of the version" in answer.json["detail"]
        [incident] = incidents()
        told = {name: incident[name] for name in ("kind", "severity", "about", "agent")}
        about = f"version:{version_id}"
        assert told == {"kind": "version-tampered", "severity": "S1", "about": about, "agent": "echo-agent"}
        assert capsys.readouterr().out.count('"VersionTampered": 1') == 2
        assert status(ask, version_id) == "draft"

    def test_is_not_approved_when_it_was_changed_after_its_evaluations(self, ask: Ask) -> None:
        version_id = register(ask)
        promote(ask, version_id, "candidate")
        spoil(version_of(ask, version_id))
        assert promote(ask, version_id, "approved").json["code"] == "VERSION_TAMPERED"
        assert (status(ask, version_id), "approvedVersionId" in template(ask)) == ("candidate", False)

    def test_is_not_gone_back_to_and_can_be_taken_out(self, ask: Ask) -> None:
        old, new = approved(ask, 1), approved(ask, 2)
        spoil(version_of(ask, old))
        assert roll_back(ask, new).json["code"] == "VERSION_TAMPERED"
        assert template(ask)["approvedVersionId"] == new
        assert promote(ask, old, "quarantined").status == 200

    def test_is_taken_back_when_it_serves(self, ask: Ask) -> None:
        old, new = approved(ask, 1), approved(ask, 2)
        spoil(version_of(ask, new))
        assert roll_back(ask, new).status == 200
        assert template(ask)["approvedVersionId"] == old

    def test_one_that_is_gone_is_no_incident_and_goes_nowhere(self, ask: Ask) -> None:
        version_id = register(ask)
        spoil(version_of(ask, version_id), None)
        answer = promote(ask, version_id, "candidate")
        assert (answer.status, "Push the agent again" in answer.json["detail"]) == (409, True)
        assert incidents() == []
