"""An incident as a document in Markdown: what happened, what was decided, what was done, where that is on record."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

Item = Mapping[str, Any]
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>()#+!|~-])")
_MOST_TEXT: Final = 500


def document(incident: Item, timeline: Sequence[Item], decisions: Mapping[str, Sequence[Item]]) -> str:
    """The document. `decisions` are the events of runs' logs that say what was refused and why they were halted.

    Whatever agents and people said is shown as text: none of it is read as Markdown or HTML.
    """
    parts = (
        [f"# Incident {incident['incidentId']}", "", plain(incident["title"]), "", *_facts(incident)],
        ["", "## What happened", "", *_timeline(entry for entry in timeline)],
        ["", "## What was decided", "", *_decided(decisions)],
        ["", "## What was done", "", *_done(timeline)],
        ["", "## On record", "", *_record(timeline)],
        ["", "## What was learnt", "", *_learnt(incident)],
    )
    return "\n".join(line for part in parts for line in part) + "\n"


def plain(text: object) -> str:
    """A text on one line, none of whose characters is markup."""
    line = "".join(letter if letter.isprintable() else " " for letter in str(text)[:_MOST_TEXT])
    return _SPECIAL.sub(r"\\\1", line)


def _facts(incident: Item) -> list[str]:
    rows = [
        ("Kind", incident["kind"]),
        ("Severity", incident["severity"]),
        ("Status", incident["status"]),
        ("About", incident["about"]),
        ("Opened", incident["openedAt"]),
        ("Last event", incident["lastEventAt"]),
        ("Events", incident["count"]),
        ("Looked after by", incident.get("assignee") or "nobody"),
    ]
    return ["| | |", "|---|---|", *(f"| {name} | {plain(value)} |" for name, value in rows)]


def _timeline(entries: Iterable[Item]) -> list[str]:
    return [
        f"- {one['at']} **{one['type']}** {plain(one['title'])}{_source(one)}{_by(one)}{_note(one)}" for one in entries
    ]


def _by(entry: Item) -> str:
    return f" (by {plain(entry['by'])})" if entry.get("by") else ""


def _source(entry: Item) -> str:
    return f" (`{entry['source']}`)" if entry["type"] == "fact" else ""


def _note(entry: Item) -> str:
    return f": {plain(entry['note'])}" if entry.get("note") else ""


def _decided(decisions: Mapping[str, Sequence[Item]]) -> list[str]:
    lines = [line for run_id, events in decisions.items() for line in _decisions_of(run_id, events)]
    return lines or ["Nothing that the runs' logs still show."]


def _decisions_of(run_id: str, events: Sequence[Item]) -> list[str]:
    return [f"- `{run_id}`", *(f"  - {event['timestamp']} {_decision(event)}" for event in events)]


def _decision(event: Item) -> str:
    told = event["payload"]
    if event["event"] == "halt":
        return f"halted {plain(told.get('kind'))}, rule {plain(told.get('rule'))}: {plain(told.get('explanation'))}"
    what = told.get("decision") or told.get("code")
    return (
        f"{plain(told.get('tool'))} {plain(what)}, rule {plain(told.get('ruleId'))}: {plain(told.get('explanation'))}"
    )


def _done(timeline: Sequence[Item]) -> list[str]:
    return _timeline(entry for entry in timeline if entry["type"] in {"hold", "mitigation"}) or ["Nothing yet."]


def _record(timeline: Sequence[Item]) -> list[str]:
    numbers = [str(entry["auditSeq"]) for entry in timeline if entry.get("auditSeq")]
    return [f"Entries of the audit log: {', '.join(numbers)}." if numbers else "No entry of the audit log yet."]


def _learnt(incident: Item) -> list[str]:
    told = str(incident.get("postmortem") or "Not written yet.")
    return [f"> {plain(line)}" for line in told.splitlines()]
