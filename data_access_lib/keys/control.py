"""Keys of the table `control`: tenants, issuers, the catalogue, members, credentials, policies, controls, models."""

import re
from typing import Final

from data_access_lib.errors import InvalidIdentifier
from data_access_lib.keys.parts import (
    MAX_SEQ,
    META,
    IndexKey,
    Key,
    agent_name,
    checked,
    digest_of,
    id_of,
    number_of,
    owner_of,
    partition,
)
from data_access_lib.tenant import PLATFORM, TenantId

_DATA_KEY_PREFIX: Final = "NUMBER#"
_VERSION_PREFIX: Final = "V#"
_EVERY_AGENT: Final = "*"
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_ISSUER_ID: Final = re.compile(r"[0-9a-f]{32}")
_MODEL_ALIAS: Final = re.compile(r"[a-z](?:[a-z0-9.-]{0,62}[a-z0-9])?")
_TOOL: Final = re.compile(r"[a-z][a-z0-9_-]*(?:\.[a-z][a-z0-9_-]*)*")
_MAX_TOOL: Final = 64
_PACK: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")
_PACK_ALIKE: Final = re.compile(r"[a-z0-9]{1,32}")
_PACK_VERSION: Final = re.compile(r"[0-9][0-9A-Za-z.-]{0,31}")
_THUMBPRINT: Final = re.compile(r"[0-9a-f]{64}")
_FLAG: Final = re.compile(r"[a-z](?:[a-z0-9.-]{0,61}[a-z0-9])?")


def tenants_partition() -> str:
    """All tenant records."""
    return partition(PLATFORM, "TENANT")


def tenant_key(tenant_id: TenantId) -> Key:
    """A tenant's record; the reserved `platform` has one too."""
    return Key(tenants_partition(), owner_of(tenant_id))


def issuers_partition() -> str:
    """All trusted issuers."""
    return partition(PLATFORM, "ISSUER")


def issuer_key(iss: str) -> Key:
    """An issuer's record, by the exact `iss` claim."""
    return Key(issuers_partition(), digest_of(iss)[:32])


def issuer_id(iss: str) -> str:
    """How an issuer is named in the API: 32 hexadecimal digits, always the same for an `iss`."""
    return issuer_key(iss).sk


def issuer_id_key(issuer_id: str) -> Key:
    """An issuer's record, by its id."""
    if not isinstance(issuer_id, str) or not _ISSUER_ID.fullmatch(issuer_id):
        raise InvalidIdentifier("issuer")
    return Key(issuers_partition(), issuer_id)


def templates_partition() -> str:
    """All agent templates."""
    return partition(PLATFORM, "TEMPLATE")


def template_key(agent: str) -> Key:
    """An agent's template."""
    return Key(templates_partition(), agent_name(agent))


def versions_partition(agent: str) -> str:
    """All versions of one agent."""
    return partition(PLATFORM, "VERSION", agent_name(agent))


def version_key(agent: str, version_id: str) -> Key:
    """One version of an agent."""
    return Key(versions_partition(agent), id_of(version_id, "ver"))


def version_ids_partition() -> str:
    """In the index: versions by id, whatever their agent."""
    return partition(PLATFORM, "VERSION_ID")


def version_index(version_id: str) -> IndexKey:
    """Where the index holds a version."""
    return IndexKey(version_ids_partition(), id_of(version_id, "ver"))


def instances_partition(tenant_id: TenantId) -> str:
    """A tenant's agent instances."""
    return partition(tenant_id, "INSTANCE")


def instance_key(tenant_id: TenantId, agent: str) -> Key:
    """A tenant's instance of an agent."""
    return Key(instances_partition(tenant_id), agent_name(agent))


def schedules_partition(tenant_id: TenantId) -> str:
    """A tenant's schedules of runs."""
    return partition(tenant_id, "SCHEDULE")


def schedule_key(tenant_id: TenantId, schedule_id: str) -> Key:
    """One schedule of a tenant."""
    return Key(schedules_partition(tenant_id), id_of(schedule_id, "sch"))


def users_partition(tenant_id: TenantId) -> str:
    """A tenant's users."""
    return partition(tenant_id, "USER")


def user_key(tenant_id: TenantId, user_id: str) -> Key:
    """One user of a tenant."""
    return Key(users_partition(tenant_id), id_of(user_id, "usr"))


def member_key(tenant_id: TenantId, principal_id: str) -> Key:
    """What the authoriser reads: from a principal to its membership."""
    return Key(partition(tenant_id, "MEMBER", digest_of(principal_id)), META)


def invites_partition(tenant_id: TenantId) -> str:
    """A tenant's open and settled invites."""
    return partition(tenant_id, "INVITE")


def invite_key(tenant_id: TenantId, invite_id: str) -> Key:
    """One invite."""
    return Key(invites_partition(tenant_id), id_of(invite_id, "inv"))


def api_keys_partition(tenant_id: TenantId) -> str:
    """A tenant's API keys as its admins see them."""
    return partition(tenant_id, "APIKEY")


def api_key_key(tenant_id: TenantId, key_id: str) -> Key:
    """One API key's record."""
    return Key(api_keys_partition(tenant_id), id_of(key_id, "key"))


def aws_callers_partition(tenant_id: TenantId) -> str:
    """A tenant's AWS roles that may call."""
    return partition(tenant_id, "AWSCALLER")


def aws_caller_key(tenant_id: TenantId, caller_id: str) -> Key:
    """One AWS role's record."""
    return Key(aws_callers_partition(tenant_id), id_of(caller_id, "awc"))


def data_keys_partition(tenant_id: TenantId) -> str:
    """A tenant's data keys, each wrapped by its KMS key, and which of them is in use."""
    return partition(tenant_id, "DATAKEY")


def data_key_key(tenant_id: TenantId, number: int) -> Key:
    """One wrapped data key; `number` counts from 1."""
    return Key(data_keys_partition(tenant_id), f"{_DATA_KEY_PREFIX}{number_of(number):010d}")


def data_key_head_key(tenant_id: TenantId) -> Key:
    """Which data key new values are sealed with."""
    return Key(data_keys_partition(tenant_id), META)


def policies_partition(tenant_id: TenantId) -> str:
    """In the index: a tenant's policies, by id."""
    return partition(tenant_id, "POLICIES")


def policy_key(tenant_id: TenantId, policy_id: str) -> Key:
    """A policy; its versions share the partition."""
    return Key(partition(tenant_id, "POLICY", id_of(policy_id, "pol")), META)


def policy_index(tenant_id: TenantId, policy_id: str) -> IndexKey:
    """Where the index lists a policy."""
    return IndexKey(policies_partition(tenant_id), id_of(policy_id, "pol"))


def policy_version_key(tenant_id: TenantId, policy_id: str, number: int) -> Key:
    """One version of a policy; `number` counts from 1."""
    if not 1 <= number <= MAX_SEQ:
        raise InvalidIdentifier("version")
    return Key(policy_key(tenant_id, policy_id).pk, f"{_VERSION_PREFIX}{number:010d}")


def policy_binding_key(tenant_id: TenantId, agent: str | None) -> Key:
    """Which policy binds an agent of the tenant's; None: all of its agents."""
    return Key(partition(tenant_id, "POLICYBINDING"), _EVERY_AGENT if agent is None else agent_name(agent))


def credential_key(digest: str) -> Key:
    """What the authoriser reads: from the SHA-256 (hex) of an API key's secret, or of a role's ARN, to its grant."""
    if not _DIGEST.fullmatch(digest):
        raise InvalidIdentifier("credential")
    return Key(partition(PLATFORM, "CREDENTIAL", digest), META)


def flags_partition() -> str:
    """All capability flags."""
    return partition(PLATFORM, "FLAG")


def flag_key(name: str) -> Key:
    """One capability flag, by its name."""
    if not isinstance(name, str) or not _FLAG.fullmatch(name):
        raise InvalidIdentifier("flag")
    return Key(flags_partition(), name)


def tools_partition() -> str:
    """All tools that operators have registered."""
    return partition(PLATFORM, "TOOL")


def tool_key(name: str) -> Key:
    """One registered tool, by its name."""
    if not isinstance(name, str) or len(name) > _MAX_TOOL or not _TOOL.fullmatch(name):
        raise InvalidIdentifier("tool")
    return Key(tools_partition(), name)


def pack_publishers_partition() -> str:
    """All keys of those who publish tool packs."""
    return partition(PLATFORM, "PACKKEY")


def pack_publisher_key(key_id: str) -> Key:
    """One publisher's key, by its thumbprint."""
    return Key(pack_publishers_partition(), checked(_THUMBPRINT, key_id, "publisher key"))


def packs_partition() -> str:
    """All tool packs."""
    return partition(PLATFORM, "TOOLPACK")


def pack_key(name: str) -> Key:
    """One tool pack: its versions, and which is installed."""
    return Key(packs_partition(), checked(_PACK, name, "tool pack"))


def pack_alias_key(alike: str) -> Key:
    """Who has a pack's name and all that look like it."""
    return Key(partition(PLATFORM, "TOOLPACKNAME"), checked(_PACK_ALIKE, alike, "tool pack"))


def pack_version_key(name: str, version: str) -> Key:
    """One published version of a tool pack."""
    owner = partition(PLATFORM, "TOOLPACKVERSION", checked(_PACK, name, "tool pack"))
    return Key(owner, checked(_PACK_VERSION, version, "version"))


def kill_switches_partition(owner: TenantId) -> str:
    """All kill switches that operators have set (`PLATFORM`), or a tenant's administrators."""
    return partition(owner, "KILLSWITCH")


def kill_switch_key(owner: TenantId, switch_id: str) -> Key:
    """One kill switch of an owner."""
    return Key(kill_switches_partition(owner), id_of(switch_id, "ksw"))


def models_partition(tenant_id: TenantId) -> str:
    """What a tenant says of the models it may use."""
    return partition(tenant_id, "MODEL")


def model_key(tenant_id: TenantId, alias: str) -> Key:
    """A tenant's entry for one model, by the name that agents use."""
    return Key(models_partition(tenant_id), checked(_MODEL_ALIAS, alias, "model"))
