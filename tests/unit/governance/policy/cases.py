"""Envelopes, tools and calls by the thousand: few names and few values, so that they meet often."""

from random import Random
from typing import Any

from governance.policy.scope import Scope
from governance.policy.trusted_text import TrustedText

TOOLS = ["files.read", "files.write", "files.old.read", "http.fetch", "mail.send", "mail", "search", "pay.out"]
PATTERNS = [*TOOLS, "*", "files.*", "files.old.*", "http.*", "mail.*", "pay.*", "gone.*"]
ACTIONS = ["get", "put", "send"]
HOSTS = ["example.com", "api.example.com", "notexample.com", "example.org"]
HOST_PATTERNS = ["*", "*.example.com", "example.com", "example.org", "*.org"]
MODELS, MODEL_PATTERNS = ["small-1", "small-2", "large-1"], ["*", "small-*", "large-1", "small-1"]
SCOPES, SCOPE_PATTERNS = ["files.read", "files.write", "runs"], ["*", "files.*", "runs", "files.read"]
CAPS = {"0": 0, "0.000000000007": 7, "1.5": 1_500_000_000_000}
RISKS = ["low", "medium", "high", "critical"]
VALUES: list[Any] = [
    0,
    1,
    5,
    10,
    11,
    2.5,
    -1,
    True,
    "a/b",
    "a/../b",
    "a/b/c",
    "b",
    "",
    None,
    [1, 5],
    ["a/b", "b"],
    [],
    {"x": 1},
    "bob@x.org",
    "Bob@X.org",
    "ob@x.org",
    "for Bob@x.org",
    "bob@x.org ",
    ["bob@x.org", 5],
    {"bob@x.org": ""},
]
NAMED: list[Any] = ["bob@x.org", "a/b", "b", 5, 10, ["bob@x.org", 5], True, ""]
TEXTS = [
    "Send 5 and 10.0 of b's a/b to x (bob@x.org).",
    "Send 5 and 10.0 of it to bob@x.org, please.",
    'Mail to "(Bob@x.org)" for bob@x.org\'s a/b: 1 or b',
    "bob@x.org.evil 1,5 a-b 2.5% b@x.org -1",
    "a/b\n b bob@x.org.",
    "",
]
UNDISTURBED: dict[str, Any] = {
    "tier": "premium",
    "cost_so_far": 0,
    "calls_so_far": 0,
    "scope": None,
    "hosts": (),
    "models": (),
    "data_scopes": (),
}
POINTERS = ["/n", "/o", "/o/x"]
CHOICES: list[Any] = [0, 1, 5, True, "a/b", "b"]
ODD_VALUES: list[Any] = [float("nan"), float("inf"), 2**63, -(2**63), 1e300, b"bytes", {1: 2}, {"deep": [float("nan")]}]
ODD: dict[str, list[Any]] = {
    "tool": ["", 7, None, "x" * 65, "FILES.READ", "files.read ", "gone.x"],
    "tier": ["gold", "", None, 1],
    "cost_so_far": [-1, 2**63, 1.0, "0", None, True, float("nan")],
    "calls_so_far": [-1, 2**64, 0.5, None, False],
    "action": ["", "y" * 65, 3],
    "arguments": [None, [], "x", *({"n": value} for value in ODD_VALUES)],
    "scope": [7, "files.read", Scope(autonomy_tier=6), Scope(autonomy_tier=True), Scope(["search"])],  # type: ignore[arg-type]
    "trusted": ["bob@x.org", 0, b""],
}


def tools(random: Random) -> list[dict[str, Any]]:
    """A registry of most of the tools."""
    return [
        {
            "name": name,
            "risk": random.choice(RISKS),
            "sideEffects": random.random() < 0.5,
            "tierMinimum": random.choice(["basic", "basic", "standard", "premium"]),
            "version": "1",
        }
        for name in random.sample(TOOLS, random.randint(5, len(TOOLS)))
    ]


def envelope(random: Random) -> dict[str, Any]:
    """An envelope, as JSON."""
    return {"autonomyTier": random.randint(0, 5), "maxCostPerRun": random.choice([*CAPS, "1.5", "1.5"])} | override(
        random
    )


def override(random: Random) -> dict[str, Any]:
    """An override: any part may be there or not."""
    parts: dict[str, Any] = {
        "autonomyTier": random.randint(0, 5),
        "maxCostPerRun": random.choice([*CAPS, "1.5", "1.5"]),
        "tools": [grant(random, name) for name in random.sample(PATTERNS, random.randint(2, 9))],
        "dataScopes": random.sample(SCOPE_PATTERNS, random.randint(1, 3)),
        "models": random.sample(MODEL_PATTERNS, random.randint(1, 3)),
        "egress": random.sample(HOST_PATTERNS, random.randint(1, 3)),
        "sideEffectsWhenTainted": random.choice(["deny", "ask", "allow"]),
    }
    return {name: value for name, value in parts.items() if random.random() < 0.85}


def grant(random: Random, name: str) -> dict[str, Any]:
    """A grant: most have few conditions, so that calls get through to the later rules."""
    parts: dict[str, Any] = {
        "risk": random.choice(RISKS),
        "actions": random.sample(ACTIONS, random.randint(0, 3)),
        "maxCallsPerRun": random.choice([0, 1, 3, 100]),
        "unattended": random.choice([True, True, False]),
        "constraints": [
            constraint(random, argument) for argument in random.sample(["/n", "/o/x"], random.randint(1, 2))
        ],
        "provenance": provenance(random),
    }
    often = {"provenance": 0.7}
    return {"name": name} | {part: value for part, value in parts.items() if random.random() < often.get(part, 0.25)}


def provenance(random: Random) -> dict[str, Any]:
    """Where values may come from; any part may be there or not."""
    parts: dict[str, Any] = {
        "except": random.sample(POINTERS, random.randint(0, 2)),
        "common": random.sample(POINTERS, random.randint(1, 3)),
        "neutral": random.sample(["empty", "boolean"], random.randint(0, 2)),
        "insufficient": random.sample(POINTERS, random.choice([0, 0, 0, 1])),
    }
    return {part: value for part, value in parts.items() if random.random() < 0.7}


def scope(random: Random) -> Scope:
    """What a caller has narrowed a run to."""
    named = frozenset(random.sample([*TOOLS, "gone.x"], random.randint(0, 8)))
    return Scope(random.choice([None, named]), random.choice([None, 0, 1, 2, 3, 5]))


def constraint(random: Random, argument: str) -> dict[str, Any]:
    """Bounds on one argument."""
    least = random.choice([0, 1, 2.5])
    bounds: list[dict[str, Any]] = [
        {"min": least},
        {"max": random.choice([5, 10])},
        {"min": least, "max": random.choice([5, 10])},
        {"oneOf": random.sample(CHOICES, random.randint(0, 4))},
        {"prefix": random.choice(["a", "a/", "a/b"])},
        {"maxLength": random.choice([0, 1, 3])},
    ]
    return {"argument": argument, **random.choice(bounds)}


def arguments(random: Random) -> dict[str, Any]:
    """Two values, one of them in an object; of every other call what stands in some text, or is left out."""
    if random.random() < 0.5:
        return {"n": random.choice(VALUES), "o": {"x": random.choice(VALUES)}}
    made = {"n": random.choice(NAMED), "o": {"x": random.choice(NAMED)}}
    return {name: made[name] for name in random.sample(["n", "o"], random.randint(1, 2))}


def call(random: Random) -> dict[str, Any]:
    """A call by the names of its fields; one in twenty cannot be understood, or not quite."""
    made: dict[str, Any] = {
        "tool": random.choice(TOOLS),
        "arguments": arguments(random),
        "tier": random.choice(["basic", "standard", "premium", "premium"]),
        "cost_so_far": random.choice([0, 6, 7, 8, 1_499_999_999_999, 1_500_000_000_000]),
        "calls_so_far": random.choice([0, 0, 1, 2, 3]),
        "tainted": random.random() < 0.4,
        "action": random.choice([None, *ACTIONS]),
        "hosts": tuple(random.sample(HOSTS, random.choice([0, 0, 1, 2]))),
        "models": tuple(random.sample(MODELS, random.choice([0, 0, 0, 1]))),
        "data_scopes": tuple(random.sample(SCOPES, random.choice([0, 0, 0, 1]))),
        "scope": scope(random) if random.random() < 0.2 else None,
        "trusted": TrustedText(random.choice([*TEXTS, *TEXTS[:1] * 5])) if random.random() < 0.9 else None,
    }
    if random.random() < 0.2:
        made |= UNDISTURBED | {"tainted": True, "trusted": TrustedText(TEXTS[0])}
    if random.random() < 0.05:
        field = random.choice(list(ODD))
        made[field] = random.choice(ODD[field])
    return made
