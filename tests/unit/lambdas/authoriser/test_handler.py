import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from lambdas.authoriser import handler
from lambdas.authoriser.models import Unauthorized
from lambdas.authoriser.settings import SettingsError
from tests.authority import ISSUER, Authority, request

ROOT = Path(__file__).resolve().parents[4]
HEAVY = ("boto3", "botocore", "pydantic", "aws_lambda_powertools", "jwt", "cryptography", "http", "ssl", "inspect")
MOST_MODULES = 85


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONTROL_TABLE", "RUN_TOKEN_KEY_ARN", "AUDIENCE", "STS_HOSTS"):
        monkeypatch.delenv(name, raising=False)
    handler._authoriser.cache_clear()


def test_a_function_without_its_settings_says_which_it_lacks() -> None:
    with pytest.raises(SettingsError, match="CONTROL_TABLE, RUN_TOKEN_KEY_ARN, AUDIENCE, STS_HOSTS"):
        handler.handle(request(None), None)


@mock_aws
def test_the_handler_decides_from_the_real_table(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"CONTROL_TABLE": "control", "RUN_TOKEN_KEY_ARN": "arn:aws:kms:r:a:key/k", "AUDIENCE": "ambit-api"}
    values |= {"STS_HOSTS": "sts.us-east-1.amazonaws.com", "AWS_REGION": "us-east-1"}
    values |= {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    world = Authority()
    monkeypatch.setattr(handler, "fetcher", lambda _outbound: world._fetch)
    world.now = time.time()
    fill(world)
    answer = handler.handle(request(f"Bearer {world.token()}"), None)
    assert (answer["context"]["tenantId"], world.fetched) == ("acme", [f"{ISSUER}/jwks"])
    with pytest.raises(Unauthorized):
        handler.handle(request("Bearer x.y.z"), None)


def fill(world: Authority) -> None:
    keys: Any = [{"AttributeName": name, "KeyType": kind} for name, kind in (("pk", "HASH"), ("sk", "RANGE"))]
    attributes: Any = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")]
    table: Any = boto3.resource("dynamodb").create_table(
        TableName="control", KeySchema=keys, AttributeDefinitions=attributes, BillingMode="PAY_PER_REQUEST"
    )
    for (pk, sk), item in world.items.items():
        table.put_item(Item={"pk": pk, "sk": str(sk), **item})


# The cold start


def fresh_interpreter(code: str, cache: Path) -> str:
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'layers'}", "PYTHONPYCACHEPREFIX": str(cache)}
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_importing_the_handler_imports_nothing_heavy(tmp_path: Path) -> None:
    code = f"import sys, lambdas.authoriser.handler; print([m for m in {HEAVY!r} if m in sys.modules])"
    assert fresh_interpreter(code, tmp_path) == "[]"


def test_importing_the_handler_imports_few_modules(tmp_path: Path) -> None:
    """What a cold start costs, counted. How long it takes, `make bench` says: a busy machine tells little."""
    code = (
        "import sys; before = set(sys.modules); import lambdas.authoriser.handler; "
        "print(len(sys.modules.keys() - before))"
    )
    assert int(fresh_interpreter(code, tmp_path)) <= MOST_MODULES


def test_a_decision_on_a_remembered_token_imports_no_sdk(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path[:0] = [p for p in " + repr(sys.path) + " if p]\n"
        "from tests.authority import Authority, request\n"
        "world = Authority(); authoriser = world.authoriser()\n"
        "for _ in range(2): authoriser.authorise(request('Bearer ' + world.token()))\n"
        "print([m for m in ('boto3', 'botocore') if m in sys.modules])"
    )
    assert fresh_interpreter(code, tmp_path) == "[]"
