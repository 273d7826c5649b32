import csv
import io
import json
from typing import Any

import pytest

from lambdas.audit.formats import COLUMNS, heading, line, shown

ENTRY: dict[str, Any] = {
    "seq": 7,
    "time": "2026-03-04T05:06:07.890Z",
    "actor": "act_1",
    "action": "member.joined",
    "target": "usr_1",
    "decision": "allowed",
    "detailHash": "d",
    "prevHash": "p",
    "hash": "h",
    "salt": "s",
    "detail": {"b": 1, "principalId": "usr:1:ada", "a": None},
}
ERASED = {name: value for name, value in ENTRY.items() if name not in {"detail", "salt"}}


def test_an_entry_is_shown_with_its_principal_and_nothing_else_than_the_columns() -> None:
    assert shown(ENTRY) == {**ENTRY, "principalId": "usr:1:ada"}
    assert shown({**ENTRY, "pk": "TENANT#acme#AUDIT"}) == shown(ENTRY)
    assert shown(ERASED) == ERASED


def test_a_json_line_holds_the_entry() -> None:
    text = line("jsonl", ENTRY)
    assert text.endswith("}\n")
    assert text.count("\n") == 1
    assert json.loads(text) == shown(ENTRY)
    assert heading("jsonl") == ""


def test_a_line_break_in_a_value_does_not_break_the_line() -> None:
    text = line("jsonl", {**ENTRY, "target": "a\nb\r\u2028c"})
    assert text.count("\n") == 1


def test_a_csv_row_holds_the_entry_and_leaves_what_was_erased_empty() -> None:
    for entry, detail, principal in ((ENTRY, ENTRY["detail"], "usr:1:ada"), (ERASED, None, "")):
        (row,) = csv.DictReader(io.StringIO(heading("csv") + line("csv", entry), newline=""))
        assert tuple(row) == COLUMNS
        assert (row["seq"], row["hash"], row["principalId"]) == ("7", "h", principal)
        assert (json.loads(row["detail"]) if row["detail"] else None) == detail


@pytest.mark.parametrize("sign", list("=+-@\t\r\n'\uff1d\uff0b\uff0d\uff20"))
def test_a_cell_that_would_be_calculated_has_an_apostrophe_before_it(sign: str) -> None:
    (row,) = csv.DictReader(io.StringIO(heading("csv") + line("csv", {**ENTRY, "target": f"{sign}1"}), newline=""))
    assert row["target"] == f"'{sign}1"


def test_quotes_commas_and_breaks_stay_in_their_cell() -> None:
    target = 'a",b\r\n=1,"c'
    (row,) = csv.DictReader(io.StringIO(heading("csv") + line("csv", {**ENTRY, "target": target}), newline=""))
    assert (row["target"], row["decision"]) == (target, "allowed")
