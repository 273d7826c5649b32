"""The order of writes: a role is claimed before it is listed, and listed before it is usable."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.audit import AuditDraft
from data_access_lib.tenant import TenantContext, TenantId
from lambdas.api_keys.aws_callers import AwsCallerService, CallerCabinet
from lambdas.api_keys.models import CreateAwsCaller
from platform_kit import aws_roles
from platform_kit.errors import Conflict, Unprocessable

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ACME = TenantContext(TenantId("acme"), "usr:a:ada")
ROLE = "arn:aws:iam::123456789012:role/ci"
WANTED = CreateAwsCaller.model_validate({"name": "ci", "roleArn": ROLE, "scopes": ["runs:read"]})


class FixedClock:
    def now(self) -> datetime:
        return NOW


@dataclass
class World:
    """A tenant's callers and the platform's credentials in memory, and what was done to them in order."""

    record: dict[str, Any] = field(default_factory=dict)
    done: list[tuple[str, Any]] = field(default_factory=list)
    fails: str = ""
    known: int = 0

    def service(self) -> AwsCallerService:
        cabinet = CallerCabinet(*(cast("Any", self),) * 3)
        codec = CursorCodec(lambda: [b"s" * 32], clock=FixedClock())
        return AwsCallerService(lambda _who: cabinet, cast("Any", self), codec, FixedClock())

    def commit(self, draft: AuditDraft, build: Callable[[Any], Any]) -> Any:
        self._do(draft.action, dict(draft.detail))
        return build(self), {}

    def create_in(self, _transaction: Any, record: dict[str, Any]) -> None:
        self.record = record

    def delete_in(self, _transaction: Any, _caller_id: str) -> None:
        if not self.record:
            raise ConditionFailed
        self.record = {}

    def get(self, _caller_id: str) -> dict[str, Any]:
        return {"roleArn": ROLE}

    def count(self) -> int:
        return self.known

    def claim(self, digest: str, grant: dict[str, Any]) -> None:
        self._do("claim", (digest, grant))

    def activate(self, digest: str, _owner: str) -> None:
        self._do("activate", digest)

    def revoke(self, digest: str, _owner: str) -> None:
        self._do("revoke", digest)

    def _do(self, step: str, what: Any) -> None:
        self.done.append((step, what))
        if step == self.fails:
            raise Conflict("as told")

    @property
    def steps(self) -> list[str]:
        return [step for step, _ in self.done]

    def make(self) -> Any:
        return self.service().create(ACME, WANTED, key=None, body=b"{}")[0]


def test_a_role_is_claimed_then_listed_then_usable() -> None:
    world = World()
    made = world.make()
    assert world.steps == ["claim", "aws_caller.created", "activate"]
    digest, grant = world.done[0][1]
    assert digest == aws_roles.digest(ROLE)
    assert grant == {
        "kind": "aws",
        "tenantId": "acme",
        "id": made.caller_id,
        "scopes": ["runs:read"],
        "environment": "prod",
    }


@pytest.mark.parametrize("step", ["claim", "aws_caller.created"])
def test_what_fails_before_it_is_listed_is_never_usable(step: str) -> None:
    world = World(fails=step)
    with pytest.raises(Conflict):
        world.make()
    assert "activate" not in world.steps
    assert world.record == {}


def test_a_role_is_closed_before_it_is_unlisted() -> None:
    world = World(record={"callerId": "awc_1"})
    world.service().delete(ACME, "awc_1")
    assert world.steps == ["revoke", "aws_caller.deleted"]
    assert world.record == {}


def test_a_caller_that_somebody_else_removes_meanwhile_is_removed() -> None:
    world = World()
    world.service().delete(ACME, "awc_1")
    assert world.steps == ["revoke", "aws_caller.deleted"]


def test_a_hundred_callers_are_enough() -> None:
    with pytest.raises(Unprocessable, match="100 AWS callers"):
        World(known=100).make()
