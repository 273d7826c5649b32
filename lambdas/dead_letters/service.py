"""Dead letters: operators look at them, have them done again, or remove them. Each access is written down first."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from data_access_lib.repositories.audit import AuditDraft, AuditLog
from data_access_lib.repositories.dead_letters import Claim, DeadLetterMoves
from lambdas.dead_letters.again import Again, NotRedrivable
from lambdas.dead_letters.letters import Letter
from lambdas.dead_letters.models import (
    DeadLetterQueueReply,
    DeadLetterQueues,
    LetterOutcome,
    LetterReply,
    Letters,
    Outcomes,
    Purge,
    Redrive,
    Result,
)
from lambdas.dead_letters.queues import DeadLetterBox, Taken
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import FieldError, Unprocessable
from platform_kit.identity import Identity
from platform_kit.observability import count, logger

LONGEST_SECONDS: Final = 15.0
"""After which no further message is begun: the API's answer has to be there before 29 s."""
MOST_RECEIVED: Final = 500
"""How many messages are gone through at most to find those that are wanted."""
_DONE: Final = frozenset({"moved", "already_moved", "purged"})


@dataclass(frozen=True)
class Desk:
    """`note` writes an access down before it is made; `audit` is the platform's chain."""

    note: Callable[[str, str], None]
    audit: AuditLog


@dataclass
class _Search:
    """Goes through a queue until it has what is wanted, its time is over, or nothing is left."""

    taken: Taken
    wanted: set[str] | None
    most: int
    monotonic: Callable[[], float]
    ends: float
    seen: set[str] = field(default_factory=set)
    found: int = 0

    def letters(self, fits: Callable[[Letter], bool]) -> Iterator[Letter]:
        """Each wanted letter once."""
        while self._goes_on():
            fresh = [one for one in self.taken.receive(self.most) if one.message_id not in self.seen]
            if not fresh:
                return
            for letter in fresh:
                self.seen.add(letter.message_id)
                if self._goes_on() and fits(letter) and (self.wanted is None or letter.message_id in self.wanted):
                    self.found += 1
                    yield letter

    def pass_over(self) -> None:
        """The letter handed over last does not count: what nothing can be done with takes nobody's turn."""
        self.found -= 1

    def _goes_on(self) -> bool:
        enough = self.most if self.wanted is None else min(self.most, len(self.wanted))
        return self.found < enough and len(self.seen) < MOST_RECEIVED and self.monotonic() < self.ends


@dataclass(frozen=True)
class DeadLetterService:
    """`desk` opens what an operator's work is written down in."""

    box: DeadLetterBox
    again: Again
    moves: Callable[[], DeadLetterMoves]
    desk: Callable[[Identity, str], Desk]
    clock: Clock
    monotonic: Callable[[], float] = time.monotonic

    def queues(self, who: Identity) -> DeadLetterQueues:
        """Every queue and how full it is."""
        self.desk(who, "looking at dead letters").note("list", "*")
        return DeadLetterQueues(queues=[self._queue(name) for name in self.box.names()])

    def inspect(self, who: Identity, queue: str, *, limit: int) -> Letters:
        """Some messages, without what tenants sent; they can be received again at once. NotFound."""
        self.desk(who, "looking at dead letters").note("inspect", queue)
        with self.box.taken(queue) as taken:
            found = list(self._search(taken, None, limit).letters(lambda _: True))
            items = [self.shown(letter) for letter in found]
        return Letters(queue=queue, items=items, more=self.box.counts(queue).waiting > len(items))

    def redrive(self, who: Identity, queue: str, wanted: Redrive) -> Outcomes:
        """Have messages done again, each at most once, whoever else asks; what became of each. NotFound."""
        desk = self.desk(who, "redriving dead letters")
        desk.note("redrive", queue)
        before = wanted.sent_before

        def old_enough(letter: Letter) -> bool:
            return before is None or letter.sent_at < before

        outcomes: list[LetterOutcome] = []
        try:
            with self.box.taken(queue) as taken:
                search = self._search(taken, wanted.message_ids, wanted.limit)
                for letter in search.letters(old_enough):
                    outcomes.append(self._redrive(who, queue, taken, letter))
                    if outcomes[-1].result not in _DONE and wanted.message_ids is None:
                        search.pass_over()
        finally:  # what was moved stands in the audit log, whatever went wrong after that
            outcomes += _missing(wanted.message_ids, outcomes)
            if told := {outcome.message_id: outcome.result for outcome in outcomes}:
                detail = {"by": who.principal_id, "results": told}
                desk.audit.append(AuditDraft("dead_letters.redriven", queue, detail=detail))
        return self._outcomes(queue, outcomes)

    def purge(self, who: Identity, queue: str, wanted: Purge) -> Outcomes:
        """Remove messages for good. What is shown of each is in the audit log before it goes. NotFound.

        Unprocessable when the queue is not named twice.
        """
        if wanted.confirm != queue:
            bad = FieldError("/confirm", "is not the queue's name")
            raise Unprocessable("Repeat the name of the queue that messages are removed from.", errors=(bad,))
        desk = self.desk(who, wanted.reason)
        desk.note("purge", queue)
        with self.box.taken(queue) as taken:
            letters = list(self._search(taken, wanted.message_ids, wanted.limit).letters(lambda _: True))
            export = [self.shown(letter).model_dump(by_alias=True, exclude_none=True) for letter in letters]
            if export:
                detail = {"by": who.principal_id, "reason": wanted.reason, "letters": export}
                desk.audit.append(AuditDraft("dead_letters.purged", queue, detail=detail))
            for letter in letters:
                taken.remove(letter)
        count("DeadLetterPurged", len(letters), queue=queue)
        outcomes = [LetterOutcome(message_id=letter.message_id, result="purged") for letter in letters]
        return self._outcomes(queue, outcomes + _missing(wanted.message_ids, outcomes))

    def shown(self, letter: Letter) -> LetterReply:
        """A letter as operators see it."""
        fields, withheld = letter.shown()
        return LetterReply(
            message_id=letter.message_id,
            origin=letter.origin.value,
            subject=letter.subject,
            reason=letter.reason,
            sent_at=rfc3339(letter.sent_at),
            age_seconds=max(0, int((self.clock.now() - letter.sent_at).total_seconds())),
            receives=letter.receives,
            redrivable=self.again.can(letter),
            tenant_id=letter.tenant_id,
            fields=fields,
            withheld=withheld,
            digest=letter.digest,
        )

    def _redrive(self, who: Identity, queue: str, taken: Taken, letter: Letter) -> LetterOutcome:
        try:
            return self._moved(who, queue, taken, letter)
        except Exception:  # noqa: BLE001 - one letter that fails stops no other, and what was moved before is told
            # The claim stays: whether it was moved is not known, and in five minutes it may be tried again.
            logger().exception("a dead letter could not be moved", queue=queue, message_id=letter.message_id)
            return _outcome(letter, "failed", "The service did not answer: try again in five minutes.")

    def _moved(self, who: Identity, queue: str, taken: Taken, letter: Letter) -> LetterOutcome:
        moves = self.moves()
        claim = moves.claim(queue, letter.message_id, who.principal_id)
        if claim is Claim.OTHERS:
            return _outcome(letter, "in_progress", "Somebody moves it now: look again in five minutes.")
        if claim is Claim.MOVED:
            taken.remove(letter)
            return _outcome(letter, "already_moved")
        try:
            self.again.do(letter)
        except NotRedrivable as no:
            moves.release(queue, letter.message_id)
            return _outcome(letter, "not_redrivable", str(no))
        moves.moved(queue, letter.message_id)
        taken.remove(letter)
        count("DeadLetterRedriven", queue=queue, origin=letter.origin.value)
        return _outcome(letter, "moved")

    def _search(self, taken: Taken, wanted: list[str] | None, most: int) -> _Search:
        ends = self.monotonic() + LONGEST_SECONDS
        return _Search(taken, None if wanted is None else set(wanted), most, self.monotonic, ends)

    def _queue(self, name: str) -> DeadLetterQueueReply:
        held = self.box.counts(name)
        return DeadLetterQueueReply(
            name=name, waiting=held.waiting, hidden=held.hidden, retention_seconds=held.retention_seconds
        )

    def _outcomes(self, queue: str, items: list[LetterOutcome]) -> Outcomes:
        done = sum(item.result in _DONE for item in items)
        return Outcomes(queue=queue, items=items, done=done, waiting=self.box.counts(queue).waiting)


def _outcome(letter: Letter, result: Result, detail: str | None = None) -> LetterOutcome:
    return LetterOutcome(message_id=letter.message_id, result=result, detail=detail)


def _missing(wanted: list[str] | None, outcomes: list[LetterOutcome]) -> list[LetterOutcome]:
    """Those that were named and are not there, or are looked at by somebody else now."""
    known = {outcome.message_id for outcome in outcomes}
    return [LetterOutcome(message_id=name, result="not_found") for name in wanted or () if name not in known]
