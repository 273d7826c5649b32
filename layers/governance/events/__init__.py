"""Platform events: what there is to be told, how it is told, and what may not change about it. Pure; docs/events.md."""

from governance.events.catalogue import CATALOGUE, EventType, event_type
from governance.events.envelope import PlatformEvent, cloud_event

__all__ = ("CATALOGUE", "EventType", "PlatformEvent", "cloud_event", "event_type")
