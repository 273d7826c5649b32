"""What one version changes of another, as JSON pointers into what the content hash covers. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from governance.version_identity import CONTENT

_ABSENT: Final = object()


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every difference: `{pointer, before?, after?}`, in order; lists and texts are compared whole."""
    return [
        {"pointer": pointer, **_told("before", old), **_told("after", new)}
        for name in CONTENT
        for pointer, old, new in _differences(f"/{name}", before.get(name, _ABSENT), after.get(name, _ABSENT))
    ]


def _differences(pointer: str, old: object, new: object) -> Iterator[tuple[str, object, object]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in sorted(old.keys() | new.keys()):
            yield from _differences(f"{pointer}/{_escaped(name)}", old.get(name, _ABSENT), new.get(name, _ABSENT))
    elif old != new:
        yield pointer, old, new


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _told(name: str, value: object) -> dict[str, Any]:
    return {} if value is _ABSENT else {name: value}
