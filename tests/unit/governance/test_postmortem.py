from typing import Any

from governance.postmortem import document, plain

INCIDENT = {
    "incidentId": "inc_1",
    "kind": "run-halted",
    "severity": "S3",
    "status": "resolved",
    "about": "agent:a",
    "title": "a: it stands still",
    "openedAt": "t0",
    "lastEventAt": "t1",
    "count": 2,
}
TIMELINE: list[dict[str, Any]] = [
    {"at": "t0", "type": "fact", "title": "halted", "source": "run_1"},
    {
        "at": "t1",
        "type": "mitigation",
        "title": "pause a",
        "source": "evt_1",
        "by": "ada",
        "note": "why",
        "auditSeq": 7,
    },
]
HALT = {"event": "halt", "timestamp": "t0", "payload": {"kind": "STAGNATION", "rule": "cycle", "explanation": "four"}}
REFUSED = {
    "event": "policy",
    "timestamp": "t0",
    "payload": {"tool": "files.write", "decision": "DENY", "ruleId": "deny-argument", "explanation": "too large"},
}


def test_it_tells_the_whole_story() -> None:
    text = document({**INCIDENT, "postmortem": "line one\nline two"}, TIMELINE, {"run_1": [REFUSED, HALT]})
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        *("# Incident inc_1", "## What happened", "## What was decided", "## What was done"),
        *("## On record", "## What was learnt"),
    ]
    assert "- t1 **mitigation** pause a (by ada): why\n" in text
    assert "- t0 **fact** halted (`run_1`)" in text
    assert "files.write DENY, rule deny\\-argument: too large" in text
    assert "halted STAGNATION, rule cycle: four" in text
    assert "Entries of the audit log: 7." in text
    assert "> line one\n> line two" in text


def test_what_is_missing_is_said_to_be() -> None:
    text = document(INCIDENT, TIMELINE[:1], {})
    for told in ("still show", "Nothing yet.", "No entry of the audit log yet.", "Not written yet."):
        assert told in text


def test_nothing_that_was_said_is_markup() -> None:
    hostile = "<img src=x onerror=alert(1)> [a](javascript:b) | `c`\n# heading"
    line = plain(hostile)
    assert "\n" not in line
    assert "\\<img" in line
    assert "\\[a\\]\\(" in line
    assert plain("x" * 1000) == "x" * 500
