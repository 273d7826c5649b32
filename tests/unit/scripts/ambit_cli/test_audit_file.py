import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data_access_lib.repositories.audit import FIRST, canonical, detail_hash, entry_hash
from governance.audit.chain import BreakKind
from lambdas.audit.formats import heading, line
from scripts.ambit_cli.audit_file import Broken, verify
from tests.audit_logs import OTHER_KEY, attested, log, pem

Entries = list[dict[str, Any]]


def chain(number: int, *, begin: int = 1, previous: str = FIRST, **fields: Any) -> Entries:
    made: Entries = []
    for seq in range(begin, begin + number):
        detail = {"principalId": "usr:1:ada", "note": "Größe", "n": seq, "nothing": None}
        entry = {
            "seq": seq,
            "time": "t",
            "actor": "act_1",
            "action": "file.deleted",
            "target": "fil_1",
            "decision": "allowed",
            "prevHash": previous,
            "salt": f"s{seq}",
            "detail": detail,
            **fields,
        }
        entry["detailHash"] = detail_hash(f"s{seq}", canonical(detail).decode())
        entry["hash"] = previous = entry_hash(entry)
        made.append(entry)
    return made


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def written(entries: Entries, kind: str = "jsonl", name: str = "export") -> Path:
        path = tmp_path / f"{name}.{kind}"
        path.write_text(heading(kind) + "".join(line(kind, entry) for entry in entries), encoding="utf-8", newline="")
        return path

    return written


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_an_export_as_it_was_handed_out_holds(kind: str, write: Callable[..., Path]) -> None:
    entries = chain(5)
    verdict = verify([write(entries, kind)])
    assert verdict[:5] == (5, 1, 5, 0, entries[-1]["hash"])


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
@pytest.mark.parametrize("target", ["=1+1", "'x", "a\r\nb", 'a","b', "\u2028", "-1"])
def test_no_value_is_lost_on_the_way_through_a_file(kind: str, target: str, write: Callable[..., Path]) -> None:
    assert verify([write(chain(3, target=target), kind)]).entries == 3


def test_files_that_follow_each_other_are_one_log(write: Callable[..., Path]) -> None:
    first = chain(3)
    second = chain(3, begin=4, previous=first[-1]["hash"])
    paths = [write(first, name="a"), write(second, "csv", name="b")]
    assert verify(paths)[:3] == (6, 1, 6)
    with pytest.raises(Broken, match="entry 1: it comes after entry 6"):
        verify(paths[::-1])


def test_a_log_may_begin_in_the_middle_but_its_first_entry_follows_nothing(write: Callable[..., Path]) -> None:
    assert verify([write(chain(3, begin=7, previous="f" * 64))]).first == 7
    with pytest.raises(Broken, match="entry 1: it does not name the hash"):
        verify([write(chain(3, previous="f" * 64))])


def test_an_erased_detail_is_counted_and_breaks_nothing(write: Callable[..., Path]) -> None:
    entries = chain(3)
    entries[1] = {name: value for name, value in entries[1].items() if name not in {"detail", "salt"}}
    for kind in ("jsonl", "csv"):
        assert verify([write(entries, kind)]).erased == 1


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("target", "fil_2"), ("decision", "denied"), ("action", "file.read"), ("time", "u"), ("actor", "act_2")),
        *(("detailHash", "0" * 64), ("prevHash", "0" * 64), ("hash", "0" * 64), ("salt", "x")),
        *(("detail", {"principalId": "usr:1:bob"}), ("detail", {})),
    ],
)
def test_every_change_of_an_entry_is_found_at_that_entry(
    field: str, value: Any, kind: str, write: Callable[..., Path]
) -> None:
    entries = chain(4)
    entries[2] = {**entries[2], field: value}
    with pytest.raises(Broken, match=r"^entry 3: "):
        verify([write(entries, kind)])


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_a_principal_beside_the_detail_must_be_the_one_inside(kind: str, write: Callable[..., Path]) -> None:
    path = write(chain(3), kind)
    text = path.read_text(encoding="utf-8")
    before, after = (
        ('"principalId":"usr:1:ada","a', '"principalId":"usr:1:bob","a')
        if kind == "jsonl"
        else (
            "act_1,usr:1:ada",
            "act_1,usr:1:bob",
        )
    )
    changed = text.replace(before, after, 1)
    assert changed != text
    path.write_text(changed, encoding="utf-8", newline="")
    with pytest.raises(Broken, match="principal"):
        verify([path])


def test_missing_doubled_and_swapped_entries_are_found(write: Callable[..., Path]) -> None:
    one, two, three, four = chain(4)
    for wrong, where in (([one, three], 3), ([one, two, two], 2), ([one, three, two, four], 3), ([two, one], 1)):
        with pytest.raises(Broken, match=f"^entry {where}: "):
            verify([write(wrong)])


def test_a_rewritten_chain_is_found_where_it_meets_the_old_one(write: Callable[..., Path]) -> None:
    honest, forged = chain(5), chain(3, decision="denied")
    with pytest.raises(Broken, match=r"^entry 4: it does not name"):
        verify([write([*forged, *honest[3:]])])


BAD = [
    *('{"seq": 1}', "[]", "null", "7", "{", '"x"', "\ufeff{", "seq,time\n1,x"),
    json.dumps({**chain(1)[0], "seq": "1"}),
    json.dumps({**chain(1)[0], "seq": True}),
    json.dumps({**chain(1)[0], "seq": 0}),
    json.dumps({**chain(1)[0], "seq": 1.0}),
    json.dumps({**chain(1)[0], "detail": [1]}),
    json.dumps(chain(1)[0])[:-1] + ', "target": "fil_1"}',
]


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_export_is_said_to_be_none(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Broken):
        verify([path])


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.touch()
    assert verify([path])[:4] == (0, 0, 0, 0)


ENTRIES = log(3)
POINTS = attested(ENTRIES, [2, 3])


class InMemory:
    """A file as `verify` reads one."""

    def __init__(self, data: bytes, name: str = "export") -> None:
        self.name = name
        self._data = data

    def read_bytes(self) -> bytes:
        return self._data


def points_of(points: list[Any] = POINTS) -> Any:
    return InMemory("".join(json.dumps(one.as_json()) + "\n" for one in points).encode())


def judged(data: bytes, **options: Any) -> str:
    """Where it breaks; "" when it holds."""
    given = {"checkpoints": [points_of()], "keys": [InMemory(pem())], "tenant": "acme", **options}
    try:
        verify([InMemory(data)], **given)  # type: ignore[list-item]
    except Broken as broken:
        return broken.where
    except UnicodeDecodeError:
        return "unreadable"
    return ""


ALONE: dict[str, Any] = {"checkpoints": (), "keys": ()}


def exported(kind: str) -> bytes:
    return (heading(kind) + "".join(line(kind, entry) for entry in ENTRIES)).encode()


@pytest.mark.proof
@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_no_bit_of_an_export_can_be_flipped_unnoticed(kind: str) -> None:
    data = exported(kind)
    assert judged(data) == ""
    missed = []
    for place in range(len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[place] ^= 1 << bit
            if judged(bytes(changed), **ALONE) == "":
                missed.append((place, bit, bytes(changed[max(place - 20, 0) : place + 20])))
    assert missed == []


def test_the_place_of_a_flipped_bit_is_named() -> None:
    data = exported("jsonl")
    start = data.index(b"\n") + 1
    second = range(start, data.index(b"\n", start))
    for place in second:
        for bit in range(7):  # the eighth makes another character of two bytes, or none at all
            changed = bytearray(data)
            changed[place] ^= 1 << bit
            told = judged(bytes(changed), **ALONE)
            assert told in {"entry 2", "line 2", "export, entry no. 2", "unreadable"} or told.startswith("entry "), told
            assert told, (place, bit)


@pytest.mark.parametrize("cut", [0, 1, 2])
def test_a_file_that_ends_before_its_checkpoint_is_truncated(cut: int) -> None:
    text = "".join(line("jsonl", entry) for entry in ENTRIES[:cut]).encode()
    assert judged(text) == f"entry {cut + 1}"


def test_checkpoints_are_held_against_the_key_that_is_given() -> None:
    data = exported("jsonl")
    assert judged(data, keys=[InMemory(pem(OTHER_KEY))]) == "entry 2"
    assert judged(data, keys=[InMemory(pem(OTHER_KEY)), InMemory(pem())]) == ""
    assert judged(data, checkpoints=[points_of(POINTS[::-1])]) == "entry 2"
    assert judged(data, checkpoints=[InMemory(b"{}")]) == "the checkpoints"
    assert judged(data, checkpoints=[InMemory(b"nothing")]) == "line 1"
    assert judged(data, tenant="globex") == "entry 2"


def test_the_kind_of_break_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(exported("jsonl").replace(b"fil_1", b"fil_2", 1))
    with pytest.raises(Broken) as broken:
        verify([path])
    assert broken.value.kind is BreakKind.ALTERED


PARTS = [{"salt": None}, {"principalId": None}, {"principalId": "usr:1:bob"}, {"more": 1}]


@pytest.mark.parametrize("change", PARTS, ids=str)
def test_a_part_of_a_detail_without_the_rest_and_unknown_fields_are_found(change: dict[str, Any]) -> None:
    entry = {name: value for name, value in {**ENTRIES[1], **change}.items() if value is not None}
    lines = [json.dumps(one, ensure_ascii=False) for one in (ENTRIES[0], entry, ENTRIES[2])]
    assert judged("\n".join(lines).encode()) in {"export, entry no. 2", "entry 2"}
