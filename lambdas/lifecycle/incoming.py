"""An export on its way in, which nobody trusts: every size before it is read, every hash before it is used, every line.

Whoever could write an export could write anything into it: keys of another tenant, paths that climb, kinds that grant
access, sizes that lie. Bad is refused by name (BadExport); nothing here repairs.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from data_access_lib import keys
from data_access_lib.codec import decode_item
from data_access_lib.errors import InvalidIdentifier, InvalidTenantId
from data_access_lib.inventory import kind
from data_access_lib.repositories.events import OPEN_STATES
from data_access_lib.tenant import TenantId
from lambdas.lifecycle.models import SCHEMA
from lambdas.lifecycle.parts import digest, part_name
from platform_kit.errors import Unprocessable

MOST_MANIFEST_BYTES: Final = 16 * 1024 * 1024
MOST_PART_BYTES: Final = 64 * 1024 * 1024
MOST_OBJECT_BYTES: Final = 5 * 1024**3
_MOST_PARTS: Final = 100_000
_MOST_LINES: Final = 1_000_000
_INDEXED: Final = ("gsi1pk", "gsi1sk")
_OBJECT_KEYS: Final = ("key", "outputKey", "pendingOutputKey")
_FOLDERS: Final = ("files/", "runs/")


class BadExport(Unprocessable):
    """What was to be imported is not an export, or not the one it says it is."""

    code, title = "BAD_EXPORT", "Not an export that can be imported"


class PartEntry(BaseModel):
    """What a manifest says of one part."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str = Field(max_length=40)
    bytes: int = Field(ge=1, le=MOST_PART_BYTES)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    lines: int = Field(ge=1, le=_MOST_LINES)


class Manifest(BaseModel):
    """What an export says it consists of."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, strict=True)

    schema_: str = Field(alias="schema", pattern=f"^{SCHEMA}$")
    tenant_id: str = Field(max_length=32)
    operation_id: str = Field(max_length=64)
    created_at: str = Field(max_length=40)
    items: dict[str, int]
    objects: int = Field(ge=0)
    object_bytes: int = Field(ge=0)
    parts: list[PartEntry] = Field(max_length=_MOST_PARTS)


@dataclass(frozen=True)
class ItemLine:
    """An item as it is to be written, in the new tenant's name."""

    table: str
    item: dict[str, Any]


@dataclass(frozen=True)
class PieceLine:
    """A piece of an object: `name` is its key below the tenant's root."""

    name: str
    total: int
    content_type: str
    offset: int
    data: bytes

    @property
    def last(self) -> bool:
        """Whether the object ends with it."""
        return self.offset + len(self.data) == self.total


Line = ItemLine | PieceLine


def read_manifest(body: bytes, sha256: str) -> Manifest:
    """The manifest, if it is the one whose SHA-256 (hex) is known."""
    if digest(body) != sha256:
        raise BadExport("The manifest is not the one that was written: its hash differs.")
    try:
        manifest = Manifest.model_validate_json(body)
        TenantId(manifest.tenant_id)
    except (ValidationError, InvalidTenantId, RecursionError):
        raise BadExport("The manifest is not one of this version.") from None
    if [part.name for part in manifest.parts] != [part_name(n) for n in range(1, len(manifest.parts) + 1)]:
        raise BadExport("The manifest's parts are not numbered from 1 on.")
    return manifest


def read_part(body: bytes, entry: PartEntry) -> list[dict[str, Any]]:
    """The lines of a part, if it is the one that the manifest names."""
    if (len(body), digest(body)) != (entry.bytes, entry.sha256):
        raise BadExport(f"{entry.name} is not what the manifest says: its hash differs.")
    try:
        lines = [json.loads(line) for line in body.splitlines()]
    except (ValueError, RecursionError):
        raise BadExport(f"{entry.name} holds a line that is not JSON.") from None
    if len(lines) != entry.lines or not all(isinstance(line, dict) for line in lines):
        raise BadExport(f"{entry.name} has not the lines that the manifest says.")
    return lines


@dataclass(frozen=True)
class Translation:
    """From one tenant's export to another tenant's records. `at` is the present moment, RFC 3339."""

    source: TenantId
    target: TenantId
    at: str

    def lines(self, found: list[dict[str, Any]]) -> Iterator[Line]:
        """What is to be written; what an import does not take along is passed over."""
        for line in found:
            shapes: Mapping[frozenset[str], Callable[[dict[str, Any]], Line | None]] = {
                frozenset({"table", "item"}): self._item,
                frozenset({"object", "bytes", "type", "offset", "data"}): self._piece,
            }
            read = shapes.get(frozenset(line))
            if read is None:
                raise BadExport("A line is neither an item nor a piece of an object.")
            made = read(line)
            if made is not None:
                yield made

    def _item(self, line: dict[str, Any]) -> ItemLine | None:
        item = _decoded(line["item"])
        pk, sk = item.get("pk"), item.get("sk")
        if not isinstance(pk, str) or not isinstance(sk, str):
            raise BadExport("An item has no key.")
        self._own_partition(pk)
        known = _kind_of(pk)
        if known.table != line["table"]:
            raise BadExport("An item is in a table that its kind does not live in.")
        if known.not_exported or known.not_imported:
            return None
        return ItemLine(known.table, self._translated(item))

    def _translated(self, item: dict[str, Any]) -> dict[str, Any]:
        made = {**item, "pk": self._moved(item["pk"])}
        for name in _INDEXED:
            if name.endswith("pk") and name in item:
                self._own_partition(item[name])
                made[name] = self._moved(item[name])
        for name in (name for name in item if name.startswith("gsi") and name not in _INDEXED):
            del made[name]
        for name in (name for name in _OBJECT_KEYS if name in item):
            made[name] = self._moved_key(item[name])
        if item.get("tenantId") == self.source:
            made["tenantId"] = str(self.target)
        if keys.kind_of(item["pk"]) == "RUN" and item.get("status") in OPEN_STATES:
            made |= {"status": "cancelled", "cancelledBy": "svc:lifecycle", "finishedAt": self.at}
        return made

    def _piece(self, line: dict[str, Any]) -> PieceLine:
        name, total, offset = line["object"], line["bytes"], line["offset"]
        if not isinstance(name, str) or not name.startswith(_FOLDERS) or not isinstance(line["type"], str):
            raise BadExport("An object lies where no object of a tenant's does.")
        if type(total) is not int or type(offset) is not int or not 0 <= offset <= total <= MOST_OBJECT_BYTES:
            raise BadExport("An object has an impossible size.")
        try:
            data = base64.b64decode(line["data"], validate=True)
        except (binascii.Error, ValueError, TypeError):
            raise BadExport("A piece of an object is not base64.") from None
        if offset + len(data) > total or (not data and total):
            raise BadExport("A piece of an object does not fit into it.")
        return PieceLine(name, total, line["type"], offset, data)

    def _own_partition(self, partition: object) -> None:
        if not isinstance(partition, str) or not partition.startswith(keys.owner_prefix(self.source)):
            raise BadExport("An item belongs to another tenant than the export.")

    def _moved(self, partition: str) -> str:
        return keys.owner_prefix(self.target) + partition.removeprefix(keys.owner_prefix(self.source))

    def _moved_key(self, key: object) -> str:
        root = keys.object_root(self.source)
        if not isinstance(key, str) or not key.startswith(root):
            raise BadExport("A record leads to an object of another tenant than the export.")
        return keys.object_root(self.target) + key.removeprefix(root)


def _decoded(stored: object) -> dict[str, Any]:
    """An item from DynamoDB's JSON, its bytes out of base64."""
    try:
        return decode_item(_with_bytes(stored))
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError):
        raise BadExport("An item is not in DynamoDB's JSON.") from None


def _with_bytes(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"B"} and isinstance(value["B"], str):
            return {"B": base64.b64decode(value["B"], validate=True)}
        return {name: _with_bytes(inner) for name, inner in value.items()}
    return [_with_bytes(inner) for inner in value] if isinstance(value, list) else value


def _kind_of(pk: str) -> Any:
    try:
        return kind(keys.kind_of(pk))
    except (LookupError, InvalidIdentifier):
        raise BadExport("An item is of a kind that is not known here.") from None
