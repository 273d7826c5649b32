"""Of records that are read from the stream again, those that the function is handed otherwise."""

from collections.abc import Mapping
from typing import Any, Final

from governance.audit.run_events import is_act

_INSERTED: Final = "INSERT"


def tells_of_an_act(record: Mapping[str, Any]) -> bool:
    """What the mapping's filter lets through: a new event that makes an entry."""
    image = record.get("dynamodb", {}).get("NewImage", {})
    stream, event = (str(image.get(name, {}).get("S", "")) for name in ("stream", "event"))
    return record.get("eventName") == _INSERTED and is_act(stream, event)
