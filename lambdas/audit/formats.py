"""An audit entry as a line of an export: JSON, or CSV that no spreadsheet mistakes for a formula.

Both hold everything that `ambit audit verify` needs. A CSV cell that a spreadsheet would calculate, or that begins with
an apostrophe, is written with an apostrophe before it; whoever reads it takes one away.
https://owasp.org/www-community/attacks/CSV_Injection
"""

import csv
import io
import json
from collections.abc import Mapping
from typing import Any, Final

COLUMNS: Final = (
    *("seq", "time", "actor", "principalId", "action", "target", "decision"),
    *("detail", "detailHash", "salt", "prevHash", "hash"),
)
MEDIA_TYPES: Final[Mapping[str, str]] = {
    "jsonl": "application/x-ndjson; charset=utf-8",
    "csv": "text/csv; charset=utf-8; header=present",
}
_CALCULATED: Final = tuple("=+-@\t\r\n'\uff1d\uff0b\uff0d\uff20")


def shown(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of the repository with its principal, as the columns name them; what was erased is left out."""
    principal = (entry.get("detail") or {}).get("principalId")
    with_principal = {**entry, "principalId": principal}
    return {name: with_principal[name] for name in COLUMNS if with_principal.get(name) is not None}


def line(kind: str, entry: Mapping[str, Any]) -> str:
    """One entry as `jsonl` or `csv`, with its line's end."""
    if kind == "jsonl":
        return json.dumps(shown(entry), ensure_ascii=False, separators=(",", ":")) + "\n"
    return _row([_cell(shown(entry).get(name)) for name in COLUMNS])


def heading(kind: str) -> str:
    """What comes before the first entry."""
    return "" if kind == "jsonl" else _row(list(COLUMNS))


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True) if isinstance(value, dict) else str(value)
    return f"'{text}" if text.startswith(_CALCULATED) else text


def _row(cells: list[str]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow(cells)  # RFC 4180
    return written.getvalue()
