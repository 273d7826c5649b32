"""Versions as whatever runs them reads them: each record's hashes are made anew, and one that differs is refused.

The catalogue's own reads (`VersionRecords`) show operators what is stored, whatever it is. Nothing that leads to an
execution may use those: `tests/contract/test_verified_versions.py` says who may.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any, NoReturn

from data_access_lib import keys
from data_access_lib.repositories.catalogue import VersionRecords
from data_access_lib.repositories.records import required, unpack
from data_access_lib.signals import PACKAGE, RUNTIME, Tampered
from governance.version_identity import fault_of
from platform_kit.errors import VersionTampered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data_access_lib.codec import Item
    from data_access_lib.signals import AccessSignals
    from data_access_lib.table import BoundedReader


class VerifiedVersions(VersionRecords):
    """Reads of single versions, verified; `signals` are told of what is refused. Lists are for people, and are not."""

    def __init__(self, table: BoundedReader, signals: AccessSignals) -> None:
        super().__init__(table)
        self._signals = signals

    def find(self, agent: str, version_id: str) -> Item | None:
        """One version of an agent, as it was written; None when there is none. VersionTampered for any other."""
        try:
            record = super().find(agent, version_id)
        except (TypeError, ValueError, RecursionError):  # a document in it is no JSON any more
            self._refuse(agent, version_id, "form")
        fault = None if record is None else fault_of(record, agent, version_id)
        if fault is not None:
            self._refuse(agent, version_id, fault)
        return record

    def by_id(self, version_id: str) -> Item:
        """As in VersionRecords, and the record itself rather than what the index has of it."""
        return self.get(self._agent_of(version_id), version_id)

    def confirm_package(self, record: Mapping[str, Any], sha256: str) -> None:
        """Refuse a version whose package has other bytes than were registered; VersionTampered."""
        if not hmac.compare_digest(sha256, str(record["artifactDigest"])):
            self._refuse(str(record["agent"]), str(record["versionId"]), PACKAGE)

    def refuse_runtime(self, record: Mapping[str, Any]) -> NoReturn:
        """Refuse a version whose runtime was seen to run another package; VersionTampered."""
        self._refuse(str(record["agent"]), str(record["versionId"]), RUNTIME)

    def suspect(self, version_id: str) -> Item:
        """A version's record as it is stored, whatever that is, its documents as text: to be taken out, never to run.

        Whose version it is, is where it lies. NotFound when there is none.
        """
        agent = self._agent_of(version_id)
        stored = self._reader.get(keys.version_key(agent, version_id), consistent=True)
        record = required(None if stored is None else unpack(stored, ()), "version")
        return {**record, "agent": agent, "versionId": version_id}

    def _agent_of(self, version_id: str) -> str:
        place = keys.version_index(version_id)
        found = self._reader.query(place.gsi1pk, index="gsi1", begins_with=place.gsi1sk, limit=1).items
        return str(required(found[0] if found else None, "version")["pk"]).rpartition("#")[2]

    def _refuse(self, agent: str, version_id: str, fault: str) -> NoReturn:
        found = Tampered(agent, version_id, fault)
        self._signals.tampered(found)
        raise VersionTampered(
            f"The {found.what} of the version {version_id} is not what was registered, so it is refused. "
            "Its operators have an incident; they can roll the agent back."
        )
