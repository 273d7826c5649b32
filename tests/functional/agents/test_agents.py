import hashlib
from collections.abc import Callable, Iterator
from typing import Any, Final

import boto3
import pytest

from data_access_lib import key_uses
from tests.functional.moto_platform import (
    ARTIFACT_BUCKET,
    REGION,
    Answer,
    event,
    machine,
    operator,
    person,
    platform_on_moto,
    table,
)
from tests.moto_runtimes import new_runtime, runtime_for

Ask = Callable[..., Answer]
OPERATOR: Final = operator()
TEMPLATE: Final = {
    "name": "echo-agent",
    "owner": "platform",
    "description": "Says it again.",
    "mode": "sync",
    "tierMinimum": "standard",
}
MANIFEST: Final = {**TEMPLATE, "handler": "echo_agent.app:app"}
STANDBY, STANDBY_BUCKET = "us-west-2", "ambit-test-artifacts-us-west-2"


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    from lambdas.agents import handler

    made = (handler._dynamodb, handler._s3, handler._kms, handler._secrets, handler._runtimes)
    for cached in (handler.build, *made, key_uses.tally):
        cached.cache_clear()
    standby = {"STANDBY_REGION": STANDBY, "STANDBY_ARTIFACT_BUCKET": STANDBY_BUCKET}
    with platform_on_moto(monkeypatch, NO_REQUIRED_SUITE="pass", **standby):
        yield lambda route, who=OPERATOR, **parts: Answer.of(
            handler.handle(event(route, authorizer=who, **parts), None)
        )


def packed(n: int) -> bytes:
    return f"zip {n}".encode()


def content(n: int) -> str:
    return hashlib.sha256(packed(n)).hexdigest()


def package(n: int, agent: str = "echo-agent", body: bytes | None = None) -> dict[str, Any]:
    key = f"agents/{agent}/{content(n)}.zip"
    boto3.client("s3", region_name=REGION).put_object(
        Bucket=ARTIFACT_BUCKET, Key=key, Body=packed(n) if body is None else body, Metadata={"sha256": content(n)}
    )
    digests = {"artifactDigest": content(n), "lockDigest": content(0)}
    return {
        **digests,
        "artifactKey": key,
        "manifest": MANIFEST,
        "runtimeArn": runtime_for(ARTIFACT_BUCKET, key, REGION),
    }


def standby_of(body: dict[str, Any]) -> str:
    """The runtime in the standby region of what is registered."""
    return runtime_for(STANDBY_BUCKET, str(body["artifactKey"]), STANDBY)


def register(ask: Ask, n: int = 1) -> str:
    ask("POST /v1/templates", body=TEMPLATE)
    made = ask("POST /v1/templates/{id}/versions", path={"id": "echo-agent"}, body=package(n))
    assert made.status == 201, made.json
    return str(made.json["versionId"])


def promote(ask: Ask, version_id: str, *to: str) -> Answer:
    for state in to:
        answer = ask("POST /v1/versions/{id}/promote", path={"id": version_id}, body={"to": state})
    return answer


def status(ask: Ask, version_id: str) -> str:
    return str(ask("GET /v1/versions/{id}", path={"id": version_id}).json["status"])


def test_a_published_agent_is_in_the_catalogue_of_the_tiers_that_include_it(ask: Ask) -> None:
    version_id = register(ask)
    assert ask("GET /v1/agents", person("acme")).json == {"items": []}
    promote(ask, version_id, "candidate", "approved")
    found = ask("GET /v1/agents", person("acme")).json["items"]
    assert [(item["name"], item["mode"], item["version"]) for item in found] == [("echo-agent", "sync", version_id)]
    assert ask("GET /v1/agents", person("tiny", tier="basic")).json == {"items": []}
    assert ask("GET /v1/agents/{agent}", person("tiny", tier="basic"), path={"agent": "echo-agent"}).status == 404


def test_an_agents_domain_is_that_of_its_approved_version(ask: Ask) -> None:
    plain, moved = register(ask, 1), package(2) | {"manifest": {**MANIFEST, "domain": "finance"}}
    moved_id = ask("POST /v1/templates/{id}/versions", path={"id": "echo-agent"}, body=moved).json["versionId"]
    path = {"agent": "echo-agent"}
    for version_id, domain in ((plain, "general"), (moved_id, "finance")):
        promote(ask, version_id, "candidate", "approved")
        assert ask("GET /v1/agents/{agent}", person("acme"), path=path).json["domain"] == domain
        assert [item["domain"] for item in ask("GET /v1/agents", person("acme")).json["items"]] == [domain]
        assert ask("GET /v1/templates/{id}", path={"id": "echo-agent"}).json["domain"] == domain
        assert ask("GET /v1/versions/{id}", path={"id": version_id}).json["manifest"]["domain"] == domain


def test_a_machine_sees_the_agents_of_its_domains(ask: Ask) -> None:
    ask("POST /v1/templates", body=TEMPLATE)
    made = package(1) | {"manifest": {**MANIFEST, "domain": "finance"}}
    made = ask("POST /v1/templates/{id}/versions", path={"id": "echo-agent"}, body=made).json
    promote(ask, made["versionId"], "candidate", "approved")
    for limits, status in (
        ({"domains": "finance"}, 200),
        ({"domains": "general"}, 404),
        ({"domains": "finance", "agents": "echo-agent"}, 200),
        ({"domains": "finance", "agents": "other"}, 404),
        ({"domains": "hr", "agents": "echo-agent"}, 404),
    ):
        who = machine("acme", "agents:read", **limits)
        assert ask("GET /v1/agents/{agent}", who, path={"agent": "echo-agent"}).status == status
        assert len(ask("GET /v1/agents", who).json["items"]) == (status == 200)


def test_a_template_names_a_domain_or_is_general(ask: Ask) -> None:
    assert ask("POST /v1/templates", body=TEMPLATE).json["domain"] == "general"
    assert (
        ask("POST /v1/templates", body=TEMPLATE | {"name": "ledger", "domain": "finance"}).json["domain"] == "finance"
    )
    for domain in ("", "Finance", "a b", None, ["finance"]):
        answer = ask("POST /v1/templates", body=TEMPLATE | {"name": "x-agent", "domain": domain})
        assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, "/domain")


def test_one_agent_shows_its_versions_with_the_approved_one_first(ask: Ask) -> None:
    old, new = register(ask, 1), register(ask, 2)
    register(ask, 3)
    promote(ask, old, "candidate", "approved")
    promote(ask, new, "candidate", "approved")
    found = ask("GET /v1/agents/{agent}", person("acme"), path={"agent": "echo-agent"}).json
    assert [(item["versionId"], item["status"]) for item in found["versions"]] == [
        (new, "approved"),
        (old, "deprecated"),
    ]


def test_a_name_is_taken_once(ask: Ask) -> None:
    first = ask("POST /v1/templates", body=TEMPLATE)
    assert (first.status, first.headers["location"]) == (201, "/v1/templates/echo-agent")
    again = ask("POST /v1/templates", body=TEMPLATE)
    assert (again.status, "add a version" in again.json["detail"]) == (409, True)


def test_the_same_content_is_the_same_version(ask: Ask) -> None:
    first = register(ask)
    again = ask("POST /v1/templates/{id}/versions", path={"id": "echo-agent"}, body=package(1))
    assert (again.status, again.json["versionId"]) == (200, first)


def test_a_version_begins_as_a_draft_and_remembers_what_it_follows(ask: Ask) -> None:
    first = register(ask, 1)
    assert status(ask, first) == "draft"
    promote(ask, first, "candidate", "approved")
    second = register(ask, 2)
    assert ask("GET /v1/versions/{id}", path={"id": second}).json["parent"] == first


@pytest.mark.parametrize(
    ("change", "status", "told"),
    [
        ({"artifactDigest": content(9)}, 400, "/artifactKey"),
        ({"artifactDigest": "short"}, 400, "/artifactDigest"),
        ({"lockDigest": "short"}, 400, "/lockDigest"),
        ({"contentHash": content(1)}, 400, "/contentHash"),
        ({"runtimeArn": "arn:aws:lambda:us-east-1:1:function/x"}, 400, "/runtimeArn"),
        ({"manifest": {**MANIFEST, "mode": "async"}}, 400, "/manifest/mode"),
        ({"manifest": {**MANIFEST, "name": "other"}}, 400, "/manifest/name"),
        ({"manifest": {**MANIFEST, "domain": "Finance"}}, 400, "domain"),
        ({"manifest": {**MANIFEST, "colour": "red"}}, 400, "unknown key colour"),
        ({"manifest": {}}, 400, "/manifest"),
        ({"tenantId": "acme"}, 400, "/tenantId"),
    ],
)
def test_a_version_that_does_not_fit_is_refused(change: dict[str, Any], status: int, told: str, ask: Ask) -> None:
    ask("POST /v1/templates", body=TEMPLATE)
    answer = ask("POST /v1/templates/{id}/versions", path={"id": "echo-agent"}, body=package(1) | change)
    assert answer.status == status
    assert told in str(answer.json["errors"])


def test_a_package_must_be_there_and_be_what_it_is_called(ask: Ask) -> None:
    ask("POST /v1/templates", body=TEMPLATE)
    missing = package(1) | {"artifactDigest": content(2), "artifactKey": f"agents/echo-agent/{content(2)}.zip"}
    assert ask("POST /v1/templates/{id}/versions", path={"id": "echo-agent"}, body=missing).status == 422
    swapped = package(3, body=packed(4))
    assert ask("POST /v1/templates/{id}/versions", path={"id": "echo-agent"}, body=swapped).status == 422


def test_only_legal_promotions_are_made_and_the_refusal_names_them(ask: Ask) -> None:
    version_id = register(ask)
    answer = promote(ask, version_id, "approved")
    assert answer.status == 409
    assert "it may become candidate, quarantined, retired" in answer.json["detail"]
    promote(ask, version_id, "retired")
    assert promote(ask, version_id, "candidate").status == 409
    assert ask("POST /v1/versions/{id}/promote", path={"id": version_id}, body={"to": "draft"}).status == 400


def test_approving_deprecates_the_version_before(ask: Ask) -> None:
    old, new = register(ask, 1), register(ask, 2)
    promote(ask, old, "candidate", "approved")
    promote(ask, new, "candidate", "approved")
    assert (status(ask, old), status(ask, new)) == ("deprecated", "approved")
    assert ask("GET /v1/templates/{id}", path={"id": "echo-agent"}).json["approvedVersionId"] == new
    promote(ask, old, "approved")
    assert (status(ask, old), status(ask, new)) == ("approved", "deprecated")


def test_deprecating_the_approved_version_takes_the_agent_out_of_the_catalogue(ask: Ask) -> None:
    version_id = register(ask)
    promote(ask, version_id, "candidate", "approved", "deprecated")
    assert ask("GET /v1/agents", person("acme")).json == {"items": []}
    assert "approvedVersionId" not in ask("GET /v1/templates/{id}", path={"id": "echo-agent"}).json


def test_versions_are_listed_by_agent_and_paged(ask: Ask) -> None:
    made = [register(ask, n) for n in range(1, 6)]
    query = {"agent": "echo-agent", "limit": "2"}
    seen: list[str] = []
    while True:
        page = ask("GET /v1/versions", query=query).json
        seen += [item["versionId"] for item in page["items"]]
        if "nextCursor" not in page:
            break
        query["cursor"] = page["nextCursor"]
    assert seen == made[::-1]
    assert len(ask("GET /v1/versions").json["items"]) == 5
    assert ask("GET /v1/versions", query={"cursor": query["cursor"]}).status == 400


def test_templates_are_listed_by_name(ask: Ask) -> None:
    for name in ("zeta", "alpha"):
        ask("POST /v1/templates", body=TEMPLATE | {"name": name})
    assert [item["name"] for item in ask("GET /v1/templates").json["items"]] == ["alpha", "zeta"]


@pytest.mark.parametrize("name", ["", "A", "-x", "x-", "a--b", "x" * 26, "a#b", "a/b"])
def test_a_bad_name_is_refused(name: str, ask: Ask) -> None:
    assert ask("POST /v1/templates", body=TEMPLATE | {"name": name}).status == 400


def test_what_is_not_there_is_said(ask: Ask) -> None:
    absent = "ver_" + "0" * 32
    assert ask("GET /v1/templates/{id}", path={"id": "nobody"}).status == 404
    assert ask("GET /v1/versions/{id}", path={"id": absent}).status == 404
    assert ask("GET /v1/versions/{id}", path={"id": "nonsense"}).status == 404
    assert promote(ask, absent, "candidate").status == 404
    assert ask("GET /v1/agents/{agent}", person("acme"), path={"agent": "nobody"}).status == 404
    assert ask("GET /v1/agents/{agent}", person("acme"), path={"agent": "#"}).status == 404


def test_publishing_is_the_operators_business(ask: Ask) -> None:
    for who in (person("acme", "Tenant.Admin"), person("acme", "Tenant.Viewer")):
        assert ask("POST /v1/templates", who, body=TEMPLATE).status == 403
        assert ask("GET /v1/versions", who).status == 403
    assert ask("GET /v1/agents", OPERATOR).status == 403


def test_every_access_of_an_operator_is_written_down_before_it_is_made(ask: Ask) -> None:
    ask("POST /v1/templates", body=TEMPLATE)
    events = [item for item in table("ops").scan()["Items"] if item.get("type") == "operator.access"]
    assert events
    assert {item["principalId"] for item in events} == {OPERATOR["principalId"]}


def test_a_repeated_registration_gives_the_same_answer(ask: Ask) -> None:
    headers = {"Idempotency-Key": "k1"}
    first = ask("POST /v1/templates", body=TEMPLATE, headers=headers)
    again = ask("POST /v1/templates", body=TEMPLATE, headers=headers)
    assert (again.status, again.json) == (201, first.json)
    assert again.headers["idempotency-replayed"] == "true"
    other = ask("POST /v1/templates", body={**TEMPLATE, "owner": "x"}, headers=headers)
    assert other.json["code"] == "IDEMPOTENCY_MISMATCH"


def test_a_repeated_version_is_answered_as_it_was_the_first_time(ask: Ask) -> None:
    ask("POST /v1/templates", body=TEMPLATE)
    request = {"path": {"id": "echo-agent"}, "body": package(1), "headers": {"Idempotency-Key": "k1"}}
    first = ask("POST /v1/templates/{id}/versions", **request)
    again = ask("POST /v1/templates/{id}/versions", **request)
    assert (first.status, again.status, again.json) == (201, 201, first.json)
    without = ask("POST /v1/templates/{id}/versions", path={"id": "echo-agent"}, body=package(1))
    assert (without.status, without.json["versionId"]) == (200, first.json["versionId"])


def test_a_refused_registration_frees_its_key(ask: Ask) -> None:
    headers = {"Idempotency-Key": "k1"}
    request = {"path": {"id": "echo-agent"}, "body": package(1), "headers": headers}
    assert ask("POST /v1/templates/{id}/versions", **request).status == 404
    ask("POST /v1/templates", body=TEMPLATE)
    assert ask("POST /v1/templates/{id}/versions", **request).status == 201


def test_a_machines_catalogue_holds_its_agents_only(ask: Ask) -> None:
    version = register(ask)
    for to in ("candidate", "approved"):
        ask("POST /v1/versions/{id}/promote", path={"id": version}, body={"to": to})
    mine, other = machine("acme", "agents:read", agents="echo-agent"), machine("acme", "agents:read", agents="x")
    for who, names in ((machine("acme", "agents:read"), ["echo-agent"]), (mine, ["echo-agent"]), (other, [])):
        assert [agent["name"] for agent in ask("GET /v1/agents", who).json["items"]] == names
        status = ask("GET /v1/agents/{agent}", who, path={"agent": "echo-agent"}).status
        assert status == (200 if names else 404)
    assert [item["sk"] for item in table("ops").scan()["Items"] if "KEYUSE" in item["pk"]] == ["key_" + "1" * 32]


def test_a_version_gets_its_runtime_in_the_standby_region_once_and_it_is_sealed_with_the_rest(ask: Ask) -> None:
    version_id = register(ask)
    promote(ask, version_id, "candidate", "approved")
    path, body = {"id": "echo-agent"}, package(1)
    west = standby_of(body)

    again = ask("POST /v1/templates/{id}/versions", path=path, body=body | {"standbyRuntimeArn": west})
    second = new_runtime(STANDBY_BUCKET, str(body["artifactKey"]), STANDBY)
    other = ask("POST /v1/templates/{id}/versions", path=path, body=body | {"standbyRuntimeArn": second})
    found = ask("GET /v1/versions/{id}", path={"id": version_id}).json

    assert (again.status, again.json["versionId"], other.status) == (200, version_id, 409)
    assert (found["standbyRuntimeArn"], found["status"]) == (west, "approved")
    assert found["recordHash"] == again.json["recordHash"]


def test_a_standby_runtime_that_was_written_past_the_registry_is_tampering(ask: Ask) -> None:
    version_id = register(ask)
    table("control").update_item(
        Key={"pk": "TENANT#platform#VERSION#echo-agent", "sk": version_id},
        UpdateExpression="SET standbyRuntimeArn = :a",
        ExpressionAttributeValues={":a": standby_of(package(1))},
    )

    assert ask("GET /v1/versions/{id}", path={"id": version_id}).json["code"] == "VERSION_TAMPERED"


def test_a_new_version_may_have_both_runtimes_in_two_regions(ask: Ask) -> None:
    ask("POST /v1/templates", body=TEMPLATE)
    path, one, two = {"id": "echo-agent"}, package(1), package(2)
    made = ask("POST /v1/templates/{id}/versions", path=path, body=one | {"standbyRuntimeArn": standby_of(one)})
    same = ask("POST /v1/templates/{id}/versions", path=path, body=two | {"standbyRuntimeArn": two["runtimeArn"]})

    assert (made.status, made.json["standbyRuntimeArn"], same.status) == (201, standby_of(one), 400)
