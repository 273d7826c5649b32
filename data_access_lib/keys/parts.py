"""What keys are made of, and what everything in them is checked by."""

import hashlib
import re
import zlib
from typing import Final, NamedTuple

from data_access_lib.errors import InvalidIdentifier
from data_access_lib.tenant import PLATFORM, RESERVED, TenantId
from platform_kit.ids import is_id

SHARDS: Final = 4
LEADING_KEYS_OF_SESSION_TAG: Final = "TENANT#${aws:PrincipalTag/tenant}#*"
"""The value for IAM's `dynamodb:LeadingKeys` in a tenant role."""
OBJECTS_OF_SESSION_TAG: Final = "tenants/${aws:PrincipalTag/tenant}/*"
"""The resource suffix for S3 in a tenant role."""
LEADING_KEYS_OF_PLATFORM: Final = "TENANT#platform#*"
"""The value for IAM's `dynamodb:LeadingKeys` in a function's own role."""

META: Final = "META"
"""The sort key of a record that its partition is named after."""
EVENT_PREFIX: Final = "EVENT#"
RUN_PREFIX: Final = "RUN#"
RECORDED_PREFIX: Final = "RECORDED#"
REPLAY_PREFIX: Final = "REPLAY#"
"""What sort keys of children begin with: they are found by their parent's partition, which is on the roll already."""
MAX_SEQ: Final = 9_999_999_999
"""Of events of a run, and of versions of a policy: ten digits."""
_CHILDREN: Final = (EVENT_PREFIX, RUN_PREFIX, RECORDED_PREFIX, REPLAY_PREFIX)
_LEDGER: Final = frozenset({"AUDIT"})
_AGENT: Final = re.compile(r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_OWNER: Final = re.compile(r"TENANT#([^#]+)#")
_KIND: Final = re.compile(r"TENANT#[^#]+#([A-Z_]+)")
_MAX_AUDIT_SEQ: Final = 999_999_999_999
_MAX_DATA_KEY: Final = 2**32 - 1
_KINDS: Final = {
    "apr": "approval",
    "awc": "AWS caller",
    "bgp": "break-glass promotion",
    "brk": "break-glass grant",
    "can": "canary",
    "crt": "certification",
    "dlv": "delivery",
    "evl": "evaluation",
    "evt": "event",
    "fil": "file",
    "inc": "incident",
    "inv": "invite",
    "pol": "policy",
    "pra": "approval of a promotion",
    "rpl": "replay",
    "bud": "budget",
    "job": "job",
    "key": "API key",
    "ksw": "kill switch",
    "opn": "operation",
    "run": "run",
    "sch": "schedule",
    "ses": "session",
    "usr": "user",
    "ver": "version",
    "whk": "webhook",
}


class Key(NamedTuple):
    """The primary key of an item."""

    pk: str
    sk: str


class IndexKey(NamedTuple):
    """An item's place in the index `gsi1`."""

    gsi1pk: str
    gsi1sk: str


def shard_of(entity_id: str) -> int:
    """The shard, 0 to 3, that spreads one tenant's items of a kind over partitions: CRC-32 of the id, mod 4."""
    return zlib.crc32(entity_id.encode()) % SHARDS


def tenant_of(pk: str) -> TenantId:
    """The owner named in a partition key, `PLATFORM` included; InvalidIdentifier when it has none."""
    match = _OWNER.match(pk)
    if match is None:
        raise InvalidIdentifier("key")
    return PLATFORM if match.group(1) == RESERVED else TenantId(match.group(1))


def owner_prefix(owner: TenantId) -> str:
    """What every partition key of this owner begins with; ends in the separator."""
    return f"TENANT#{owner}#"


def kind_of(pk: str) -> str:
    """The kind named in a partition key, such as `RUN`; InvalidIdentifier when it has none."""
    match = _KIND.match(pk)
    if match is None:
        raise InvalidIdentifier("key")
    return match.group(1)


def roll_partition(tenant_id: TenantId, shard: int) -> str:
    """In the index `gsi2`: a quarter of all the partitions that a tenant has in a table, by their keys."""
    return partition(tenant_id, "ROLL", shard_text(shard))


def roll_index(pk: str, sk: str) -> dict[str, str]:
    """What puts an item's partition on its tenant's roll, so that all a tenant has can be found without a scan.

    Nothing for what needs no place there: the platform's items, events and histories (their partition is on the roll
    by its first item), and the ledger's, which has no index and is kept.
    """
    owner = tenant_of(pk)
    if owner is PLATFORM or sk.startswith(_CHILDREN) or kind_of(pk) in _LEDGER:
        return {}
    return {"gsi2pk": roll_partition(owner, shard_of(pk)), "gsi2sk": pk}


def whole_partitions(tenant_id: TenantId, kind: str, *, sharded: bool = False) -> list[str]:
    """A tenant's partitions of a kind that has one, or one for each of four shards: known without looking."""
    if not sharded:
        return [partition(tenant_id, kind)]
    return [partition(tenant_id, kind, shard_text(shard)) for shard in range(SHARDS)]


def agent_name(agent: str) -> str:
    """`agent` when it can name an agent (1 to 63 of `a-z 0-9 -`, a letter first); InvalidIdentifier otherwise."""
    if not isinstance(agent, str) or not _AGENT.fullmatch(agent):
        raise InvalidIdentifier("agent")
    return agent


def partition(owner: TenantId, kind: str, *rest: str) -> str:
    """A partition key: whose, of which kind, and what else it needs, all checked by whoever calls."""
    return "#".join(("TENANT", owner_of(owner), kind, *rest))


def owner_of(owner: TenantId) -> TenantId:
    """The owner as a key takes it: `PLATFORM`, or a valid tenant; InvalidIdentifier for any other text."""
    return PLATFORM if owner is PLATFORM else TenantId(owner)


def id_of(value: str, prefix: str) -> str:
    """`value` when it is an id with this prefix; InvalidIdentifier otherwise."""
    if not isinstance(value, str) or not is_id(value, prefix):
        raise InvalidIdentifier(_KINDS[prefix])
    return value


def checked(grammar: re.Pattern[str], value: str, what: str) -> str:
    """`value` when all of it follows the grammar; InvalidIdentifier, which says `what` it is none of, otherwise."""
    if not isinstance(value, str) or not grammar.fullmatch(value):
        raise InvalidIdentifier(what)
    return value


def seq_of(seq: int) -> str:
    """The number of an audit entry, from 1, in twelve digits, so that entries sort by it; InvalidIdentifier."""
    if not 1 <= seq <= _MAX_AUDIT_SEQ:
        raise InvalidIdentifier("entry")
    return f"{seq:012d}"


def number_of(number: int) -> int:
    """The number of a data key, from 1, in four bytes; InvalidIdentifier."""
    if not 1 <= number <= _MAX_DATA_KEY:
        raise InvalidIdentifier("data key")
    return number


def shard_text(shard: int) -> str:
    """A shard, 0 to 3, as a key takes it; InvalidIdentifier."""
    if not 0 <= shard < SHARDS:
        raise InvalidIdentifier("shard")
    return str(shard)


def digest_of(text: str) -> str:
    """SHA-256 in hexadecimal digits, of what is too long, or too much of a secret, to stand in a key."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
