from collections.abc import Callable, Iterator

import boto3
import pytest

from tests.functional.moto_platform import TENANT_BUCKET, Answer, event, operator, person, platform_on_moto

Ask = Callable[..., Answer]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    from lambdas.platform_ops import handler

    handler.build.cache_clear()
    with platform_on_moto(monkeypatch):
        yield lambda route, who=None: Answer.of(handler.handle(event(route, authorizer=who), None))


def test_anyone_may_ask_whether_the_api_is_up(ask: Ask) -> None:
    answer = ask("GET /v1/health")
    assert (answer.status, answer.json) == (200, {"status": "ok", "version": "1.2.3", "stage": "test"})


def test_an_operator_sees_every_dependency(ask: Ask) -> None:
    answer = ask("GET /v1/platform/health", operator())
    assert (answer.status, answer.json["status"]) == (200, "ok")
    assert {item["name"]: item["status"] for item in answer.json["dependencies"]} == {
        "table:control": "ok",
        "table:runs": "ok",
        "table:ops": "ok",
        "bucket:tenants": "ok",
    }


def test_what_is_gone_degrades_the_answer_and_is_named(ask: Ask) -> None:
    boto3.client("dynamodb").delete_table(TableName="ambit-test-runs")
    boto3.client("s3").delete_bucket(Bucket=TENANT_BUCKET)
    answer = ask("GET /v1/platform/health", operator())
    assert (answer.status, answer.json["status"]) == (200, "degraded")
    failing = {item["name"]: item["problem"] for item in answer.json["dependencies"] if item["status"] == "failing"}
    assert set(failing) == {"table:runs", "bucket:tenants"}
    assert not any("ambit-test" in text or "Exception" in text for text in failing.values())


def test_tenants_do_not_see_the_platforms_health(ask: Ask) -> None:
    assert ask("GET /v1/platform/health", person("acme", "Tenant.Admin")).status == 403
