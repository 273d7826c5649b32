import base64
import hashlib
import json
from typing import Any

import pytest

from data_access_lib.inventory import SECRETS
from lambdas.lifecycle import parts
from lambdas.lifecycle.parts import Part, digest, item_line, object_line, part_name


def read(part: Part) -> list[dict[str, Any]]:
    return [json.loads(line) for line in part.body().splitlines()]


def test_lines_are_json_one_each_and_counted() -> None:
    part = Part()
    part.add({"a": "grüße\n"})
    part.add({"b": 1})
    assert read(part) == [{"a": "grüße\n"}, {"b": 1}]
    assert (part.lines, part.bytes) == (2, len(part.body()))


def test_a_part_is_full_at_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PART_BYTES", 9)
    part = Part()
    part.add({"a": 1})
    assert (part.bytes, part.full) == (8, False)
    part.add({"a": 1})
    assert part.full


def test_an_item_keeps_its_types_and_loses_its_secrets() -> None:
    item: dict[str, Any] = {"pk": "p", "n": 10**30, "b": b"\0\xff", "s": {"x"}, "m": {"l": [None, True]}}
    part = Part()
    part.add(item_line("runs", item | dict.fromkeys(SECRETS, "hush")))
    (line,) = read(part)
    assert line["table"] == "runs"
    assert line["item"]["n"] == {"N": "1" + "0" * 30}
    assert line["item"]["b"] == {"B": base64.b64encode(b"\0\xff").decode()}
    assert line["item"]["m"] == {"M": {"l": {"L": [{"NULL": True}, {"BOOL": True}]}}}
    assert line["item"].keys() == item.keys()
    assert b"hush" not in part.body()


def test_what_json_has_no_word_for_is_refused() -> None:
    with pytest.raises(TypeError):
        Part().add({"a": object()})


def test_a_piece_of_an_object_says_where_it_belongs() -> None:
    line = object_line("files/a", 10, "text/csv", 4, b"\0ab")
    assert base64.b64decode(line.pop("data")) == b"\0ab"
    assert line == {"object": "files/a", "bytes": 10, "type": "text/csv", "offset": 4}


def test_hashes_and_names_are_the_usual_ones() -> None:
    assert digest(b"x") == hashlib.sha256(b"x").hexdigest()
    assert part_name(7) == "part-000007.jsonl"
