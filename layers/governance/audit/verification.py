"""A log held against itself, its details and its checkpoints. The first break is named, with its place and its kind.

What a log alone cannot show is what is missing after its end, and whether all of it was written anew: that is what the
signed checkpoints are for.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from governance.audit.chain import Break, BreakKind, Head, walk
from governance.audit.checkpoint import Checkpoint, NoCheckpoint, Verify, read, signature_holds
from governance.audit.entry import canonical, detail_hash, pseudonym
from governance.audit.intents import Intents, Unjoined
from governance.audit.merkle import Frontier

_CHUNK: Final = 512
Entry = Mapping[str, Any]


class Broken(Exception):
    """The log or a checkpoint does not hold; `found` says where, how and why."""

    def __init__(self, found: Break) -> None:
        super().__init__(f"entry {found.seq}: {found.why}")
        self.found = found


class Verdict(NamedTuple):
    """What holds: the entries from `first` to `last`, of which `erased` had no detail, and what covers them.

    `covered` is the count of the newest checkpoint: entries after it are held by nothing but their own chain. `since`
    is when that checkpoint was signed.
    """

    entries: int
    first: int
    last: int
    erased: int
    head: str
    covered: int
    since: str
    unjoined: list[Unjoined]


class Log:
    """Takes a log's entries in order, and tells what held. Broken at the first that does not."""

    def __init__(self, checkpoints: Sequence[Checkpoint] = (), *, tenant: str | None = None) -> None:
        self._due = list(checkpoints)
        self._newest = checkpoints[-1] if checkpoints else None
        self._tenant = tenant or (self._newest.tenant if self._newest else None)
        self._head: Head | None = None
        self._tree: Frontier | None = None
        self._entries = self._erased = self._first = 0
        self._intents = Intents()

    def take(self, entries: Iterable[Entry]) -> None:
        """The next entries of the log."""
        for chunk in _chunks(entries):
            head, held, broken = walk(chunk, self._head)
            self._hold(chunk[:held])
            self._head = head
            if broken is not None:
                raise Broken(broken)

    def end(self) -> Verdict:
        """What held of all that was taken; Broken when a checkpoint knows more."""
        head = self._head or Head()
        if self._due and self._newest:
            why = f"the checkpoint of {self._newest.time} knows {self._newest.count} entries; here they end before"
            raise Broken(Break(head.seq + 1, BreakKind.TRUNCATED, why))
        covered, since = (self._newest.count, self._newest.time) if self._newest else (0, "")
        return Verdict(
            *(self._entries, self._first, head.seq, self._erased, head.hash),
            covered=covered,
            since=since,
            unjoined=self._intents.unjoined(),
        )

    def _hold(self, entries: Sequence[Entry]) -> None:
        """Entries whose chain holds: their details, and the checkpoints that end among them."""
        if not entries:
            return
        for entry in entries:
            self._erased += _check_detail(entry, self._tenant)
            self._intents.see(entry)
        self._entries += len(entries)
        if not self._first:
            self._begin(entries[0])
        self._cover(entries)

    def _begin(self, entry: Entry) -> None:
        """Where the log begins: what checkpoints know of entries before it cannot be held against anything here."""
        self._first = int(entry["seq"])
        before = [one for one in self._due if one.count < self._first]
        self._due = self._due[len(before) :]
        if before and before[-1].count == self._first - 1:
            _check_link(entry, before[-1])
            self._tree = before[-1].frontier
        elif self._first == 1 and self._newest:
            self._tree = Frontier()

    def _cover(self, entries: Sequence[Entry]) -> None:
        """Hold the entries against the checkpoints that end among them."""
        rest = entries
        while rest and self._due and self._due[0].count <= rest[-1]["seq"]:
            due = self._due.pop(0)
            size = due.count - rest[0]["seq"] + 1
            self._grow(rest[:size])
            _check_end(rest[size - 1], due, self._tree)
            rest = rest[size:]
        self._grow(rest)

    def _grow(self, entries: Sequence[Entry]) -> None:
        """The tree, where there is one to hold against a checkpoint that comes."""
        if self._tree is not None:
            self._tree = self._tree.with_entries(str(entry["hash"]) for entry in entries)


def verify(entries: Iterable[Entry], checkpoints: Sequence[Checkpoint] = (), *, tenant: str | None = None) -> Verdict:
    """As `Log`, of a whole log. The checkpoints are those of `trusted`."""
    log = Log(checkpoints, tenant=tenant)
    log.take(entries)
    return log.end()


def trusted(values: Iterable[object], key: Verify, *, tenant: str | None = None) -> list[Checkpoint]:
    """Checkpoints whose signatures hold and that follow from one another, oldest first; Broken otherwise."""
    found: list[Checkpoint] = []
    for value in values:
        try:
            checkpoint = read(value)
        except NoCheckpoint as no:
            raise _no_checkpoint(0, f"checkpoint no. {len(found) + 1}: {no}") from None
        _check_signed(checkpoint, key, tenant or (found[0].tenant if found else None))
        if found:
            _check_follows(checkpoint, found[-1])
        found.append(checkpoint)
    return found


def _check_signed(checkpoint: Checkpoint, key: Verify, tenant: str | None) -> None:
    if not signature_holds(checkpoint, key):
        raise _no_checkpoint(checkpoint.count, f"the checkpoint of {checkpoint.time} is not signed by this key")
    if tenant is not None and checkpoint.tenant != tenant:
        why = f"the checkpoint of {checkpoint.time} is of another tenant: {checkpoint.tenant}"
        raise Broken(Break(checkpoint.count, BreakKind.FOREIGN, why))


def _check_follows(checkpoint: Checkpoint, before: Checkpoint) -> None:
    if checkpoint.count <= before.count or checkpoint.previous != before.hash:
        why = (
            f"the checkpoint of {checkpoint.time} does not follow the one of {before.time}: one is missing, or another"
        )
        raise _no_checkpoint(checkpoint.count, why)


def _check_link(entry: Entry, before: Checkpoint) -> None:
    if entry["prevHash"] != before.head:
        why = f"it does not follow the entry that the checkpoint of {before.time} ends with"
        raise Broken(Break(int(entry["seq"]), BreakKind.FORKED, why))


def _check_end(entry: Entry, due: Checkpoint, tree: Frontier | None) -> None:
    if entry["hash"] != due.head:
        why = (
            f"the checkpoint of {due.time} knows another entry of this number: all from the last checkpoint may be new"
        )
        raise Broken(Break(due.count, BreakKind.FORKED, why))
    if tree is not None and tree.root != due.root:
        why = f"the entries are not those of the tree that the checkpoint of {due.time} signed"
        raise Broken(Break(due.count, BreakKind.FORKED, why))


def _check_detail(entry: Entry, tenant: str | None) -> int:
    """1 when the detail is not there: it was erased, or left out."""
    detail, seq = entry.get("detail"), int(entry["seq"])
    if detail is None:
        if entry.get("principalId") is not None:
            raise Broken(Break(seq, BreakKind.DETAIL, "it names a principal that no detail proves"))
        return 1
    if not isinstance(detail, dict) or not _is_bound(entry, detail):
        raise Broken(Break(seq, BreakKind.DETAIL, "its detail is not the one that was entered"))
    principal = detail.get("principalId")
    if entry.get("principalId", principal) != principal:
        raise Broken(Break(seq, BreakKind.DETAIL, "its principal is not the one in its detail"))
    if tenant is not None and pseudonym(tenant, str(principal)) != entry["actor"]:
        raise Broken(Break(seq, BreakKind.FOREIGN, f"it was not entered in the chain of {tenant}"))
    return 0


def _is_bound(entry: Entry, detail: Mapping[str, Any]) -> bool:
    try:
        bound: str = entry["detailHash"]
        return detail_hash(str(entry.get("salt")), canonical(detail).decode()) == bound
    except ValueError:  # half of a surrogate pair
        return False


def _chunks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    chunk: list[Entry] = []
    for entry in entries:
        chunk.append(entry)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _no_checkpoint(seq: int, why: str) -> Broken:
    return Broken(Break(seq, BreakKind.CHECKPOINT, why))
