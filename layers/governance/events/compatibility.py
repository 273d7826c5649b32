"""What may not change about a payload while its version stays: whatever a reader of it may rely on.

A field may be added, required or not. None may go, become optional, change its type, or say more than it said before
(a new word of a list of words, a looser pattern, a longer text): readers are written against what was published.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

Schema = Mapping[str, Any]
_EXACT: Final = ("type", "const", "pattern", "minimum", "minLength")
_NARROWING: Final = ("maxLength", "maximum")


def breaking(old: Mapping[str, Schema], new: Mapping[str, Schema]) -> list[str]:
    """What a reader of `old` would stumble over in `new`, a sentence each; both are schemas by event type.

    A type with another version is another payload: nothing is compared but that the version went up.
    """
    return [sentence for name, schema in old.items() for sentence in _of_type(name, schema, new.get(name))]


def version_of(schema: Schema) -> int:
    """The payload's version, the end of its `$id`."""
    return int(str(schema["$id"]).rpartition(":")[2])


def _of_type(name: str, old: Schema, new: Schema | None) -> Iterator[str]:
    if new is None:
        yield f"{name} is not told any more"
    elif version_of(new) < version_of(old):
        yield f"{name} went back to version {version_of(new)}"
    elif version_of(new) == version_of(old):
        yield from _of_value(name, old, new)


def _of_value(place: str, old: Schema, new: Schema) -> Iterator[str]:
    for word in _EXACT:
        if word in old and old[word] != new.get(word):
            yield f"{place}: {word} was {old[word]!r} and is {new.get(word)!r}"
    for word in _NARROWING:
        if word in old and new.get(word, float("inf")) > old[word]:
            yield f"{place}: {word} was {old[word]} and is {new.get(word)}"
    if "enum" in old:
        yield from _of_words(place, old["enum"], new.get("enum"))
    if "items" in old:
        yield from _of_value(f"{place}[]", old["items"], new.get("items", {}))
    yield from _of_fields(place, old, new)


def _of_words(place: str, old: list[Any], new: list[Any] | None) -> Iterator[str]:
    if new is None:
        yield f"{place}: can be anything now"
    elif added := [word for word in new if word not in old]:
        yield f"{place}: can be {', '.join(map(repr, added))} now"


def _of_fields(place: str, old: Schema, new: Schema) -> Iterator[str]:
    fields, now = old.get("properties", {}), new.get("properties", {})
    for name in fields:
        if name not in now:
            yield f"{place}.{name} is gone"
        else:
            yield from _of_value(f"{place}.{name}", fields[name], now[name])
    for name in old.get("required", ()):
        if name in now and name not in new.get("required", ()):
            yield f"{place}.{name} need not be there any more"
