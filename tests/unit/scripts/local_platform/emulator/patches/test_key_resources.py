from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from scripts.local_platform.emulator.patches import key_resources
from scripts.local_platform.emulator.patches.key_resources import named, resource

ROOT = "arn:aws:kms:us-east-1:000000000000"
ALIAS = "alias/ambit-local-tenant-acme"
KEY = f"{ROOT}:key/k1"


class AuthError:
    """How the evaluator says no."""


class FakeKms:
    """One key, under one alias."""

    @staticmethod
    def _alias_arn(alias: str) -> str:
        return f"{ROOT}:{alias}"

    @staticmethod
    def _resolve_key(key: str) -> dict[str, str] | None:
        return {"Arn": KEY} if key.endswith(ALIAS) else None


def asked(**request: Any) -> str | None:
    return resource(request, FakeKms())


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"null"])
def test_a_body_that_is_no_object_names_nothing(body: bytes) -> None:
    assert named(body) == {}


def test_a_call_that_makes_or_moves_an_alias_is_authorised_on_the_alias() -> None:
    assert asked(AliasName=ALIAS, TargetKeyId="k1") == f"{ROOT}:{ALIAS}"
    assert asked(AliasName=ALIAS) == f"{ROOT}:{ALIAS}"


@pytest.mark.parametrize("key", [ALIAS, f"{ROOT}:{ALIAS}"])
def test_a_call_that_uses_an_alias_is_authorised_on_the_key_it_leads_to(key: str) -> None:
    assert asked(KeyId=key) == KEY


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"KeyId": "k1"},
        {"KeyId": KEY},
        {"KeyId": "alias/nowhere"},
        {"KeyId": 7},
        {"AliasName": 7},
        {"AliasName": "x"},
    ],
)
def test_everything_else_is_left_to_the_emulator(request_: dict[str, Any]) -> None:
    assert resource(request_, FakeKms()) is None


@pytest.fixture
def patched(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The correction, applied to fakes: an emulator that knows no resource and refuses with `answer`."""
    modules = SimpleNamespace(answer="denied")
    modules.actions = SimpleNamespace(extract_resource_arn=lambda *_: "*")
    modules.evaluator = SimpleNamespace(enforce=lambda *_, **__: modules.answer, AuthError=AuthError)
    found = {"core.iam_actions": modules.actions, "core.iam_evaluator": modules.evaluator, "services.kms": FakeKms()}
    monkeypatch.setattr(key_resources, "module", found.__getitem__)
    monkeypatch.setattr(key_resources, "require", lambda *_: None)
    key_resources.apply()
    return modules


def test_only_calls_of_kms_are_looked_into(patched: SimpleNamespace) -> None:
    body = json.dumps({"KeyId": ALIAS}).encode()
    assert patched.actions.extract_resource_arn("kms", "POST", "/", {}, body) == KEY
    assert patched.actions.extract_resource_arn("sqs", "POST", "/", {}, body) == "*"
    assert patched.actions.extract_resource_arn("kms", "POST", "/", {}, b"{}") == "*"


def enforced(patched: SimpleNamespace, action: str, service: str, arn: str) -> Any:
    return patched.evaluator.enforce("AKIA", action, service, "us-east-1", resource_arn=arn)


def test_that_an_alias_leads_nowhere_is_said_by_the_service(patched: SimpleNamespace) -> None:
    assert enforced(patched, "kms:DescribeKey", "kms", f"{ROOT}:alias/nowhere") is None


@pytest.mark.parametrize("action", sorted(key_resources.NAMING))
def test_naming_a_key_is_still_refused_where_no_policy_allows_it(action: str, patched: SimpleNamespace) -> None:
    assert enforced(patched, action, "kms", f"{ROOT}:{ALIAS}") == "denied"


def test_a_key_and_other_services_are_still_refused(patched: SimpleNamespace) -> None:
    assert enforced(patched, "kms:DescribeKey", "kms", KEY) == "denied"
    assert enforced(patched, "sqs:SendMessage", "sqs", f"{ROOT}:alias/x") == "denied"


def test_whoever_is_nobody_is_told_nothing_of_aliases(patched: SimpleNamespace) -> None:
    patched.answer = AuthError()
    assert isinstance(enforced(patched, "kms:DescribeKey", "kms", f"{ROOT}:alias/nowhere"), AuthError)
