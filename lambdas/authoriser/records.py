"""Issuers, tenants, memberships and machines' grants from the control table, remembered for at most fifteen seconds.

The AWS SDK is imported on the first miss, not before: a warm decision needs none of it.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, TypeVar

from lambdas.authoriser.caches import AgeingCache
from lambdas.authoriser.models import PLATFORM, DependencyDown, Grant, Issuer, Member, Tenant
from platform_kit.access import VIEWERS
from platform_kit.domains import is_domain

KEPT_SECONDS: Final = 15
_MOST_RECORDS: Final = 4096
_TIMEOUT_SECONDS: Final = 2

_ALGORITHMS: Final = ("RS256", "ES256")  # never a symmetric one, whatever a record says

GRANTED: Final = frozenset(role.value for role in VIEWERS)
"""The roles that a tenant's record can give."""

_AGENT: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")

Item = Mapping[str, Any]
Record = TypeVar("Record")
GetItem = Callable[[str, str], Item | None]


class RecordSource(Protocol):
    """Where the records come from. Each answers None when there is no such record and raises DependencyDown."""

    def issuer(self, iss: str) -> Issuer | None:
        """The record of an issuer, by its exact `iss`."""
        ...

    def tenant(self, tenant_id: str) -> Tenant | None:
        """The record of a tenant; `platform` has one too."""
        ...

    def grant(self, digest: str) -> Grant | None:
        """What the credential of this digest (SHA-256, hex) opens."""
        ...

    def member(self, tenant_id: str, principal_id: str) -> Member | None:
        """What a tenant's record says of a principal."""
        ...


class ControlTable:
    """Reads records through `get_item(pk, sk)`, which gives a plain item or None.

    `audience` is what tokens must name whose issuer's record lists no audiences.
    """

    def __init__(self, get_item: GetItem, audience: str) -> None:
        self._get_item = get_item
        self._audience = audience

    def issuer(self, iss: str) -> Issuer | None:
        """See RecordSource."""
        from data_access_lib.keys import issuer_key

        return self._read(*issuer_key(iss), lambda item: issuer_from(item, self._audience))

    def tenant(self, tenant_id: str) -> Tenant | None:
        """See RecordSource."""
        from data_access_lib.keys import tenant_key
        from data_access_lib.tenant import PLATFORM as PLATFORM_ID
        from data_access_lib.tenant import TenantId

        key = tenant_key(PLATFORM_ID if tenant_id == PLATFORM else TenantId(tenant_id))
        return self._read(*key, tenant_from)

    def grant(self, digest: str) -> Grant | None:
        """See RecordSource."""
        from data_access_lib.keys import credential_key

        return self._read(*credential_key(digest), grant_from)

    def member(self, tenant_id: str, principal_id: str) -> Member | None:
        """See RecordSource."""
        from data_access_lib.keys import member_key
        from data_access_lib.tenant import TenantId

        return self._read(*member_key(TenantId(tenant_id), principal_id), member_from)

    def _read(self, pk: str, sk: str, shape: Callable[[Item], Record]) -> Record | None:
        try:
            item = self._get_item(pk, sk)
            return None if item is None else shape(item)
        except Exception as error:
            # Whatever failed, the decision cannot be made: the caller gets 503, the log gets the kind of failure.
            raise DependencyDown(f"control table: {type(error).__name__}") from error


class RememberedRecords:
    """Keeps what a source answers, absence included, for `KEPT_SECONDS`; a suspension is seen after that."""

    def __init__(self, source: RecordSource) -> None:
        self._source = source
        self._issuers: AgeingCache[str, tuple[Issuer | None]] = AgeingCache(_MOST_RECORDS)
        self._tenants: AgeingCache[str, tuple[Tenant | None]] = AgeingCache(_MOST_RECORDS)
        self._grants: AgeingCache[str, tuple[Grant | None]] = AgeingCache(_MOST_RECORDS)
        self._members: AgeingCache[tuple[str, str], tuple[Member | None]] = AgeingCache(_MOST_RECORDS)

    def issuer(self, iss: str, now: float) -> Issuer | None:
        """The record of an issuer; `now` in epoch seconds."""
        kept = self._issuers.get(iss, now)
        if kept is None:
            kept = (self._source.issuer(iss),)
            self._issuers.put(iss, kept, now + KEPT_SECONDS)
        return kept[0]

    def tenant(self, tenant_id: str, now: float) -> Tenant | None:
        """The record of a tenant; `now` in epoch seconds."""
        kept = self._tenants.get(tenant_id, now)
        if kept is None:
            kept = (self._source.tenant(tenant_id),)
            self._tenants.put(tenant_id, kept, now + KEPT_SECONDS)
        return kept[0]

    def grant(self, digest: str, now: float) -> Grant | None:
        """What a machine's credential opens; `now` in epoch seconds."""
        kept = self._grants.get(digest, now)
        if kept is None:
            kept = (self._source.grant(digest),)
            self._grants.put(digest, kept, now + KEPT_SECONDS)
        return kept[0]

    def member(self, tenant_id: str, principal_id: str, now: float) -> Member | None:
        """What a tenant's record says of a principal; `now` in epoch seconds."""
        key = (tenant_id, principal_id)
        kept = self._members.get(key, now)
        if kept is None:
            kept = (self._source.member(tenant_id, principal_id),)
            self._members.put(key, kept, now + KEPT_SECONDS)
        return kept[0]


def issuer_from(item: Item, audience: str) -> Issuer:
    """An issuer from its item. What the item lacks has the narrowest meaning; `audience` stands in for none listed."""
    return Issuer(
        iss=str(item["iss"]),
        jwks_uri=str(item["jwksUri"]),
        bound_to=str(item["boundTo"]),
        audiences=tuple(map(str, item.get("audiences") or (audience,))),
        algorithms=tuple(name for name in _ALGORITHMS if name in (item.get("algorithms") or ())),
        tenant_claim=str(item["tenantClaim"]) if item.get("tenantClaim") else None,
        roles_claim=str(item.get("rolesClaim") or "roles"),
        allow_platform_roles=item.get("allowPlatformRoles") is True,
        allowed_roles=frozenset(map(str, item.get("allowedRoles") or ())),
        active=item.get("status") == "active",
    )


def tenant_from(item: Item) -> Tenant:
    """A tenant from its item."""
    return Tenant(
        tenant_id=str(item.get("tenantId") or item["sk"]),
        status=str(item.get("status") or ""),
        tier=str(item.get("tier") or ""),
        usage_key=str(item.get("usageKey") or ""),
        agents_usage_key=str(item.get("agentsUsageKey") or ""),
        residency=str(item.get("residency") or ""),
    )


def grant_from(item: Item) -> Grant:
    """A machine's grant from its item. A limit that is there and empty is no absent limit: such a grant opens nothing.

    Nor does one with an agent or a domain that cannot be one: names are told apart by the spaces between them.

    An item of another status than `active` may lack everything else.
    """
    agents, domains, addresses = _limit(item, "agents"), _limit(item, "domains"), _limit(item, "ipAllow")
    sound = all(map(_is_agent, agents or ())) and all(map(is_domain, domains or ()))
    expires = item.get("expiresAt")
    return Grant(
        kind=str(item.get("kind") or ""),
        tenant_id=str(item.get("tenantId") or ""),
        owner_id=str(item.get("id") or ""),
        scopes=frozenset(map(str, item.get("scopes") or ())),
        agents=tuple(map(str, agents or ())),
        domains=tuple(map(str, domains or ())),
        environment=str(item.get("environment") or ""),
        ip_allow=tuple(map(str, addresses or ())),
        rate=str(item.get("ratePerSecond") or ""),
        expires_at=None if expires is None else float(expires),
        active=item.get("status") == "active" and sound and None not in (agents, domains, addresses),
    )


def _limit(item: Item, name: str) -> list[Any] | None:
    """What a grant lists, [] when it says nothing of it: not limited; None when what it says is no list or empty."""
    if name not in item:
        return []
    listed = item[name]
    return listed if isinstance(listed, list) and listed else None


def _is_agent(value: object) -> bool:
    return isinstance(value, str) and _AGENT.fullmatch(value) is not None


def member_from(item: Item) -> Member:
    """A membership from its item; what is not plainly active may nothing, and what is no role of a tenant is none."""
    listed = item.get("roles")
    roles = frozenset(listed) & GRANTED if isinstance(listed, list) else frozenset()
    return Member(roles=roles, active=item.get("status") == "active")


def dynamodb_reader(table: str) -> GetItem:
    """Reads items of a DynamoDB table; the client is made on the first read.

    Consistently, since absence is remembered too: a credential is good from the moment that its owner has it.
    """
    made: list[Any] = []

    def get_item(pk: str, sk: str) -> Item | None:
        if not made:
            made.append(_client())
        answer = made[0].get_item(TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}}, ConsistentRead=True)
        return _plain(answer["Item"]) if "Item" in answer else None

    return get_item


def _client() -> Any:
    import boto3
    from botocore.config import Config

    patience = Config(
        connect_timeout=_TIMEOUT_SECONDS, read_timeout=_TIMEOUT_SECONDS, retries={"total_max_attempts": 2}
    )
    return boto3.client("dynamodb", config=patience)


def _plain(item: Mapping[str, Any]) -> Item:
    from boto3.dynamodb.types import TypeDeserializer

    read = TypeDeserializer().deserialize
    return {name: read(value) for name, value in item.items()}
