"""Who a schedule runs as: whoever made it, as they stand when its time comes and not as they stood then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from data_access_lib.repositories.api_keys import ApiKeys
from data_access_lib.repositories.members import Members
from platform_kit.access import find, permitted
from platform_kit.clock import parse_rfc3339
from platform_kit.identity import Identity

_INVOKE: Final = find("POST", "/v1/agents/{agent}/invoke")
_ACTIVE: Final = "active"
_KEY: Final = "key:"

Item = Mapping[str, Any]


class MayNot(Exception):
    """The schedule's maker may not run agents any more; the text says why, to the tenant's people."""


@dataclass(frozen=True)
class Owners:
    """The records of one tenant that say who may do what."""

    members: Members
    api_keys: ApiKeys

    def of(self, schedule: Item, tenant_id: str, tier: str, now: datetime) -> Identity:
        """The identity that the schedule's run has; MayNot."""
        principal = str(schedule["principalId"])
        if principal.startswith(_KEY):
            who = self._key(principal, tenant_id, tier, now)
        else:
            who = self._person(schedule, tenant_id, tier, now)
        if _INVOKE is None or not permitted(_INVOKE, who.roles, credential=who.credential, scopes=who.scopes):
            raise MayNot("Who made the schedule may not run agents any more.")
        return who

    def _person(self, schedule: Item, tenant_id: str, tier: str, now: datetime) -> Identity:
        """A member by record has the record's roles; what a token told besides is believed for thirty days."""
        principal, vouched = str(schedule["principalId"]), schedule["vouched"]
        member = self.members.of_principal(principal)
        if member is not None and member["status"] != _ACTIVE:
            raise MayNot("Who made the schedule is disabled as a member.")
        if member is None and vouched["member"]:
            raise MayNot("Who made the schedule is no member any more.")
        roles = frozenset(map(str, member["roles"])) if member is not None else frozenset()
        if parse_rfc3339(str(vouched["until"])) > now:
            roles |= frozenset(map(str, vouched["roles"]))
        elif member is None:
            raise MayNot("Who made the schedule is no member by record, and has not looked after it for thirty days.")
        return Identity(principal, tenant_id, roles, tier, "jwt")

    def _key(self, principal: str, tenant_id: str, tier: str, now: datetime) -> Identity:
        """An API key has what its record says; IP addresses that it is bound to are the caller's, and there is none."""
        record = self.api_keys.find(principal.removeprefix(_KEY))
        live = record is not None and any(int(one["expiresAt"]) > now.timestamp() for one in record["secrets"])
        if record is None or record["status"] != _ACTIVE or not live:
            raise MayNot("The API key that made the schedule has ended.")
        rate = record.get("ratePerSecond")
        return Identity(
            principal,
            tenant_id,
            frozenset(),
            tier,
            "key",
            environment=str(record.get("environment") or "prod"),
            scopes=frozenset(map(str, record.get("scopes") or ())),
            agents=frozenset(map(str, record.get("agents") or ())),
            domains=frozenset(map(str, record.get("domains") or ())),
            rate_per_second=None if rate is None else int(rate),
        )
