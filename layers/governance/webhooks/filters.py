"""Which events an endpoint asks for: names of the catalogue, or a family such as `job.*`; `*` is all of them."""

from collections.abc import Iterable
from typing import Final

from governance.events.catalogue import OFFERED
from governance.events.envelope import PlatformEvent

ALL: Final = "*"
_FAMILY: Final = ".*"


def is_filter(text: str) -> bool:
    """Whether the text asks for any event that there is."""
    return any(_asks(text, name) for name in OFFERED)


def wants(endpoint_id: str, filters: Iterable[str], event: PlatformEvent) -> bool:
    """Whether an endpoint with these filters is sent the event."""
    if event.only_to:
        return event.only_to == endpoint_id
    return event.also_to == endpoint_id or any(_asks(text, event.type) for text in filters)


def _asks(text: str, name: str) -> bool:
    if text.endswith(_FAMILY):
        return name.startswith(text.removesuffix(ALL)) and name in OFFERED
    return name == text or (text == ALL and name in OFFERED)
