"""JSON Schemas that operators write, and arguments held against them; draft 2020-12, in bounds.

A schema is one plain document without references: so checking costs no more than schema times value, and nothing is
ever fetched. Patterns are of the linear engine, so that no text stalls it.
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
MOST_BYTES: Final = 32 * 1024
DEEPEST: Final = 24
MOST_TOLD: Final = 10
_MOST_MESSAGE: Final = 200
_PATTERN_BYTES: Final = 256 * 1024
_REFUSED: Final = frozenset({"$ref", "$dynamicRef", "$recursiveRef", "$id", "$anchor", "$dynamicAnchor", "$vocabulary"})
"""Words that lead elsewhere in a schema. As names of properties they are refused too."""


class BadSchema(ValueError):
    """A document that is no schema that is taken; the message says why."""


def check_schema(schema: object) -> dict[str, Any]:
    """The schema itself, of an object; BadSchema."""
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise BadSchema('describes an object: "type" is "object"')
    if schema.get("$schema", DIALECT) != DIALECT:
        raise BadSchema(f"is of the draft 2020-12: {DIALECT}")
    _check_bounds(schema)
    try:
        _validator(json.dumps(schema))
    except ValueError as error:
        raise BadSchema(f"is no JSON Schema: {str(error).splitlines()[0][:_MOST_MESSAGE]}") from None
    return schema


def faults(schema: dict[str, Any], value: object) -> list[str]:
    """What of a value does not fit, each place by its JSON pointer, the first ten; empty when all fits.

    The value itself is not repeated.
    """
    found: Iterator[Any] = _validator(json.dumps(schema)).iter_errors(value)
    return [_told(error) for error, _ in zip(found, range(MOST_TOLD), strict=False)]


@lru_cache(maxsize=256)
def _validator(schema: str) -> Any:
    from jsonschema_rs import Draft202012Validator, RegexOptions

    options = RegexOptions(size_limit=_PATTERN_BYTES, dfa_size_limit=_PATTERN_BYTES)
    return Draft202012Validator(json.loads(schema), pattern_options=options, mask="the value", validate_formats=False)


def _check_bounds(schema: dict[str, Any]) -> None:
    level: list[Any] = [schema]
    for _ in range(DEEPEST):
        if not level:
            break
        words = {word for value in level if isinstance(value, dict) for word in value}
        if words & _REFUSED:
            raise BadSchema(f"refers to nothing: without {', '.join(sorted(words & _REFUSED))}")
        level = [inner for value in level for inner in _inside(value)]
    else:
        raise BadSchema(f"is at most {DEEPEST} deep")
    if len(json.dumps(schema).encode()) > MOST_BYTES:
        raise BadSchema(f"has at most {MOST_BYTES} bytes")


def _inside(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _told(error: Any) -> str:
    pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in error.instance_path)
    return f"{pointer or '/'}: {str(error.message)[:_MOST_MESSAGE]}"
