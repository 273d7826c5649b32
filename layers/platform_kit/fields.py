"""Fields and shapes that requests of several capabilities have in common."""

import re
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, Field, model_validator

from platform_kit.models import ApiModel

_EMAIL: Final = re.compile(r"[^\s@<>,;]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")


def _email(value: str) -> str:
    if not _EMAIL.fullmatch(value) or not value.isprintable():
        raise ValueError("not an e-mail address")
    return value


def printable(value: str) -> str:
    """The text itself; ValueError when a character in it cannot be printed."""
    if not value.isprintable():
        raise ValueError("holds a character that cannot be printed")
    return value


Email = Annotated[str, Field(max_length=254), AfterValidator(_email)]


class Changes(ApiModel):
    """A change of some fields: those left out stay, null clears nothing, and changing nothing is refused."""

    @model_validator(mode="after")
    def _something_changes(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name at least one field to change")
        return self

    @model_validator(mode="before")
    @classmethod
    def _nothing_is_null(cls, value: Any) -> Any:
        if isinstance(value, dict) and None in value.values():
            names = ", ".join(sorted(str(name) for name, item in value.items() if item is None))
            raise ValueError(f"null clears nothing here; leave out: {names}")
        return value
