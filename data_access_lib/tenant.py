"""Who acts: the tenant id, in a type of its own, and the context that every data access is bound to."""

import re
from dataclasses import dataclass
from typing import Final, Self

from data_access_lib.errors import InvalidTenantId

RESERVED: Final = "platform"
_GRAMMAR: Final = re.compile(r"[a-z](?:[a-z0-9-]{1,30}[a-z0-9])")


class TenantId(str):
    """A tenant's slug: 3 to 32 of `a-z 0-9 -`, a letter first, no `-` last, no `--`; never the reserved `platform`.

    The grammar knows no `#` and no `/`, so a tenant's keys are never a prefix of another's. InvalidTenantId otherwise.
    """

    __slots__ = ()

    def __new__(cls, value: object) -> Self:
        """Check `value`; an existing tenant id is taken as it is."""
        if isinstance(value, TenantId) and value != RESERVED:
            return str.__new__(cls, value)
        if not isinstance(value, str) or value == RESERVED or not _matches(value):
            raise InvalidTenantId
        return str.__new__(cls, value)

    @classmethod
    def _reserved(cls) -> Self:
        return str.__new__(cls, RESERVED)  # pragma: no mutate - runs at import, before any mutant is chosen


def _matches(value: str) -> bool:
    return _GRAMMAR.fullmatch(value) is not None and "--" not in value


PLATFORM: Final = TenantId._reserved()  # noqa: SLF001 - the one place that makes the reserved id
"""The reserved owner of platform items. No tenant context can be made for it: see `admin`."""


@dataclass(frozen=True, slots=True)
class TenantContext:
    """One tenant and the principal acting in it (`usr:…` or `run:…`), as the authoriser established them."""

    tenant_id: TenantId
    principal_id: str

    def __post_init__(self) -> None:
        """Check the tenant id again, whatever its static type said."""
        object.__setattr__(self, "tenant_id", TenantId(self.tenant_id))
        if not self.principal_id:
            raise ValueError("a tenant context names its principal")
