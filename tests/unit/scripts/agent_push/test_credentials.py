from __future__ import annotations

import sys
from typing import Any

import boto3
import httpx
import pytest

from infra.config import PackageTarget
from scripts.agent_push import credentials
from scripts.agent_push.errors import PushError
from scripts.agent_push.stage import Stage

ISSUER = "http://127.0.0.1:8090/oidc"


def stage(issuer: str | None) -> Stage:
    target = PackageTarget((sys.version_info.major, sys.version_info.minor), "x86_64", None)
    return Stage("local", "http://api", "b", "r", target, boto3.Session("k", "s"), issuer=issuer)


@pytest.fixture(autouse=True)
def no_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(credentials.OPERATOR_VARIABLE, raising=False)
    monkeypatch.delenv(credentials.TENANT_VARIABLE, raising=False)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """An identity provider; the list has the forms it was sent."""
    forms: list[dict[str, str]] = []

    def get(url: str, **_: Any) -> httpx.Response:
        request = httpx.Request("GET", url)
        return httpx.Response(200, json={"token_endpoint": f"{ISSUER}/token"}, request=request)

    def post(url: str, data: dict[str, str], **_: Any) -> httpx.Response:
        forms.append(data)
        known = data["client_secret"] == f"{data['client_id']}-secret"
        body = {"access_token": f"token of {data['client_id']}"}
        return httpx.Response(200 if known else 401, json=body, request=httpx.Request("POST", url))

    monkeypatch.setattr(httpx, "get", get)
    monkeypatch.setattr(httpx, "post", post)
    return forms


@pytest.mark.usefixtures("provider")
def test_locally_the_platforms_own_clients_give_the_tokens() -> None:
    assert credentials.operator_token(stage(ISSUER)) == "token of platform-operator"
    assert credentials.tenant_token(stage(ISSUER)) == "token of acme-developer"


def test_a_token_that_was_given_is_used_and_nobody_asked(
    monkeypatch: pytest.MonkeyPatch, provider: list[dict[str, str]]
) -> None:
    monkeypatch.setenv(credentials.OPERATOR_VARIABLE, "mine")
    assert credentials.operator_token(stage(ISSUER)) == "mine"
    assert provider == []


def test_in_the_cloud_an_operators_token_must_be_given() -> None:
    with pytest.raises(PushError, match="set AMBIT_OPERATOR_TOKEN"):
        credentials.operator_token(stage(None))


def test_in_the_cloud_there_may_be_no_tenants_token() -> None:
    assert credentials.tenant_token(stage(None)) is None


def test_a_provider_that_is_down_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(url: str, **_: Any) -> httpx.Response:
        raise httpx.ConnectError("refused", request=httpx.Request("GET", url))

    monkeypatch.setattr(httpx, "get", refuse)
    with pytest.raises(PushError, match=r"is `make dev` up\?"):
        credentials.operator_token(stage(ISSUER))
