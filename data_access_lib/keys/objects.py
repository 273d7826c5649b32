"""Keys of objects, in the tenants' bucket, in the one under object lock, and in the platform's own."""

import re
import unicodedata
from typing import Final

from data_access_lib.errors import InvalidIdentifier
from data_access_lib.keys.parts import Key, checked, id_of, seq_of
from data_access_lib.keys.runs import file_key, run_key
from data_access_lib.tenant import PLATFORM, TenantId
from platform_kit.ids import is_id

_UNSAFE_IN_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")
_MAX_NAME: Final = 128
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_EXPORTED: Final = re.compile(r"manifest\.json|part-\d{6}\.jsonl", re.ASCII)
_DOCUMENT: Final = re.compile(r"tenants/[^/]+/runs/[^/]+/(output|(?:checkpoint|call)-[0-9a-f]{64})\.json", re.ASCII)


def object_root(tenant_id: TenantId) -> str:
    """What every object key of a tenant begins with; ends in the separator."""
    return f"tenants/{TenantId(tenant_id)}/"


def root_of(owner: TenantId) -> str:
    """What every object key of an owner begins with: a tenant's, or the platform's own in the bucket under lock."""
    return f"{PLATFORM}/" if owner is PLATFORM else object_root(owner)


def marker_object(tenant_id: TenantId) -> str:
    """What provisioning leaves in a tenant's part of the bucket: the tenant's credentials reach it."""
    return f"{object_root(tenant_id)}.tenant"


def file_object(tenant_id: TenantId, file_id: str, name: str) -> str:
    """Where a file's bytes are; the name is made safe, the id keeps it unique."""
    return f"{object_root(tenant_id)}files/{id_of(file_id, 'fil')}/{safe_name(name)}"


def output_object(tenant_id: TenantId, run_id: str) -> str:
    """Where a run's output is when it is too large for its record."""
    return f"{object_root(tenant_id)}runs/{id_of(run_id, 'run')}/output.json"


def result_object(tenant_id: TenantId, run_id: str) -> str:
    """Where a copy of a run's output is for who downloads it: encrypted by S3 with the tenant's key, not sealed."""
    return f"{object_root(tenant_id)}runs/{id_of(run_id, 'run')}/result.json"


def run_checkpoint_object(tenant_id: TenantId, run_id: str, digest: str) -> str:
    """Where a run's checkpoint is when it is too large for its record; `digest` is the SHA-256 of what it holds."""
    return f"{object_root(tenant_id)}runs/{id_of(run_id, 'run')}/checkpoint-{checked(_DIGEST, digest, 'digest')}.json"


def recorded_call_object(tenant_id: TenantId, run_id: str, digest: str) -> str:
    """Where a recorded call is when it is too large for its item; `digest` is the SHA-256 of what it holds."""
    return f"{object_root(tenant_id)}runs/{id_of(run_id, 'run')}/call-{checked(_DIGEST, digest, 'digest')}.json"


def record_of_object(tenant_id: TenantId, key: str) -> Key | None:
    """The record that leads to an object: a file's, or the run's that it is the output of. None for other objects."""
    folder, _, rest = key.removeprefix(object_root(tenant_id)).partition("/")
    entity = rest.partition("/")[0]
    if folder == "files" and is_id(entity, "fil"):
        return file_key(tenant_id, entity)
    if folder == "runs" and is_id(entity, "run"):
        return run_key(tenant_id, entity)
    return None


def exports_root(tenant_id: TenantId) -> str:
    """What the keys of all of a tenant's exports begin with."""
    return f"{object_root(tenant_id)}exports/"


def export_object(tenant_id: TenantId, operation_id: str, name: str) -> str:
    """A file of an export: its manifest, or one of its parts."""
    if not _EXPORTED.fullmatch(name):
        raise InvalidIdentifier("file")
    return f"{exports_root(tenant_id)}{id_of(operation_id, 'opn')}/{name}"


def audit_checkpoints_root(owner: TenantId) -> str:
    """What the keys of an owner's checkpoints begin with, in the bucket under object lock."""
    return f"{root_of(owner)}audit/checkpoints/"


def audit_checkpoint_object(owner: TenantId, count: int) -> str:
    """A signed checkpoint of so many entries."""
    return f"{audit_checkpoints_root(owner)}{seq_of(count)}.json"


def audit_segment_object(owner: TenantId, first: int, last: int) -> str:
    """The entries that a checkpoint added."""
    return f"{root_of(owner)}audit/segments/{seq_of(first)}-{seq_of(last)}.jsonl"


def evidence_object(digest: str) -> str:
    """A bundle of evidence, named by its SHA-256, in the bucket under object lock."""
    return f"{root_of(PLATFORM)}evidence/{checked(_DIGEST, digest, 'evidence')}.zip"


def is_document(key: str) -> bool:
    """Whether the platform wrote an object itself, and seals it: a run's output, a checkpoint, a recorded call."""
    return _DOCUMENT.fullmatch(key) is not None


def certificate_object(tenant_id: TenantId, operation_id: str) -> str:
    """Where the certificate of a tenant's deletion is, in the platform's own bucket."""
    return f"certificates/{TenantId(tenant_id)}/{id_of(operation_id, 'opn')}.json"


def safe_name(name: str) -> str:
    """A client's file name as an object key takes it: its last segment in `A-Z a-z 0-9 . _ -`, ≤ 128, no dot first."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFKD", name))[-1]
    cleaned = _UNSAFE_IN_NAME.sub("_", last.encode("ascii", "ignore").decode()).lstrip(".")
    return cleaned[-_MAX_NAME:].lstrip(".") or "file"
