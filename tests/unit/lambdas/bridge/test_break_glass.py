"""What must be entered before it is done, and what a race leaves; the rest is in tests/functional/bridge."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, cast

import pytest

from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories import audit
from data_access_lib.repositories.break_glass import LABEL
from data_access_lib.tenant import TenantContext, TenantId
from lambdas.bridge.break_glass import BreakGlass, Desk, Look, no_break_glass
from platform_kit.errors import BreakGlassRequired, Conflict, DependencyUnavailable, NotFound
from platform_kit.identity import Identity

ACME: Final = TenantId("acme")
WHO: Final = Identity("usr:1:ada", None, frozenset({"Platform.Admin"}), "", "jwt")
GRANT: Final = {
    "grantId": "brk_1",
    "tenantId": "acme",
    "principalId": "usr:1:ada",
    "reason": "it is on fire",
    "openedAt": "2026-03-04T12:00:00.000Z",
    "expiresAt": "2026-03-04T12:30:00.000Z",
}
ASKED: Final = Look("break_glass.run_read", "run_1", {"more": 1})


class Noon:
    def now(self) -> datetime:
        return datetime(2026, 3, 4, 12, 10, tzinfo=UTC)


@dataclass
class Records:
    """Everything that is written, in order, by whoever writes it; `failing` names what raises."""

    grant: dict[str, Any] | None = field(default_factory=lambda: dict(GRANT))
    status: str = "active"
    failing: dict[str, Exception] = field(default_factory=dict)
    written: list[tuple[str, str, str]] = field(default_factory=list)
    details: list[Any] = field(default_factory=list)

    def get(self, *_: Any, **__: Any) -> dict[str, Any]:
        return {"status": self.status, **(self.grant or {})}

    def open_to(self, tenant_id: str, principal_id: str, at: str) -> dict[str, Any] | None:
        assert (tenant_id, principal_id, at) == ("acme", "usr:1:ada", "2026-03-04T12:10:00.000Z")
        return self.grant

    def end_in(self, *_: Any) -> None:
        """Added to the transaction."""

    def chain(self, name: str) -> "Chain":
        return Chain(self, name)


@dataclass
class Chain:
    records: Records
    name: str

    def append(self, draft: audit.AuditDraft) -> dict[str, Any]:
        if self.name in self.records.failing:
            raise self.records.failing[self.name]
        self.records.written.append((self.name, draft.action, draft.decision))
        self.records.details.append(draft.detail)
        return {"seq": len(self.records.written)}

    def commit(self, draft: audit.AuditDraft, build: Callable[[Any], Any]) -> None:
        build(None)
        self.append(draft)


def access(records: Records) -> BreakGlass:
    some = cast("Any", records)
    desk = Desk(some, some, cast("Any", records.chain("platform")), cast("Any", None))

    def log(context: TenantContext) -> Any:
        assert context == TenantContext(ACME, "usr:1:ada")
        return records.chain("tenant")

    return BreakGlass(lambda _: desk, log, cast("Any", None), Noon())


def test_both_chains_say_so_before_anything_is_looked_at() -> None:
    records = Records()

    def look(inside: Identity) -> str:
        assert records.written == [(name, ASKED.action, "allowed") for name in ("tenant", "platform")]
        return f"{inside.principal_id} in {inside.tenant()}"

    assert access(records).read(WHO, ACME, ASKED, look) == "usr:1:ada in acme"
    told = {name: GRANT[name] for name in ("grantId", "tenantId", "reason", "expiresAt")}
    assert records.details == [{**told, "more": 1}] * 2


@pytest.mark.parametrize("chain", ["tenant", "platform"])
def test_nothing_is_looked_at_that_a_chain_does_not_take(chain: str) -> None:
    records = Records(failing={chain: DependencyUnavailable("down")})
    with pytest.raises(DependencyUnavailable):
        access(records).read(WHO, ACME, ASKED, lambda _: pytest.fail("looked at"))


def test_nothing_is_looked_at_or_entered_without_a_grant() -> None:
    records = Records(grant=None)
    with pytest.raises(BreakGlassRequired) as refused:
        access(records).read(WHO, ACME, ASKED, lambda _: pytest.fail("looked at"))
    assert (refused.value.status, refused.value.code) == (403, "BREAK_GLASS_REQUIRED")
    assert records.written == []


def test_a_look_that_shows_nothing_is_taken_back_in_both_chains() -> None:
    records = Records()

    def look(_: Identity) -> None:
        raise NotFound("There is no such run.")

    with pytest.raises(NotFound):
        access(records).read(WHO, ACME, ASKED, look)
    assert [(name, decision) for name, _, decision in records.written[2:]] == [
        ("platform", "failed"),
        ("tenant", "failed"),
    ]


def test_two_who_end_a_grant_at_once_do_not_both_end_it() -> None:
    records = Records(failing={"platform": ConditionFailed(label=LABEL)})
    with pytest.raises(Conflict, match="ended by somebody else"):
        access(records).end(WHO, ACME, "brk_1")
    assert [decision for *_, decision in records.written] == ["allowed", "failed"]


def test_another_failure_of_the_transaction_stays_what_it_is() -> None:
    records = Records(failing={"platform": ConditionFailed(label="audit")})
    with pytest.raises(ConditionFailed):
        access(records).end(WHO, ACME, "brk_1")


@pytest.mark.parametrize(
    "over", [{"expiresAt": "2026-03-04T12:10:00.000Z"}, {"endedAt": "2026-03-04T12:05:00.000Z", "endedBy": "usr:1:bob"}]
)
def test_a_grant_that_is_over_is_not_ended_again(over: dict[str, str]) -> None:
    records = Records(grant={**GRANT, **over})
    access(records).end(WHO, ACME, "brk_1")
    assert records.written == []


def test_a_service_that_was_built_without_it_opens_nothing() -> None:
    with pytest.raises(NotFound):
        no_break_glass()
