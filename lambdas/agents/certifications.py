"""Certifications of versions: granted by operators for a time, and revoked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.errors import ConditionFailed
from data_access_lib.once import once
from data_access_lib.repositories import certifications
from data_access_lib.repositories.audit import AuditDraft
from governance.certifications import LONGEST, OwnCertification, holds
from lambdas.agents.desk import Desk
from lambdas.agents.gate_models import CertificationList, CertificationReply, GrantCertification, RevokeCertification
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import Conflict, FieldError, InvalidBody
from platform_kit.identity import Identity
from platform_kit.ids import new_id
from platform_kit.observability import count

_TOLD: Final = ("certificationId", "contentHash", "kind", "expiresAt", "note")
Record = Mapping[str, Any]


@dataclass(frozen=True)
class VersionCertifications:
    """`desk` opens the registry for an operator; each grant and revocation is in the platform's audit chain."""

    desk: Callable[[Identity], Desk]
    clock: Clock

    def grant(
        self, who: Identity, version_id: str, wanted: GrantCertification, *, key: str | None, body: bytes
    ) -> tuple[CertificationReply, bool]:
        """Vouch for a version's content; True beside the answer to a repeated request.

        OwnCertification for whoever registered the version; InvalidBody for a time that is past or too far.
        """
        desk = self.desk(who)

        def make() -> dict[str, Any]:
            made = self._grant(desk, who, version_id, wanted)
            return made.model_dump(mode="json", by_alias=True, exclude_none=True)

        outcome = once(desk.answers, f"POST /v1/versions/{version_id}/certifications", key, body, make)
        return CertificationReply.model_validate(outcome.response), outcome.replayed

    def list(self, who: Identity, version_id: str) -> CertificationList:
        """A version's certifications, newest first; NotFound when there is no such version."""
        desk = self.desk(who)
        version = desk.versions.by_id(version_id)
        return CertificationList(items=[self._shown(one, version) for one in desk.certifications.of(version_id)])

    def revoke(
        self, who: Identity, version_id: str, certification_id: str, wanted: RevokeCertification
    ) -> CertificationReply:
        """Take a certification back, for good. NotFound; Conflict when that is done."""
        desk = self.desk(who)
        record = desk.certifications.get(version_id, certification_id)
        fields = {
            "revokedAt": rfc3339(self.clock.now()),
            "revokedBy": who.principal_id,
            "revokedReason": wanted.reason,
        }
        told = {name: record.get(name) for name in _TOLD}
        draft = AuditDraft("certification.revoked", version_id, detail={**told, "reason": wanted.reason})
        try:
            desk.audit.commit(draft, lambda found: desk.certifications.revoke_in(found, record, fields))
        except ConditionFailed as failure:
            if failure.label != certifications.LABEL:
                raise
            raise Conflict("The certification is revoked already.") from None
        count("CertificationRevoked", kind=str(record["kind"]))
        return CertificationReply.model_validate({**record, **fields, "holds": False})

    def _grant(self, desk: Desk, who: Identity, version_id: str, wanted: GrantCertification) -> CertificationReply:
        now = self.clock.now()
        if not now < wanted.expires_at <= now + LONGEST:
            told = FieldError("/expiresAt", f"must be a time within the next {LONGEST.days} days")
            raise InvalidBody("A certification ends, and within a year.", errors=(told,))
        version = desk.versions.by_id(version_id)
        if who.principal_id == version["createdBy"]:
            raise OwnCertification
        record = {
            "certificationId": new_id("crt"),
            "versionId": version_id,
            "agent": version["agent"],
            "contentHash": version["contentHash"],
            "kind": wanted.kind.value,
            "grantedBy": who.principal_id,
            "issuedAt": rfc3339(now),
            "expiresAt": rfc3339(wanted.expires_at),
            "note": wanted.note,
        }
        draft = AuditDraft("certification.granted", version_id, detail={name: record[name] for name in _TOLD})
        desk.audit.commit(draft, lambda found: desk.certifications.add_in(found, record))
        count("CertificationGranted", kind=wanted.kind.value)
        return self._shown(record, version)

    def _shown(self, record: Record, version: Record) -> CertificationReply:
        held = holds(record, str(version["contentHash"]), str(version["createdBy"]), self.clock.now())
        return CertificationReply.model_validate({**record, "holds": held})
