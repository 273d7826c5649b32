from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from data_access_lib.cursors import CursorCodec
from data_access_lib.repositories.audit import AuditDraft, AuditPage
from data_access_lib.tenant import TenantContext, TenantId
from lambdas.audit.formats import heading, line
from lambdas.audit.service import AuditService

ACME = TenantContext(TenantId("acme"), "usr:1:ada")


class FixedClock:
    def now(self) -> datetime:
        return datetime(2026, 3, 4, tzinfo=UTC)


@dataclass
class FakeLog:
    """A chain in memory, which gives at most three entries a page."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    drafts: list[AuditDraft] = field(default_factory=list)

    def append(self, draft: AuditDraft) -> dict[str, Any]:
        self.drafts.append(draft)
        self.fill(1)
        return self.entries[-1]

    def fill(self, number: int, target: str = "t") -> None:
        for _ in range(number):
            made = dict.fromkeys(("time", "actor", "action", "decision", "detailHash", "prevHash", "hash"), "x")
            self.entries.append({**made, "seq": len(self.entries) + 1, "target": target})

    def list(
        self, *, after: int = 0, before: int | None = None, limit: int = 50, newest_first: bool = False, **_: Any
    ) -> AuditPage:
        found = [one for one in self.entries if after < one["seq"] < (before or 10**12)]
        found = (found[::-1] if newest_first else found)[: min(limit, 3)]
        return AuditPage(found, None)


@pytest.fixture
def chain() -> FakeLog:
    found = FakeLog()
    found.fill(10)
    return found


def service(chain: FakeLog, **bounds: int) -> AuditService:
    cursors = CursorCodec(lambda: [b"s" * 32], clock=FixedClock())
    return AuditService(lambda _who: cast("Any", chain), cursors, **bounds)


def numbers(text: str) -> list[int]:
    return [int(one.partition(":")[2].partition(",")[0]) for one in text.splitlines()]


def test_an_export_goes_through_all_pages_to_where_the_log_ended(chain: FakeLog) -> None:
    made = service(chain).export(ACME, kind="jsonl", after=0, through=None)
    assert (numbers(made.text), made.last, made.through, made.more) == (list(range(1, 11)), 10, 10, False)
    assert chain.drafts == [AuditDraft("audit.exported", "acme", detail={"format": "jsonl", "after": 0, "through": 10})]


@pytest.mark.parametrize(
    ("after", "through", "expected"), [(4, None, 6), (4, 7, 3), (0, 99, 10), (10, None, 0), (9, 3, 0)]
)
def test_an_export_keeps_to_what_was_asked(after: int, through: int | None, expected: int, chain: FakeLog) -> None:
    made = service(chain).export(ACME, kind="jsonl", after=after, through=through)
    assert (len(numbers(made.text)), made.more) == (expected, False)
    assert made.last == (min(through or 10, 10) if expected else 0)


def test_a_piece_ends_at_the_number_of_entries_it_may_hold(chain: FakeLog) -> None:
    small = service(chain, most_entries=4)
    first = small.export(ACME, kind="jsonl", after=0, through=None)
    second = small.export(ACME, kind="jsonl", after=first.last, through=first.through)
    third = small.export(ACME, kind="jsonl", after=second.last, through=second.through)
    assert [numbers(one.text) for one in (first, second, third)] == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]
    assert [one.more for one in (first, second, third)] == [True, True, False]


def test_a_piece_ends_before_it_is_too_large_but_holds_one_entry_at_least(chain: FakeLog) -> None:
    one = len(line("csv", chain.entries[0]).encode())
    for most, expected in ((2 * one, 2), (2 * one + 1, 2), (3 * one - 1, 2), (1, 1)):
        made = service(chain, most_bytes=most).export(ACME, kind="csv", after=0, through=5)
        assert made.text.startswith(heading("csv"))
        assert (made.text.count("\r\n") - 1, made.last, made.more) == (expected, expected, True)


def test_an_empty_log_is_exported_as_nothing() -> None:
    made = service(FakeLog()).export(ACME, kind="jsonl", after=0, through=None)
    assert (made.text, made.last, made.more) == ("", 0, False)
