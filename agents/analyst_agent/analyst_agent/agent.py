"""The agent: reads the caller's file through the gateway and streams what it finds."""

from __future__ import annotations

import json
import time
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from ambit_agent import AgentApp, FileReference, Gateway, Invocation, finding, output

from analyst_agent import report
from analyst_agent.errors import AnalystError
from analyst_agent.profile import TableProfile
from analyst_agent.table import Table
from analyst_agent.text import TextStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FIRST_RANGE = 256 * 1024  # small, so that the first finding does not wait for a large one
PROGRESS_SECONDS = 0.5
app = AgentApp()


@app.entrypoint
def analyse(invocation: Invocation, gateway: Gateway) -> Iterator[dict[str, Any]]:
    """Profile the first file of the invocation; leave a report beside it as Markdown and JSON."""
    if not invocation.files:
        raise AnalystError("No file was given: upload a CSV and name its fileId in `files`.")
    source = invocation.files[0]
    reader = gateway.files.open(source.file_id)
    result: dict[str, Any] = {}
    for event in examine(source, reader.ranges(first=FIRST_RANGE)):
        if event["type"] == "result":
            result = event["result"]
        else:
            yield event
    files = write_report(gateway, source.name, result)
    yield finding(kind="report", text="The report is written.", files=files)
    yield output({"summary": summary(source.name, result), "rows": result["rows"],
                  "columns": result["columnCount"], "files": files})  # fmt: skip


def examine(source: FileReference, chunks: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Findings while reading, then one event of type `result` with the whole profile; raises AnalystError."""
    counted = Counted(chunks)
    text = TextStream(counted)
    table = Table(text)
    profile: TableProfile | None = None
    told = time.monotonic()
    for batch in table:
        if profile is None:
            profile = TableProfile(table.names)
            profile.add(batch)
            yield first_look(source, table, profile)
        else:
            profile.add(batch)
        if time.monotonic() - told > PROGRESS_SECONDS:
            told = time.monotonic()
            yield progress(source, counted, table)
    if profile is None:
        profile = TableProfile(table.names)
        yield first_look(source, table, profile)
    result = profile.result(table) | {"encoding": text.encoding, "bytesNotUtf8": text.not_utf8}
    yield from conclusions(result)
    yield {"type": "result", "result": result}


class Counted:
    """Chunks that are counted as they pass."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.size += len(chunk)
            yield chunk


def first_look(source: FileReference, table: Table, profile: TableProfile) -> dict[str, Any]:
    """The columns and their types as the first rows suggest them."""
    types = {column.name: column.kind() for column in profile.columns}
    text = f"{source.name} has {len(types)} columns; looking at the first {table.rows:,} rows."
    return finding(kind="columns", text=text, provisional=True, rows=table.rows, types=types)


def progress(source: FileReference, counted: Counted, table: Table) -> dict[str, Any]:
    """How far the reading is; `percent` of the bytes."""
    percent = min(100.0, round(100 * counted.size / source.size, 1)) if source.size else None
    return finding(kind="progress", text=f"{table.rows:,} rows read.", rows=table.rows, percent=percent)


def conclusions(result: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One finding for every column, then the strong correlations."""
    for column in result["columns"]:
        yield finding(kind="column", text=report.sentence(column), column=column)
    strong = [pair for pair in result["correlations"] if abs(pair["pearson"]) >= report.STRONG][: report.LISTED_PAIRS]
    for pair in strong:
        one, other = pair["columns"]
        yield finding(kind="correlation", text=f"{one} and {other} go together: r = {pair['pearson']:.3f}.", **pair)


def write_report(gateway: Gateway, name: str, result: dict[str, Any]) -> list[dict[str, Any]]:
    """Leave both forms in the tenant's bucket; returns their names and file ids."""
    stem = PurePosixPath(name).stem[:80] or "file"
    forms = (
        (f"{stem}-profile.md", "text/markdown", report.markdown(name, result)),
        (f"{stem}-profile.json", "application/json", json.dumps(result, ensure_ascii=False, allow_nan=False)),
    )
    written = [(title, gateway.files.write(title, kind, body)) for title, kind, body in forms]
    return [{"name": title, "fileId": file.file_id, "bytes": file.size} for title, file in written]


def summary(name: str, result: dict[str, Any]) -> str:
    """The answer in a few sentences."""
    kinds = [column["type"] for column in result["columns"]]
    counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    missing = sum(column["missing"] for column in result["columns"])
    cells = result["rows"] * result["columnCount"]
    text = f"{name}: {result['rows']:,} rows, {result['columnCount']} columns ({counts}). "
    text += f"{missing:,} of {cells:,} cells are missing."
    if result["correlations"] and abs(result["correlations"][0]["pearson"]) >= report.STRONG:
        best = result["correlations"][0]
        text += f" The strongest correlation is {' and '.join(best['columns'])} (r = {best['pearson']:.3f})."
    return text
