"""The setting `OUTBOUND_ALLOW`, as functions that reach out have it."""

from collections.abc import Set as AbstractSet
from typing import Annotated

from pydantic import BeforeValidator

from platform_kit.outbound import OutboundRefused, allowances


def _origins(value: object) -> object:
    try:
        return allowances(value) if isinstance(value, str) else value
    except OutboundRefused as refusal:
        raise ValueError(str(refusal)) from None


Origins = Annotated[AbstractSet[str], BeforeValidator(_origins)]
"""Origins of literal addresses that may be reached although they are not public: none in the cloud."""
