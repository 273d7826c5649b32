"""Reading what a provider answered: the documented shape or AnswerInvalid, never a stray exception."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from model_gateway.completions import Tokens
from model_gateway.errors import AnswerInvalid

P = ParamSpec("P")
T = TypeVar("T")
_STRAY: Final = (KeyError, IndexError, TypeError, ValueError, AttributeError)


def understood(read: Callable[P, T]) -> Callable[P, T]:
    """Whatever an answer lacks, or has of another type, is AnswerInvalid."""

    @wraps(read)
    def reading(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return read(*args, **kwargs)
        except _STRAY:
            raise AnswerInvalid("The provider's answer does not have the documented shape.") from None

    return reading


def text_of(value: Any) -> str:
    """A text, or "" for null; TypeError for anything else."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError
    return value


def tokens_of(usage: Any, given: str, answered: str) -> Tokens | None:
    """Tokens from two members of a provider's usage; None when it has none. ValueError for what is no count."""
    if not usage:
        return None
    counts = int(usage[given] or 0), int(usage[answered] or 0)
    if min(counts) < 0:
        raise ValueError
    return Tokens(*counts)
