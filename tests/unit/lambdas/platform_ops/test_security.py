from datetime import date, timedelta

import pytest

from data_access_lib.admin import AdminContext, AdminTable, OpsAdminAudit
from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import InvalidCursor
from data_access_lib.repositories.security_events import SecurityEvents
from data_access_lib.signals import AccessAttempt, OpsAccessSignals
from lambdas.platform_ops.security import SecurityLog
from platform_kit.identity import Identity
from tests.stores import HandClock, SeenAudit, Stores

OPERATOR = Identity("usr:1:ops", None, frozenset({"Platform.Operator"}), "", "jwt")


def log_of(stores: Stores, clock: HandClock, audit: object) -> SecurityLog:
    def events(who: Identity) -> SecurityEvents:
        admin = AdminContext(who.principal_id, tuple(who.roles), "test")
        return SecurityEvents(AdminTable(stores.client, stores.ops, admin, audit, stores.signals))  # type: ignore[arg-type]

    return SecurityLog(events, CursorCodec(lambda: [b"s" * 32], clock=clock), clock)


@pytest.fixture
def log(stores: Stores, clock: HandClock) -> SecurityLog:
    return log_of(stores, clock, SeenAudit())


def attempt(stores: Stores, clock: HandClock, tenant: str = "acme") -> None:
    signals = OpsAccessSignals(lambda: stores.client, stores.ops, clock=clock, emit=lambda _: None)  # type: ignore[arg-type,return-value]
    signals.violation(AccessAttempt(tenant, "usr:1:ada", "get", "runs", "TENANT#globex#RUN#x"))


def test_an_attempt_is_shown_with_who_made_it_and_the_key_that_was_asked_for(
    log: SecurityLog, stores: Stores, clock: HandClock
) -> None:
    attempt(stores, clock)
    page = log.list(OPERATOR, day=None, limit=50, cursor=None)
    (event,) = page.items
    assert (page.day, page.next_cursor) == (clock.now().date(), None)
    assert (event.type, event.tenant_id, event.principal_id) == ("tenant.access_violation", "acme", "usr:1:ada")
    assert (event.operation, event.resource, event.attempted) == ("get", "runs", "TENANT#globex#RUN#x")


def test_a_day_is_read_page_by_page_newest_first(log: SecurityLog, stores: Stores, clock: HandClock) -> None:
    for name in ("a", "b", "c"):
        attempt(stores, clock, name)
    first = log.list(OPERATOR, day=None, limit=2, cursor=None)
    rest = log.list(OPERATOR, day=first.day, limit=2, cursor=first.next_cursor)
    assert [item.tenant_id for item in (*first.items, *rest.items)] == ["c", "b", "a"]
    assert rest.next_cursor is None


def test_each_day_has_its_own_events(log: SecurityLog, stores: Stores, clock: HandClock) -> None:
    attempt(stores, clock)
    before = clock.now().date() - timedelta(days=1)
    assert log.list(OPERATOR, day=before, limit=50, cursor=None).items == []


def test_a_cursor_of_another_day_is_refused(log: SecurityLog, stores: Stores, clock: HandClock) -> None:
    for _ in range(2):
        attempt(stores, clock)
    cursor = log.list(OPERATOR, day=None, limit=1, cursor=None).next_cursor
    with pytest.raises(InvalidCursor):
        log.list(OPERATOR, day=date(2020, 1, 1), limit=1, cursor=cursor)


def test_that_an_operator_looked_is_the_days_newest_event(stores: Stores, clock: HandClock) -> None:
    log = log_of(stores, clock, OpsAdminAudit(lambda: stores.client, stores.ops, clock=clock))  # type: ignore[arg-type,return-value]
    attempt(stores, clock)
    newest, violation = log.list(OPERATOR, day=None, limit=50, cursor=None).items
    assert (newest.type, newest.principal_id, newest.reason) == ("operator.access", OPERATOR.principal_id, "test")
    assert newest.target == f"TENANT#platform#SECURITY#{clock.now().date()}"
    assert violation.type == "tenant.access_violation"


def test_what_is_for_the_store_alone_is_not_shown(log: SecurityLog, stores: Stores, clock: HandClock) -> None:
    attempt(stores, clock)
    shown = log.list(OPERATOR, day=None, limit=1, cursor=None).items[0].model_dump(by_alias=True, exclude_none=True)
    assert not {"pk", "sk", "ttl"} & shown.keys()
