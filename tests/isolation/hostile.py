"""Hostile values, generated from a seed: what somebody would try where a text or an id goes."""

from __future__ import annotations

import random
import string
from typing import TYPE_CHECKING, Any, Final

from platform_kit.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS: Final = (
    "RUN",
    "RUNS",
    "SESSION",
    "SESSIONS",
    "FILE",
    "FILES",
    "JOB",
    "JOBS",
    "IDEM",
    "BUDGET",
    "INSTANCE",
    "TENANT",
)
_ODD: Final = "#|/\\%*?'\"`;:,.<>{}[]()$&=+-_ \t\n\r\0\x7f\u00e9\u0430\u200b\u202e\u2028\ufeff\ud800\U0001f600"
FIXED: Final = (
    *(
        "",
        " ",
        "#",
        "##",
        ".",
        "..",
        "../globex",
        "..\\globex",
        "/",
        "//",
        "%2e%2e%2f",
        "%00",
        "\0",
        "globex",
        "acme-2",
    ),
    *("TENANT#globex#RUN", "TENANT#globex", "TENANT#platform#TENANT", "TENANT#acme-2#RUN#1", "tenant#globex#run"),
    *("globex#RUN", "x#TENANT#globex#RUN#x", "META#x", "EVENT#0000000000", "pk", "gsi1pk", "#n0", ":v0"),
    *("' OR '1'='1", "x) OR attribute_exists(pk", "= :v0 OR :v0", "\ufeff", "\u0430cme", "acm\u0435", "ACME", "Globex"),
    *("platform", "*", "?", "${aws:PrincipalTag/tenant}", "{{7*7}}", "$where", "null", "None", "true", "0", "-1"),
    *("9" * 40, "x" * 300, "x" * 5000, "e\u0301", "\u00e9", "run_", "run_\0", "\ud800"),
)


class Hostile:
    """A stream of hostile texts, the same for the same seed. `stolen` are ids of the other tenant."""

    def __init__(self, seed: str, stolen: tuple[str, ...]) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self._stolen = stolen
        self._ways: tuple[Callable[[], str], ...] = (
            lambda: self._random.choice(FIXED),
            lambda: self._random.choice(stolen),
            self._mangled,
            self._partition,
            self._soup,
            lambda: new_id(self._random.choice(("run", "ses", "job", "fil", "ver", "opn", "usr", "key"))),
        )

    def text(self) -> str:
        """The next one."""
        return self._random.choice(self._ways)()

    def like(self, sample: Any) -> Any:
        """Something hostile in the place of a sample; what is neither text nor holds any stays as it is."""
        if isinstance(sample, str):
            return self.text()
        if isinstance(sample, (list, tuple)) and sample and all(isinstance(one, str) for one in sample):
            return type(sample)(self.text() for _ in range(self._random.randint(0, 3)))
        if isinstance(sample, dict):
            return {name: self.text() if isinstance(value, str) else value for name, value in sample.items()}
        return sample

    def some(self, names: list[str]) -> list[str]:
        """At least one of the names."""
        return self._random.sample(names, self._random.randint(1, len(names))) if names else []

    def _mangled(self) -> str:
        """An id of the other tenant with one thing wrong."""
        stolen, at = self._random.choice(self._stolen), self._random.randint(0, 36)
        change = self._random.choice((self._random.choice(_ODD), "", stolen.upper(), "../", "#", "%23", "\0"))
        return stolen[:at] + change + stolen[at:]

    def _partition(self) -> str:
        """Another tenant's key, whole."""
        owner = self._random.choice(("globex", "acme-2", "acm", "acmee", "platform", "", "ACME"))
        return f"TENANT#{owner}#{self._random.choice(KINDS)}#{self._random.choice(self._stolen)}"

    def _soup(self) -> str:
        size = self._random.randint(0, 40)
        return "".join(self._random.choice(_ODD + string.ascii_letters) for _ in range(size))
