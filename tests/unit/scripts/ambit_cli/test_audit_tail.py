import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest

from platform_kit.outbound import OutboundRefused
from scripts.ambit_cli.audit_tail import FileSink, HttpSink, Place, SinkFailed, tail


class Api:
    """The list of a log with `number` entries, as far as a tail asks for it; then whatever `then` says."""

    def __init__(self, number: int, page: int = 2) -> None:
        self.entries = [{"seq": seq, "action": "x.y", "note": "Größe"} for seq in range(1, number + 1)]
        self.page = page
        self.asked: list[dict[str, Any]] = []

    def get(self, _path: str, **query: Any) -> dict[str, Any]:
        self.asked.append(query)
        after = int(query.get("cursor") or query["after"] or 0)
        found = [one for one in self.entries if one["seq"] > after][: self.page]
        return {"items": found}


class Sparse(Api):
    """A filtered list: its first page is empty and not the last."""

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        found = super().get(path, **query)
        if "cursor" not in query and query["after"] is None:
            return {"items": [], "nextCursor": "2"}
        return found


class Failing:
    """A sink that takes so many pages, then no more."""

    def __init__(self, pages: int) -> None:
        self.left = pages
        self.lines: list[str] = []

    def take(self, lines: Any) -> None:
        if not self.left:
            raise SinkFailed("full")
        self.left -= 1
        self.lines += lines


def of(api: Api) -> Any:
    return cast("Any", api)


def numbers(text: str) -> list[int]:
    return [json.loads(line)["seq"] for line in text.splitlines()]


def test_everything_is_handed_over_once_and_the_place_is_kept(tmp_path: Path) -> None:
    api, place = Api(5), Place(tmp_path / "state")
    assert tail(of(api), FileSink(tmp_path / "out"), place, follow=False) == 5
    assert numbers((tmp_path / "out").read_text(encoding="utf-8")) == [1, 2, 3, 4, 5]
    assert place.read() == 5
    assert tail(of(api), FileSink(tmp_path / "out"), place, follow=False) == 0
    assert {query["order"] for query in api.asked} == {"oldest"}
    assert list(tmp_path.iterdir()) == [tmp_path / "out", tmp_path / "state"] or len(list(tmp_path.iterdir())) == 2


def test_what_a_sink_did_not_take_is_handed_over_again(tmp_path: Path) -> None:
    api, place, sink = Api(5), Place(tmp_path / "state"), Failing(1)
    with pytest.raises(SinkFailed):
        tail(of(api), sink, place, follow=False)
    assert place.read() == 2
    sink.left = 9
    tail(of(api), sink, place, follow=False)
    assert numbers("".join(sink.lines)) == [1, 2, 3, 4, 5]


def test_pages_that_are_empty_and_not_the_last_are_passed_over(tmp_path: Path) -> None:
    sink = Failing(9)
    assert tail(of(Sparse(4)), sink, Place(tmp_path / "state"), follow=False, action="x.") == 2
    assert numbers("".join(sink.lines)) == [3, 4]


def test_a_follower_waits_for_what_comes(tmp_path: Path) -> None:
    api, sink, waited = Api(1), Failing(2), list[float]()

    def pause(seconds: float) -> None:
        waited.append(seconds)
        api.entries += [{"seq": len(api.entries) + 1, "action": "x.y"}]

    with pytest.raises(SinkFailed):
        tail(of(api), sink, Place(tmp_path / "state"), follow=True, pause=pause)
    assert (numbers("".join(sink.lines)), len(waited)) == ([1, 2], 2)


@pytest.mark.parametrize("text", ["{}", "[]", '{"after": -1}', '{"after": "1"}', '{"after": true}', "x"])
def test_a_damaged_place_is_no_place(text: str, tmp_path: Path) -> None:
    (tmp_path / "state").write_text(text)
    with pytest.raises(ValueError, match=r".+"):
        Place(tmp_path / "state").read()


class Siem(BaseHTTPRequestHandler):
    """Answers with the statuses it is told, one a request."""

    statuses: ClassVar[list[int]] = []
    seen: ClassVar[list[tuple[str, str, str]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.seen.append((str(self.headers["authorization"]), str(self.headers["content-type"]), body))
        self.send_response(self.statuses.pop(0) if self.statuses else 204)
        self.send_header("location", "/elsewhere")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def siem() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Siem)
    Siem.statuses, Siem.seen = [], []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_entries_are_posted_as_lines_with_the_token(siem: str) -> None:
    HttpSink(f"{siem}/in", token="secret", allowed=frozenset({siem})).take(['{"seq":1}\n', '{"seq":2}\n'])
    assert Siem.seen == [("Bearer secret", "application/x-ndjson", '{"seq":1}\n{"seq":2}\n')]


def test_what_fails_is_tried_again_with_growing_pauses_and_redirects_are_no_answer(siem: str) -> None:
    waited: list[float] = []
    sink = HttpSink(siem, allowed=frozenset({siem}), pause=waited.append)
    Siem.statuses[:] = [500, 302, 200]
    sink.take(["x\n"])
    assert (len(Siem.seen), waited) == (3, [2.0, 4.0])
    Siem.statuses[:] = [503] * 6
    with pytest.raises(SinkFailed, match="503"):
        sink.take(["x\n"])


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "https://user@siem.example.com/", "file:///etc/passwd"])
def test_a_url_that_is_not_permitted_is_refused_before_anything_is_read(url: str) -> None:
    with pytest.raises(OutboundRefused):
        HttpSink(url)


def test_an_address_that_is_not_public_is_not_reached() -> None:
    sink = HttpSink("https://127.0.0.1/x", pause=lambda _: None)
    with pytest.raises(SinkFailed, match="not public"):
        sink.take(["x\n"])
