"""Conditions and updates, written in Python, rendered with placeholders only: no name or value is read as syntax.

attr("status").eq("running") & attr("lastSeq").eq(3)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from data_access_lib.codec import AttributeValue, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


@dataclass
class Placeholders:
    """The names and values of one request, each behind a placeholder (`#n0`, `:v0`)."""

    names: dict[str, str] = field(default_factory=dict)
    values: dict[str, AttributeValue] = field(default_factory=dict)

    def name(self, attribute: str) -> str:
        """The placeholder of a top-level attribute."""
        return self.names.setdefault(attribute, f"#n{len(self.names)}")

    def value(self, value: object) -> str:
        """A placeholder for a value."""
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = encode(value)
        return placeholder

    def request(self) -> dict[str, Any]:
        """The request's fields that define them, left out when empty as DynamoDB demands."""
        fields: dict[str, Any] = {}
        if self.names:
            fields["ExpressionAttributeNames"] = {short: name for name, short in self.names.items()}
        if self.values:
            fields["ExpressionAttributeValues"] = self.values
        return fields


@dataclass(frozen=True)
class Condition:
    """Something that must hold; `&`, `|` and `~` combine."""

    render: Callable[[Placeholders], str]

    def __and__(self, other: Condition) -> Condition:
        return Condition(lambda placeholders: f"({self.render(placeholders)} AND {other.render(placeholders)})")

    def __or__(self, other: Condition) -> Condition:
        return Condition(lambda placeholders: f"({self.render(placeholders)} OR {other.render(placeholders)})")

    def __invert__(self) -> Condition:
        return Condition(lambda placeholders: f"(NOT {self.render(placeholders)})")


@dataclass(frozen=True)
class Attribute:
    """A top-level attribute, to be compared with a value."""

    name: str

    def eq(self, value: object) -> Condition:
        """Equal."""
        return self._compare("=", value)

    def ne(self, value: object) -> Condition:
        """Not equal, or absent."""
        return self._compare("<>", value)

    def lt(self, value: object) -> Condition:
        """Less."""
        return self._compare("<", value)

    def le(self, value: object) -> Condition:
        """Less or equal."""
        return self._compare("<=", value)

    def gt(self, value: object) -> Condition:
        """Greater."""
        return self._compare(">", value)

    def ge(self, value: object) -> Condition:
        """Greater or equal."""
        return self._compare(">=", value)

    def between(self, low: object, high: object) -> Condition:
        """From `low` to `high`, both included."""
        return Condition(lambda p: f"{p.name(self.name)} BETWEEN {p.value(low)} AND {p.value(high)}")

    def begins_with(self, prefix: str) -> Condition:
        """A text that begins so."""
        return Condition(lambda p: f"begins_with({p.name(self.name)}, {p.value(prefix)})")

    def contains(self, part: object) -> Condition:
        """A text with this part, or a set or list with this member."""
        return Condition(lambda p: f"contains({p.name(self.name)}, {p.value(part)})")

    def is_in(self, values: Iterable[object]) -> Condition:
        """One of up to 100 values."""
        choices = tuple(values)
        return Condition(lambda p: f"{p.name(self.name)} IN ({', '.join(p.value(choice) for choice in choices)})")

    def exists(self) -> Condition:
        """Present, whatever its value."""
        return Condition(lambda p: f"attribute_exists({p.name(self.name)})")

    def absent(self) -> Condition:
        """Not there."""
        return Condition(lambda p: f"attribute_not_exists({p.name(self.name)})")

    def _compare(self, operator: str, value: object) -> Condition:
        return Condition(lambda p: f"{p.name(self.name)} {operator} {p.value(value)}")


def attr(name: str) -> Attribute:
    """The attribute `name` of the item concerned; dots and brackets are part of the name, not a path."""
    return Attribute(name)


def all_equal(wanted: Mapping[str, object]) -> Condition | None:
    """Each named attribute has its value; names with None do not matter, and nothing to check is None."""
    combined: Condition | None = None
    for name, value in wanted.items():
        if value is not None:
            condition = attr(name).eq(value)
            combined = condition if combined is None else combined & condition
    return combined


@dataclass(frozen=True)
class IfAbsent:
    """In an update's `set_`: this value, unless the attribute has one already."""

    value: object


@dataclass(frozen=True)
class Increment:
    """In an update's `set_`: add `by` to the attribute, counting from `start` when it is absent."""

    by: int
    start: int = 0


@dataclass(frozen=True)
class Change:
    """What an update does: values to set, numbers to add, attributes to remove."""

    set_: Mapping[str, object] = field(default_factory=dict)
    add: Mapping[str, int] = field(default_factory=dict)
    remove: tuple[str, ...] = ()

    def names(self) -> set[str]:
        """Every attribute it touches."""
        return {*self.set_, *self.add, *self.remove}

    def render(self, placeholders: Placeholders) -> str:
        """The `UpdateExpression`, "" when it changes nothing."""
        clauses = {
            "SET": [_assignment(placeholders, name, value) for name, value in self.set_.items()],
            "ADD": [f"{placeholders.name(name)} {placeholders.value(by)}" for name, by in self.add.items()],
            "REMOVE": [placeholders.name(name) for name in self.remove],
        }
        return " ".join(f"{verb} {', '.join(parts)}" for verb, parts in clauses.items() if parts)


def _assignment(placeholders: Placeholders, attribute: str, value: object) -> str:
    name = placeholders.name(attribute)
    match value:
        case IfAbsent(default):
            return f"{name} = if_not_exists({name}, {placeholders.value(default)})"
        case Increment(by, start):
            return f"{name} = if_not_exists({name}, {placeholders.value(start)}) + {placeholders.value(by)}"
        case _:
            return f"{name} = {placeholders.value(value)}"
