"""How a correction takes hold of the emulator: it states what it expects to find, and refuses to start otherwise.

The emulator is pinned to one version. When the pin moves, every correction whose place has changed stops the
start with the name of that place, instead of silently doing nothing.
"""

from __future__ import annotations

import importlib
import inspect
from typing import Any


class SeamMoved(Exception):
    """The emulator's code is not what a correction was written against: read the change, then adapt it."""


def module(name: str) -> Any:
    """One of the emulator's modules, by its name below `ministack`."""
    return importlib.import_module(f"ministack.{name}")


def require(target: Any, *fragments: str) -> None:
    """Raise SeamMoved unless the source of `target` holds every fragment."""
    source = inspect.getsource(target)
    for fragment in fragments:
        if fragment not in source:
            raise SeamMoved(f"{target.__module__}.{target.__name__} no longer holds {fragment!r}")


def replace_once(text: str, old: str, new: str) -> str:
    """`text` with the only occurrence of `old` replaced; raises SeamMoved when it is not there exactly once."""
    if text.count(old) != 1:
        raise SeamMoved(f"expected exactly one {old!r}, found {text.count(old)}")
    return text.replace(old, new)
