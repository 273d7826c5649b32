"""One owner's chain held against its checkpoints: attested where it goes on from the last, refused where it does not.

What is attested is read from the ledger itself, never from what the chain's end is said to be; the end is then held
against what was read. Broken says where and how the chain does not hold.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.audit_archive import AuditArchive
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.tenant import TenantId
from governance.audit.chain import Break, BreakKind, Head, walk
from governance.audit.checkpoint import Checkpoint, NoCheckpoint, Sign, after
from governance.audit.merkle import Frontier
from governance.audit.verification import Broken, Log, Verdict, trusted
from platform_kit.clock import Clock, rfc3339

SEGMENT: Final = 10_000
_PAGE: Final = 500
_ROUNDS: Final = 5
BEHIND: Final = "the end of the chain lies behind the ledger"


@dataclass(frozen=True)
class Seal:
    """The key that signs: its id, what it signs with, and what holds its signatures against it."""

    key_id: str
    sign: Sign
    verify: Callable[[str, bytes, bytes], bool]


@dataclass(frozen=True)
class Notary:
    """One owner's papers; `tenant_id` is the reserved `PLATFORM` for the platform's own chain."""

    tenant_id: TenantId
    log: AuditLog
    archive: AuditArchive
    seal: Seal
    clock: Clock

    def attest(self) -> Checkpoint | None:
        """Sign where the chain ends now; the newest checkpoint, None for a chain without entries. Broken."""
        last = self._newest()
        while True:
            entries = self._since(last)
            if not entries:
                break
            last = self._attest(last, entries)
        self._check_end(last.end if last else Head())
        return last

    def check(self) -> Verdict:
        """Verify the whole chain where it lies, against every checkpoint. Broken."""
        checkpoints = trusted(self._all_checkpoints(), self.seal.verify, tenant=self.tenant_id)
        log = Log(checkpoints, tenant=self.tenant_id)
        try:
            for page in self._pages():
                log.take(page)
            verdict = log.end()
        except Broken as broken:
            raise self._placed(broken, checkpoints) from None
        self._check_end(Head(verdict.last, verdict.head) if verdict.entries else Head())
        return verdict

    def repair_head(self) -> tuple[Head, Head] | None:
        """Set the chain's end to the ledger's last entry when it lies behind; from where to where. Broken.

        Nothing else is repaired, and nothing when the ledger does not verify.
        """
        try:
            self.check()
        except Broken as broken:
            if broken.found.why != BEHIND:
                raise
        else:
            return None
        known = self.log.head()
        last = self.log.list(newest_first=True, limit=1).entries[0]
        end = Head(int(last["seq"]), str(last["hash"]))
        self.log.move_head(known, end)
        return known, end

    def _newest(self) -> Checkpoint | None:
        try:
            last = self.archive.newest(self.log.head().seq)
        except (NoCheckpoint, ValueError) as no:
            raise _broken(0, BreakKind.CHECKPOINT, f"the newest checkpoint cannot be read: {no}") from None
        if last is not None:
            trusted([last.as_json()], self.seal.verify, tenant=self.tenant_id)
            self._check_last(last)
        return last

    def _check_last(self, last: Checkpoint) -> None:
        """The entry that the last checkpoint ends with: nothing after it would show that it was changed."""
        found = self.log.stored(after=last.count - 1, limit=1)
        if not found or found[0].get("seq") != last.count:
            why = f"the checkpoint of {last.time} knows {last.count} entries; the ledger ends before"
            raise _broken(last.count, BreakKind.TRUNCATED, why)
        broken = walk(found).broken
        if broken is not None:
            raise Broken(broken)
        if found[0]["hash"] != last.head:
            raise _broken(last.count, BreakKind.FORKED, f"the checkpoint of {last.time} knows another entry")

    def _since(self, last: Checkpoint | None) -> list[dict[str, Any]]:
        """What was entered since, as far as one checkpoint takes; its chain holds."""
        head, entries = last.end if last else Head(), list[dict[str, Any]]()
        while len(entries) < SEGMENT:
            page = self.log.stored(after=head.seq, limit=_PAGE)
            found = walk(page, head)
            if found.broken is not None:
                raise Broken(found.broken)
            entries += page
            head = found.head or head
            if len(page) < _PAGE:
                break
        return entries

    def _attest(self, last: Checkpoint | None, entries: list[dict[str, Any]]) -> Checkpoint:
        tree = (last.frontier if last else Frontier()).with_entries(entry["hash"] for entry in entries)
        end = Head(int(entries[-1]["seq"]), str(entries[-1]["hash"]))
        made = after(last, self.tenant_id, end, tree, time=rfc3339(self.clock.now()), key_id=self.seal.key_id)
        signed = made.signed(self.seal.sign)
        if self.archive.keep(signed, entries):
            return signed
        kept = self.archive.checkpoint(signed.count)  # somebody attested the same at the same time
        trusted([kept.as_json()], self.seal.verify, tenant=self.tenant_id)
        if kept.head != signed.head:
            raise _broken(kept.count, BreakKind.FORKED, f"the checkpoint of {kept.time} knows another entry")
        return kept

    def _check_end(self, end: Head) -> None:
        """Hold the end that is kept against the ledger's: entries of this moment may have come in between."""
        for _ in range(_ROUNDS):
            kept = self.log.head()
            if kept.seq <= end.seq:
                break
            more = walk(self.log.stored(after=end.seq, limit=_PAGE), end)
            if more.broken is not None:
                raise Broken(more.broken)
            if not more.held:
                why = f"the chain is kept to end with entry {kept.seq}; the ledger ends before"
                raise _broken(end.seq + 1, BreakKind.TRUNCATED, why)
            end = more.head or end
        if kept.seq < end.seq:
            raise _broken(kept.seq, BreakKind.TRUNCATED, BEHIND)
        if kept.seq == end.seq and kept.hash != end.hash:
            raise _broken(end.seq, BreakKind.FORKED, "the end of the chain is kept to be another entry")

    def _all_checkpoints(self) -> Iterator[Any]:
        for count in self.archive.counts():
            try:
                yield self.archive.checkpoint(count).as_json()
            except (NoCheckpoint, ValueError) as no:
                raise _broken(count, BreakKind.CHECKPOINT, f"the checkpoint of {count} entries: {no}") from None

    def _pages(self) -> Iterator[list[dict[str, Any]]]:
        after_seq = 0
        while page := self.log.list(after=after_seq, limit=_PAGE).entries:
            yield page
            after_seq = int(page[-1]["seq"])

    def _placed(self, broken: Broken, checkpoints: list[Checkpoint]) -> Broken:
        """A fork is named where it begins: at the first entry that is not the one kept with the checkpoint."""
        if broken.found.kind is not BreakKind.FORKED:
            return broken
        before = 0
        for checkpoint in checkpoints:
            if checkpoint.count >= broken.found.seq:
                seq = self._first_other(before + 1, checkpoint.count)
                return Broken(broken.found._replace(seq=seq)) if seq else broken
            before = checkpoint.count
        return broken

    def _first_other(self, first: int, last: int) -> int | None:
        kept = self.archive.segment(first, last)
        for start in range(0, len(kept), _PAGE):
            part = kept[start : start + _PAGE]
            there = self.log.stored(after=part[0]["seq"] - 1, limit=len(part))
            for one, other in zip(part, there, strict=False):
                if one != other:
                    return int(one["seq"])
        return None


def _broken(seq: int, kind: BreakKind, why: str) -> Broken:
    return Broken(Break(seq, kind, why))
