from typing import Any

import pytest

from governance.policy.calls import Call

SOUND: dict[str, Any] = {
    "tool": "files.read",
    "arguments": {"n": 1, "deep": {"list": [1.5, None, True, "text"]}},
    "tier": "basic",
    "cost_so_far": 0,
    "calls_so_far": 2**63 - 1,
    "tainted": False,
}


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth - 1):
        value = {"in": value}
    return value


def test_a_plain_call_has_no_fault() -> None:
    assert Call(**SOUND).fault() is None
    assert Call(**SOUND, action="get", hosts=("a.org",), models=("m",), data_scopes=("files",)).fault() is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("tool", value) for value in (None, "", 7, "x" * 65, ["files.read"])),
        *(("tier", value) for value in (None, "", "gold", 0, ["basic"])),
        *(("cost_so_far", value) for value in (None, -1, 2**63, 1.0, True, "0", float("nan"))),
        *(("calls_so_far", value) for value in (None, -1, 2**63, 0.5, False)),
        *(("tainted", value) for value in (None, 0, "false")),
        *(("action", value) for value in ("", 7, "x" * 65)),
        *(("hosts", value) for value in (None, "a.org", ["a.org"], (1,), ("a",) * 101)),
        *(("models", value) for value in (None, (None,))),
        *(("data_scopes", value) for value in (None, {"files"})),
        *(("arguments", value) for value in (None, [], "{}", {1: 2}, {"x": {1: 2}}, {"x": b""}, {"x": (1,)})),
        *(("arguments", {"x": value}) for value in (float("nan"), float("-inf"), 2**63, 1e300, object(), {1})),
        ("arguments", {"x": [1] * 10_000}),
        ("arguments", nested(33)),
    ],
)
def test_what_cannot_be_understood_is_said(field: str, value: object) -> None:
    fault = Call(**SOUND | {field: value}).fault()
    assert fault is not None
    assert field.split("_", maxsplit=1)[0] in fault or "cost" in fault


@pytest.mark.parametrize("arguments", [{}, {"x": 2**63 - 1}, {"x": [1] * 9_998}, nested(32)])
def test_what_is_just_within_the_bounds_is_understood(arguments: dict[str, Any]) -> None:
    assert Call(**SOUND | {"arguments": arguments}).fault() is None
