from typing import Any

import pytest

from governance.version_identity import CONTENT, RECORD, content_hash, fault_of, moved, record_hash, sealed

AGENT, VERSION = "echo-agent", "ver_" + "1" * 32


def record(**changes: Any) -> dict[str, Any]:
    return sealed(
        {
            "versionId": VERSION,
            "agent": AGENT,
            "artifactKey": "k",
            "runtimeArn": "arn",
            "createdBy": "usr",
            "artifactDigest": "a" * 64,
            "lockDigest": "b" * 64,
            "prompts": {"system": "Be kind."},
            "manifest": {"model": "small", "tools": ["search"], "policy": "strict"},
            "parent": "ver_0",
            "parentHash": "c" * 64,
            "provenance": {"builder": "https://ci.test", "treeHash": "d" * 64},
            "createdAt": "2026-01-01",
            "status": "draft",
            "updatedAt": "2026-01-01",
            **changes,
        }
    )


def test_a_record_as_it_was_written_holds() -> None:
    assert fault_of(record(), AGENT, VERSION) is None
    assert fault_of(moved(record(), {"status": "candidate", "reason": "tried"}), AGENT, VERSION) is None


@pytest.mark.parametrize("name", sorted({*RECORD, "recordHash", "stateHash", "status", "updatedAt"}))
@pytest.mark.parametrize("change", ["other", "absent"])
def test_no_field_of_it_can_be_changed_or_removed(name: str, change: str) -> None:
    stored = record()
    if change == "absent":
        del stored[name]
    else:
        stored[name] = {"x": "y"} if name in {"manifest", "prompts", "provenance"} else f"{stored[name]}x"
    assert fault_of(stored, AGENT, VERSION) is not None


@pytest.mark.parametrize("name", sorted(set(RECORD) - {"contentHash"}))
def test_a_part_that_was_changed_with_the_hash_of_its_content_made_anew_is_seen(name: str) -> None:
    """Whoever knows how content is hashed has not yet made the record's hash."""
    stored = record() | {name: {"x": "y"} if name in {"manifest", "prompts"} else "x" * 64}
    stored["contentHash"] = content_hash(stored)
    assert fault_of(stored, str(stored["agent"]), str(stored["versionId"])) is not None


def test_nothing_can_be_added() -> None:
    assert fault_of(record() | {"approvedAt": "2026-01-02"}, AGENT, VERSION) == "stateHash"


def test_one_versions_record_does_not_pass_for_anothers() -> None:
    assert fault_of(record(), AGENT, "ver_" + "2" * 32) == "place"
    assert fault_of(record(), "other-agent", VERSION) == "place"


@pytest.mark.parametrize("value", [None, 1, {}, "\ud800", float("nan")])
def test_what_is_not_even_of_the_right_form_is_refused(value: Any) -> None:
    assert fault_of(record() | {"manifest": value}, AGENT, VERSION) is not None
    assert fault_of(record() | {"recordHash": value}, AGENT, VERSION) is not None
    assert fault_of({}, AGENT, VERSION) == "place"


@pytest.mark.parametrize("name", CONTENT)
def test_each_part_of_the_content_is_part_of_its_hash(name: str) -> None:
    assert content_hash(record()) != content_hash({**record(), name: "another"})


def test_the_same_content_registered_twice_is_one_content_and_two_records() -> None:
    one, two = record(), record(versionId="ver_" + "2" * 32)
    assert one["contentHash"] == two["contentHash"]
    assert one["recordHash"] != two["recordHash"]


def test_a_move_changes_no_more_than_the_state() -> None:
    before = record()
    after = moved(before, {"status": "candidate", "reason": None})
    assert {name for name in after if after[name] != before.get(name)} == {"status", "stateHash"}
    assert record_hash(after) == before["recordHash"]
