"""What a person or a script reads: JSON on request, else a table or a few lines. Colour only on a terminal."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def print_json_line(value: Any) -> None:
    """One JSON document on one line."""
    typer.echo(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """A table, one line a row however narrow the terminal, so that an id can be copied; or `empty`: what to do next."""
    found = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if not found:
        typer.echo(empty)
        return
    widths = [max(map(len, column)) for column in zip(columns, *found, strict=True)]
    for line in (columns, *found):
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def print_page(
    found: Mapping[str, Any], columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str, as_json: bool
) -> None:
    """A page of a list as it was answered, or as a table with how to go on."""
    if as_json:
        print_json(found)
        return
    print_table(columns, rows, empty=empty)
    if found.get("nextCursor"):
        typer.echo(f"more: --cursor {found['nextCursor']}", err=True)


def print_fields(fields: Iterable[tuple[str, object]]) -> None:
    """Aligned `name  value` lines; absent values are left out."""
    shown = [(name, value) for name, value in fields if value is not None]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        typer.echo(f"{name:<{width}}  {value}")


def text_of(output: Any) -> str:
    """An agent's output for reading: a string as it is, anything else as JSON."""
    return output if isinstance(output, str) else json.dumps(output, ensure_ascii=False, indent=2)
