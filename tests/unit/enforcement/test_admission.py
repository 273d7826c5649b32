from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from enforcement.admission import Admission
from platform_kit.errors import (
    AmbitError,
    DependencyUnavailable,
    Forbidden,
    ResidencyViolation,
    TenantSuspended,
    Unauthenticated,
)
from platform_kit.run_keys import RunKey
from platform_kit.run_token import mint, raw_signature
from tests.authority import REGION, RUN, RUN_KEY_ARN, RUN_KEY_ID, ec_key

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ACTIVE = {"status": "active", "residency": REGION, "tier": "premium"}


class Clock:
    def now(self) -> datetime:
        return NOW


class Tenants:
    def __init__(self, record: dict[str, Any] | None) -> None:
        self.record = record
        self.asked: list[tuple[str, bool]] = []

    def find(self, tenant_id: str, *, consistent: bool = False) -> dict[str, Any] | None:
        self.asked.append((str(tenant_id), consistent))
        return self.record


def spki(name: str) -> bytes:
    return bytes(ec_key(name).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def down(_arn: str) -> bytes:
    raise TimeoutError


def admission(record: dict[str, Any] | None = None, source: Any = lambda _arn: spki("run")) -> Admission:
    tenants: Any = Tenants(ACTIVE if record is None else record)
    return Admission(RunKey(RUN_KEY_ARN, source), lambda: tenants, REGION, Clock())


def token(signer: str = "run", key_id: str = RUN_KEY_ID, now: datetime = NOW) -> str:
    key = ec_key(signer)
    return mint(RUN, lambda message: raw_signature(key.sign(message, ec.ECDSA(hashes.SHA256()))), key_id, now)


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def test_a_run_token_is_the_run_that_it_names() -> None:
    who = admission().of(bearer(token()))
    run = who.agent_run()
    assert (who.tenant(), who.tier, who.credential, who.roles) == ("acme", "premium", "run", frozenset())
    assert (run.run_id, run.agent, run.version_id, run.session_id, run.mode) == (
        *("run_1", "echo-agent", "ver_1"),
        *("ses_1", "sync"),
    )


def test_the_tenant_is_looked_at_as_it_is_now() -> None:
    door = admission()
    door.of(bearer(token()))
    tenants: Any = door.tenants()
    assert tenants.asked == [("acme", True)]


@pytest.mark.parametrize(
    "headers",
    [
        *(None, {}, {"X": "y"}, {"Authorization": ""}, {"Authorization": 7}, {"Authorization": ["Bearer x"]}),
        *(bearer(""), bearer("a.b.c"), {"Authorization": "Basic x"}, {"Authorization": "bearer"}),
        {"Authorization": "Bearer  two-spaces"},
    ],
    ids=repr,
)
def test_what_is_no_bearer_token_is_no_identity(headers: Any) -> None:
    with pytest.raises(Unauthenticated):
        admission().of(headers)


def test_a_header_given_twice_in_two_spellings_is_no_identity() -> None:
    with pytest.raises(Unauthenticated):
        admission().of({"authorization": f"Bearer {token()}", "Authorization": f"Bearer {token()}"})


@pytest.mark.parametrize(
    ("signer", "key_id", "age"),
    [("forger", RUN_KEY_ID, 0), ("run", "another-key", 0), ("run", RUN_KEY_ID, 306), ("run", RUN_KEY_ID, -10)],
    ids=["forged", "unknown key", "expired", "not valid yet"],
)
def test_a_token_that_does_not_hold_is_no_identity(signer: str, key_id: str, age: int) -> None:
    with pytest.raises(Unauthenticated):
        admission().of(bearer(token(signer, key_id, NOW - timedelta(seconds=age))))


def test_a_strangers_key_id_does_not_get_as_far_as_kms() -> None:
    asked: list[str] = []

    def source(arn: str) -> bytes:
        asked.append(arn)
        return spki("run")

    with pytest.raises(Unauthenticated):
        admission(source=source).of(bearer(token(key_id="another-key")))
    assert asked == []


@pytest.mark.parametrize(
    ("record", "refusal"),
    [
        ({}, Forbidden),
        ({**ACTIVE, "status": "provisioning"}, Forbidden),
        ({**ACTIVE, "status": "suspended"}, TenantSuspended),
        ({**ACTIVE, "residency": "eu-west-1"}, ResidencyViolation),
        ({"status": "active"}, ResidencyViolation),
    ],
    ids=["none", "not ready", "suspended", "elsewhere", "nowhere"],
)
def test_a_tenant_that_may_do_nothing_here_is_refused(record: dict[str, Any], refusal: type[AmbitError]) -> None:
    with pytest.raises(refusal):
        admission(record).of(bearer(token()))


def test_without_the_key_nobody_is_let_in() -> None:
    with pytest.raises(DependencyUnavailable):
        admission(source=down).of(bearer(token()))
