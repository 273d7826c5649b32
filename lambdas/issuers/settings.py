from collections.abc import Set as AbstractSet
from typing import Annotated

from pydantic import BeforeValidator

from platform_kit.outbound import OutboundRefused, allowances
from platform_kit.settings import Settings


def _origins(value: object) -> object:
    try:
        return allowances(value) if isinstance(value, str) else value
    except OutboundRefused as refusal:
        raise ValueError(str(refusal)) from None


class IssuersSettings(Settings):
    """The environment of the `issuers` function.

    `outbound_allow` are the origins that may be reached although they are not public: none in the cloud.
    """

    control_table: str
    ops_table: str
    ledger_table: str
    cursor_secret_arn: str
    outbound_allow: Annotated[AbstractSet[str], BeforeValidator(_origins)] = frozenset()
