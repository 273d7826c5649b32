"""The report as Markdown, and the findings' sentences."""

from __future__ import annotations

from typing import Any

STRONG = 0.5
LISTED_PAIRS = 20
LISTED_COLUMNS = 200


def markdown(name: str, result: dict[str, Any]) -> str:
    """The whole report, its tables cut at 200 columns and 20 pairs; the JSON beside it has all."""
    columns = result["columns"]
    parts = [
        f"# Profile of {escape(name)}",
        f"{result['rows']:,} rows, {result['columnCount']} columns. {quality(result)}".strip(),
        "## Columns",
        table(["Column", "Type", "Missing", "Distinct", "Least", "Median", "Greatest", "Mean", "Std"],
              [column_row(column) for column in columns[:LISTED_COLUMNS]]),
        "## Outliers",
        "Beyond 1.5 interquartile ranges from the quartiles (Tukey), and beyond three standard deviations.",
        table(["Column", "Lower fence", "Upper fence", "Outside", "Beyond 3 std"], outlier_rows(columns)),
        "## Correlations",
        "Pearson, each pair over the rows where both are present; strongest first.",
        table(["One", "Other", "r"], [[*map(escape, pair["columns"]), f"{pair['pearson']:.4f}"]
                                      for pair in result["correlations"][:LISTED_PAIRS]]),
        "## Most frequent values",
        table(["Column", "Values"], [[escape(column["name"]), top_values(column)]
                                     for column in columns[:LISTED_COLUMNS] if column.get("top")]),
        method(columns),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def method(columns: list[dict[str, Any]]) -> str:
    """How exact the figures are."""
    sketched = [column["name"] for column in columns if column.get("quantilesExact") is False]
    exact = "Counts, missing cells, least, greatest, mean, standard deviation and correlations are exact."
    if not sketched:
        return f"{exact} So are quantiles, histograms and outliers."
    names = ", ".join(map(escape, sketched))
    return f"{exact} Quantiles, histograms and outliers of {names} are estimated (rank error up to 0.5 %)."


def quality(result: dict[str, Any]) -> str:
    """What was odd about the rows, in a sentence."""
    ragged = result["raggedRows"]
    odd = [f"{count:,} {what}" for what, count in ragged.items() if count]
    empty = [column["name"] for column in result["columns"] if column["type"] == "empty"]
    notes = [f"Irregular rows: {', '.join(odd)}."] if odd else []
    notes += [f"Empty columns: {', '.join(map(escape, empty))}."] if empty else []
    if result["columnsNotProfiled"]:
        notes.append(f"{result['columnsNotProfiled']:,} further columns were not read.")
    return " ".join(notes)


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table, or a word that there is nothing."""
    if not rows:
        return "None."
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *rows])


def column_row(column: dict[str, Any]) -> list[str]:
    """One line of the columns' table."""
    median = column.get("quantiles", {}).get("0.5", column.get("median"))
    shown = (column.get("min"), median, column.get("max"), column.get("mean"), column.get("std"))
    missing = f"{column['missing']:,} ({column['missingShare']:.2%})"
    distinct = f"{column['distinct']:,}" if "distinct" in column else ""
    return [escape(column["name"]), column["type"], missing, distinct, *map(number, shown)]


def outlier_rows(columns: list[dict[str, Any]]) -> list[list[str]]:
    """The numeric columns with values outside their fences, most first."""
    found = [(column["name"], column["outliers"]) for column in columns if column.get("outliers", {}).get("count")]
    found.sort(key=lambda entry: -entry[1]["count"])
    return [
        [
            escape(name),
            number(out["lowerFence"]),
            number(out["upperFence"]),
            f"{out['count']:,}",
            f"{out['zScoreAbove3']:,}",
        ]
        for name, out in found[:LISTED_COLUMNS]
    ]


def top_values(column: dict[str, Any], most: int = 5) -> str:
    """`EWR (120,835), JFK (111,279)`."""
    return ", ".join(f"{escape(top['value'])} ({top['count']:,})" for top in column["top"][:most])


def number(value: float | str | None) -> str:
    """A figure to six significant digits."""
    if value is None:
        return ""
    return value if isinstance(value, str) else f"{value:,.6g}"


def escape(text: str) -> str:
    """Cell text that cannot break out of a Markdown table or bring markup: it came from a stranger's file."""
    flat = " ".join(text.split())
    for mark in "\\`*_[]<>|":
        flat = flat.replace(mark, f"\\{mark}" if mark not in "<>" else {"<": "&lt;", ">": "&gt;"}[mark])
    return flat[:200]


def sentence(column: dict[str, Any]) -> str:
    """A column's finding in words."""
    start = f"{column['name']}: {column['type']}, {column['missingShare']:.1%} missing"
    if "quantiles" in column:
        out = column["outliers"]["count"]
        return (
            f"{start}, mean {number(column['mean'])}, median {number(column['quantiles']['0.5'])}, "
            f"{number(column['min'])} to {number(column['max'])}, {out:,} outliers"
        )
    if column["type"] in ("date", "datetime"):
        return f"{start}, {column['min']} to {column['max']}"
    if column.get("top"):
        return f"{start}, {column['distinct']:,} distinct, most often {column['top'][0]['value']!r}"
    return start
