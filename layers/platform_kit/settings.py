"""The environment of a function as a typed model. Nothing else reads `os.environ`."""

import os
from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError


class SettingsError(RuntimeError):
    """The environment lacks something or holds a wrong value; names the variables, never their values."""


class Settings(BaseModel):
    """Fields in snake_case, read from variables of the same name in upper case."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read and validate; raises SettingsError naming each bad variable."""
        source = os.environ if environ is None else environ
        values = {name: source[name.upper()] for name in cls.model_fields if name.upper() in source}
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            bad = sorted({str(item["loc"][0]).upper() if item["loc"] else "?" for item in error.errors()})
            raise SettingsError(f"bad or missing environment variables: {', '.join(bad)}") from None
