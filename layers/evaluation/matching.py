"""Scorers that look at the answer alone: its text, its number, its shape."""

import json
import math
import re
from functools import lru_cache
from typing import Any, Final

from evaluation.answers import Answer, Score, verdict
from evaluation.scorers import Contains, Exact, JsonSchema, Numeric, Regex

_NUMBER: Final = re.compile(r"[-+]?(?:\d[\d,]*)(?:\.\d+)?(?:[eE][-+]?\d{1,3})?")
_MOST_LOOKED_AT: Final = 1_000_000
_MISSING: Final = object()


def exact(scorer: Exact, answer: Answer) -> Score:
    """Equal, but for white space around it."""
    said, wanted = answer.text.strip(), scorer.expected.strip()
    if scorer.ignore_case:
        said, wanted = said.casefold(), wanted.casefold()
    return verdict("exact", passed=said == wanted, reason="The answer is another text.")


def contains(scorer: Contains, answer: Answer) -> Score:
    """All or any of the texts."""
    text = answer.text.casefold() if scorer.ignore_case else answer.text
    found = [(one.casefold() if scorer.ignore_case else one) in text for one in scorer.texts]
    passed = all(found) if scorer.match == "all" else any(found)
    missing = found.count(False)
    return verdict("contains", passed=passed, reason=f"{missing} of {len(found)} texts are not in the answer.")


def regex(scorer: Regex, answer: Answer) -> Score:
    """A match anywhere."""
    found = _pattern(scorer.pattern).search(answer.text[:_MOST_LOOKED_AT])
    return verdict("regex", passed=found is not None, reason="The pattern has no match.")


def json_schema(scorer: JsonSchema, answer: Answer) -> Score:
    """Valid by the schema; the reason names the first place that is not."""
    value = _as_json(answer.output)
    if value is _MISSING:
        return verdict("json_schema", passed=False, reason="The answer is not JSON.")
    fault = next(iter(_validator(scorer.document).iter_errors(value)), None)
    if fault is None:
        return verdict("json_schema", passed=True)
    place = "/".join(str(part) for part in fault.instance_path)
    return verdict("json_schema", passed=False, reason=f"At /{place}: {fault.message[:200]}")


def numeric(scorer: Numeric, answer: Answer) -> Score:
    """The number, give or take."""
    said = _number(scorer, answer)
    if said is None:
        return verdict("numeric", passed=False, reason="The answer has no number there.")
    # not math.isclose: to that, a number that is said may be as far off as it is large
    near = abs(said - scorer.expected) <= max(scorer.absolute, scorer.relative * abs(scorer.expected))
    return verdict("numeric", passed=near, reason=f"The number is {said!r}.")


def pattern_fault(pattern: str) -> str | None:
    """Why a pattern is none of RE2; None when it is one."""
    import re2

    try:
        _pattern(pattern)
    except re2.error as error:
        return f"is no RE2 pattern: {_words(error)}"
    return None


def schema_fault(document: dict[str, Any]) -> str | None:
    """Why a document is no JSON Schema that can be used here; None when it is one. Nothing is fetched."""
    import jsonschema_rs

    try:
        _validator(document)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        return f"is no JSON Schema: {str(error).splitlines()[0][:200]}"
    return None


def _validator(document: dict[str, Any]) -> Any:
    """Left to itself the library would fetch what `$ref` names: from any server, and out of files. ValueError."""
    import jsonschema_rs

    linear = jsonschema_rs.RegexOptions()
    return jsonschema_rs.validator_for(document, retriever=_nothing, pattern_options=linear)


def _nothing(uri: str) -> Any:
    raise ValueError(f"nothing is fetched, so that {uri} leads nowhere")


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)


def _words(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return (said.decode() if isinstance(said, bytes) else str(said))[:200]


def _number(scorer: Numeric, answer: Answer) -> float | None:
    if scorer.pointer is not None:
        return _finite(_at(_as_json(answer.output), scorer.pointer))
    if isinstance(answer.output, int | float):
        return _finite(answer.output)
    found = _NUMBER.search(answer.text[:_MOST_LOOKED_AT])
    return None if found is None else _finite(found.group().replace(",", ""))


def _finite(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _as_json(output: Any) -> Any:
    if not isinstance(output, str):
        return output
    try:
        return json.loads(output)
    except (ValueError, RecursionError):
        return _MISSING


def _at(value: Any, pointer: str) -> Any:
    """What a JSON pointer (RFC 6901) leads to; something that is no number when it leads nowhere."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(name, _MISSING)
        elif isinstance(value, list) and name.isdecimal() and len(name) < 10 and int(name) < len(value):  # noqa: PLR2004 - no huge numerals
            value = value[int(name)]
        else:
            return _MISSING
    return value
