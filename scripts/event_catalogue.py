"""Write the catalogue of events: its schemas and its page; --check only says whether they are current.

What is committed is what readers were promised: a schema that would break one of them is refused, in both ways of
calling this, until the payload's version is raised.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from governance.events.catalogue import CATALOGUE, EventType
from governance.events.compatibility import breaking
from governance.events.envelope import PlatformEvent, cloud_event, envelope_schema

_ROOT: Final = Path(__file__).resolve().parents[1]
SCHEMAS: Final = _ROOT / "openapi" / "ambit-events.schema.json"
PAGE: Final = _ROOT / "docs" / "events.md"
_INTRODUCTION: Final = """# Events

What the platform tells: written by `make events` from `layers/governance/events/catalogue.py`, and compared by a
test. The schemas themselves (JSON Schema 2020-12) are in `openapi/ambit-events.schema.json`.

Every event is told in a [CloudEvents 1.0](https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md)
envelope, the same on every way: to the tenant's [webhooks](webhooks.md), on the stage's EventBridge bus
(`detail-type` is the type, `source` is `ambit`, `detail` the envelope), and in `GET /v1/events`.

## Where events come from
Nothing is told that did not happen, and nothing that happened is forgotten: events are read off the streams of the
tables in which the facts themselves stand (runs and approvals from `runs`, versions and tenants from `control`,
incidents from `ops`), written to the tenant's log under an id that is made of the fact, and told from there. A fact
that is seen twice is told under one id: **drop what you have seen, by `id`**. An event can come more than once, and
two events can come in another order than they happened: `time` says when.

## Versions
`dataversion` (and the end of `dataschema`) is the version of the payload. Within a version fields may be added:
ignore what you do not know. Nothing is taken away, made optional or given another type, and no list of words grows:
`make events` refuses that, and so do the tests. A change that could break a reader comes under a new version and is
announced in the changelog.

"""


def render() -> dict[Path, str]:
    """What the files should hold."""
    return {SCHEMAS: json.dumps(document(), indent=2, ensure_ascii=False) + "\n", PAGE: page()}


def document() -> dict[str, Any]:
    """The schemas by type, and that of the envelope."""
    return {"envelope": envelope_schema(), "types": schemas()}


def schemas() -> dict[str, dict[str, Any]]:
    """The schema of each type's data."""
    return {name: kind.schema() for name, kind in CATALOGUE.items()}


def promised() -> Mapping[str, Mapping[str, Any]]:
    """The schemas that are committed; none before there are any."""
    return json.loads(SCHEMAS.read_text(encoding="utf-8"))["types"] if SCHEMAS.is_file() else {}


def page() -> str:
    """The catalogue as a page."""
    rows = "\n".join(f"| [`{name}`](#{_anchor(name)}) | {kind.when} |" for name, kind in CATALOGUE.items())
    parts = (
        _INTRODUCTION,
        "## The catalogue\n| type | when |\n|---|---|\n",
        rows,
        "\n",
        *map(_section, CATALOGUE.values()),
    )
    return "".join(parts)


def _section(kind: EventType) -> str:
    told = PlatformEvent("evt_" + "0198c0de" + "0" * 24, kind.name, "acme", "2026-11-22T10:15:30.000Z", kind.example())
    shown = json.dumps(cloud_event(told), indent=2, ensure_ascii=False)
    offered = "" if kind.offered else "Sent to one endpoint only; not to be asked for.\n"
    fields = "\n".join(_rows(kind))
    return (
        f"\n### {kind.name}\n{kind.when} Version {kind.version}.\n{offered}\n"
        f"| field of `data` | always | is |\n|---|---|---|\n{fields}\n\n```json\n{shown}\n```\n"
    )


def _rows(kind: EventType) -> Iterator[str]:
    for name, field in kind.fields.items():
        yield f"| `{name}` | {'yes' if field.required else ''} | {field.says} |"


def _anchor(name: str) -> str:
    """GitHub's anchor of a heading."""
    return name.replace(".", "")


def main() -> int:
    """Write or check; the exit code is 1 when a check finds a difference, or a reader would be broken."""
    parser = argparse.ArgumentParser(prog="python -m scripts.event_catalogue", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail when a file is out of date")
    arguments = parser.parse_args()
    if faults := breaking(promised(), schemas()):
        print("\n".join((*faults, "Raise the payload's version.")), file=sys.stderr)
        return 1
    stale = [path for path, text in render().items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        if arguments.check:
            print(f"{path.relative_to(_ROOT)} is out of date: run `make events`", file=sys.stderr)
        else:
            path.write_text(render()[path], encoding="utf-8")
            print(f"wrote {path.relative_to(_ROOT)}")
    return 1 if stale and arguments.check else 0


if __name__ == "__main__":
    sys.exit(main())
