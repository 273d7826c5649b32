"""Running a version that is not the approved one: for the evaluation tenant alone, and for nobody else.

What a customer's call runs is decided by promotion. Evaluations have to run a version before it is promoted, so that
one reserved tenant, with its own budget and no customer's data, may say which version a call is for (ADR 0068).
"""

from typing import Final

from platform_kit.errors import BadRequest, Forbidden
from platform_kit.ids import is_id
from platform_kit.observability import count

EVALUATION_TENANT: Final = "ambit-evals"
HEADER: Final = "x-ambit-version"
RUNNABLE: Final = frozenset({"candidate", "approved", "deprecated"})
"""States of a version in which it may be evaluated."""


def pinned_version(header: str | None, tenant_id: str | None) -> str | None:
    """The version a call is pinned to; None when it names none.

    Forbidden, and counted, for any tenant but the evaluations' own; BadRequest for what is no version's id.
    """
    if header is None:
        return None
    if tenant_id != EVALUATION_TENANT:
        count("VersionPinRefused")
        raise Forbidden("X-Ambit-Version is for evaluations alone. Leave it out: calls run the approved version.")
    if not is_id(header, "ver"):
        raise BadRequest("X-Ambit-Version is not the id of a version.")
    return header
