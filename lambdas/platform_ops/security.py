"""The platform's security events, day by day, for operators; that somebody looked is a security event itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from data_access_lib.cursors import CursorCodec
from data_access_lib.repositories.security_events import SecurityEvents
from lambdas.platform_ops.models import SecurityEventPage, SecurityEventReply
from platform_kit.clock import Clock
from platform_kit.identity import Identity

_PLATFORM: Final = "platform"
_LIST: Final = "GET /v1/platform/security-events"


@dataclass(frozen=True)
class SecurityLog:
    """`events` opens the platform's security events for an operator."""

    events: Callable[[Identity], SecurityEvents]
    cursors: CursorCodec
    clock: Clock

    def list(self, who: Identity, *, day: date | None, limit: int, cursor: str | None) -> SecurityEventPage:
        """Events of a day (UTC; this one unless given), newest first. A cursor belongs to its day."""
        day = day or self.clock.now().date()
        route = f"{_LIST}?day={day}"
        after = self.cursors.decode(_PLATFORM, route, cursor)["after"] if cursor else None
        page = self.events(who).list(day, limit=limit, after=after)
        following = self.cursors.encode(_PLATFORM, route, {"after": page.next_id}) if page.next_id else None
        shown = [SecurityEventReply.model_validate(item) for item in page.items]
        return SecurityEventPage(day=day, items=shown, next_cursor=following)
