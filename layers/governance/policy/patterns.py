"""Names and the patterns that cover them: exact, or everything below a place. Exact characters, no case folding.

A dotted name is covered by itself, by `files.*` for what begins with `files.`, and by `*`. A model is covered by itself
and by a beginning with `*`; a host by itself, by `*.example.com` for what ends in `.example.com`, and by `*`. Of two
patterns that cover one name, one covers the other: the narrower of the two is what both allow.
"""

from collections.abc import Callable, Iterator
from typing import Final

EVERYTHING: Final = "*"
Covers = Callable[[str, str], bool]
"""Whether the first, a pattern, covers the second, a name or another pattern."""


def covers_name(pattern: str, name: str) -> bool:
    """Whether a pattern of tools, data scopes or models covers a name, or a pattern of them."""
    return pattern == name or (pattern.endswith(EVERYTHING) and name.startswith(pattern[:-1]))


def covers_host(pattern: str, host: str) -> bool:
    """Whether a pattern of hosts covers a host, in lower case and without a port, or a pattern of hosts."""
    if pattern in {EVERYTHING, host}:
        return True
    return pattern.startswith("*.") and host.endswith(pattern[1:])


def widening(name: str) -> Iterator[str]:
    """What may cover a dotted name or pattern, narrowest first: `a.b.c`, `a.b.*`, `a.*`, `*`."""
    yield name
    parts = name.removesuffix(".*").split(".")
    yield from (".".join(parts[:length]) + ".*" for length in range(len(parts) - 1, 0, -1))
    if name != EVERYTHING:
        yield EVERYTHING


def meet(base: tuple[str, ...], other: tuple[str, ...], covers: Covers) -> tuple[str, ...]:
    """The fewest patterns that cover exactly what both lists cover."""
    pairs = ((one, two) for one in base for two in other)
    both = dict.fromkeys(two if covers(one, two) else one for one, two in pairs if covers(one, two) or covers(two, one))
    return tuple(one for one in both if not any(covers(two, one) for two in both if two != one))
