from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import ConditionFailed, StaleVersion
from data_access_lib.keys import issuer_id
from data_access_lib.repositories.audit import AuditDraft
from data_access_lib.repositories.issuers import LABEL
from lambdas.issuers.models import RegisterIssuer, UpdateIssuer
from lambdas.issuers.service import Desk, IssuerService, reply
from platform_kit.errors import Conflict, DependencyUnavailable, Unprocessable
from platform_kit.identity import Identity

ISS = "https://id.test"
WHO = Identity("usr:abcd1234:root", None, frozenset({"Platform.Admin"}), "", "jwt")
WANTED = RegisterIssuer.model_validate(
    {"iss": ISS, "boundTo": "platform", "jwksUri": f"{ISS}/jwks", "audiences": ["api"]}
)
RECORD = {
    "iss": ISS,
    "boundTo": "platform",
    "jwksUri": f"{ISS}/jwks",
    "algorithms": ["RS256"],
    "status": "active",
    "allowedRoles": ["Tenant.Viewer"],
    "rolesClaim": "roles",
    "createdAt": "t",
    "updatedAt": "t",
    "etag": 3,
}


class Clock:
    def now(self) -> datetime:
        return datetime(2026, 3, 4, tzinfo=UTC)


class Issuers:
    """One record, or none; remembers what was written."""

    def __init__(self, record: dict[str, Any] | None) -> None:
        self.record = record
        self.written: list[dict[str, Any]] = []

    def find(self, _iss: str) -> dict[str, Any] | None:
        return self.record

    def by_id(self, _id: str) -> dict[str, Any] | None:
        return self.record

    def create_in(self, _transaction: object, record: dict[str, Any]) -> dict[str, Any]:
        self.written.append(record)
        return record

    def change_in(self, _transaction: object, record: dict[str, Any], etag: int) -> dict[str, Any]:
        self.written.append(record)
        return {**record, "etag": etag + 1}


class Audit:
    """Commits, or fails with what it is given."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.drafts: list[AuditDraft] = []

    def commit(self, draft: AuditDraft, build: Callable[[object], Any]) -> tuple[Any, dict[str, Any]]:
        if self.failure:
            raise self.failure
        self.drafts.append(draft)
        return build(None), {}


class Keys:
    """A look at keys that finds what it is told to."""

    def __init__(self) -> None:
        self.looked_at: list[str] = []

    def address(self, _url: str, _pointer: str) -> None:
        return None

    def usable(self, url: str, _algorithms: list[str]) -> int:
        self.looked_at.append(url)
        return 1


def service(
    record: dict[str, Any] | None = None, failure: Exception | None = None
) -> tuple[IssuerService, Any, Any, Keys]:
    issuers, audit, keys = Issuers(record), Audit(failure), Keys()
    nothing: Any = None
    desk = Desk(issuers, nothing, audit, nothing)  # type: ignore[arg-type] # fakes
    made = IssuerService(lambda _who: desk, keys, CursorCodec(lambda: [b"k" * 32]), Clock())  # type: ignore[arg-type] # fakes
    return made, issuers, audit, keys


def register(made: IssuerService) -> Any:
    return made.register(WHO, WANTED, key=None, body=b"")


def change(made: IssuerService, etag: int = 3, **body: Any) -> Any:
    return made.update(WHO, issuer_id(ISS), etag, UpdateIssuer.model_validate(body))


def test_a_registration_is_written_with_its_entry() -> None:
    made, issuers, audit, keys = service()
    register(made)
    (record,) = issuers.written
    assert (record["allowPlatformRoles"], record["tenantClaim"]) == (False, "tenantid")
    assert [(draft.action, draft.target) for draft in audit.drafts] == [("issuer.registered", issuer_id(ISS))]
    assert keys.looked_at == [f"{ISS}/jwks"]


def test_whoever_comes_second_is_told_that_it_is_registered() -> None:
    made, _, _, _ = service(failure=ConditionFailed(label=LABEL))
    with pytest.raises(Conflict, match="registered already"):
        register(made)


def test_whoever_changes_second_is_told_to_read_again() -> None:
    made, _, _, _ = service(RECORD, ConditionFailed(label=LABEL))
    with pytest.raises(StaleVersion):
        change(made, status="disabled")


@pytest.mark.parametrize("failure", [ConditionFailed(label="other"), DependencyUnavailable("down")])
def test_other_failures_are_told_as_they_are(failure: Exception) -> None:
    for act in (
        lambda: register(service(failure=failure)[0]),
        lambda: change(service(RECORD, failure)[0], status="disabled"),
    ):
        with pytest.raises(type(failure)) as raised:
            act()
        assert raised.value is failure


def test_only_a_change_of_keys_or_algorithms_looks_at_keys() -> None:
    made, _, _, keys = service(RECORD)
    change(made, status="disabled")
    change(made, audiences=["x"])
    assert keys.looked_at == []
    change(made, algorithms=["ES256"])
    change(made, jwksUri="https://id.test/v2")
    assert keys.looked_at == [f"{ISS}/jwks", "https://id.test/v2"]


@pytest.mark.parametrize(
    ("body", "action"),
    [
        ({"status": "disabled"}, "issuer.disabled"),
        ({"status": "active"}, "issuer.updated"),
        ({"rolesClaim": "groups", "status": "disabled"}, "issuer.disabled"),
        ({"rolesClaim": "groups"}, "issuer.updated"),
    ],
)
def test_an_entry_says_what_kind_of_change_it_was(body: dict[str, Any], action: str) -> None:
    made, _, audit, _ = service(RECORD)
    change(made, **body)
    (draft,) = audit.drafts
    assert draft.action == action
    assert draft.detail["before"]["status"] == "active"
    assert "etag" not in draft.detail["after"]


def test_vouching_for_operators_follows_from_the_roles() -> None:
    made, issuers, _, _ = service(RECORD)
    change(made, allowedRoles=["Platform.Operator"])
    change(made, allowedRoles=["Tenant.Viewer"])
    assert [record["allowPlatformRoles"] for record in issuers.written] == [True, False]


def test_a_tenants_issuer_gets_no_role_of_the_platform() -> None:
    made, issuers, _, _ = service({**RECORD, "boundTo": "acme"})
    with pytest.raises(Unprocessable):
        change(made, allowedRoles=["Platform.Admin"])
    assert issuers.written == []


def test_a_record_that_says_little_can_be_changed() -> None:
    bare = {name: RECORD[name] for name in ("iss", "boundTo", "jwksUri", "createdAt", "updatedAt")}
    made, issuers, _, _ = service(bare)
    change(made, etag=0, status="disabled")
    assert (issuers.written[0]["status"], issuers.written[0]["allowPlatformRoles"]) == ("disabled", False)


def test_a_record_without_a_state_is_shown_as_disabled() -> None:
    shown = reply({name: value for name, value in RECORD.items() if name not in {"status", "rolesClaim"}})
    assert (shown.status, shown.roles_claim, shown.audiences) == ("disabled", "roles", [])
