"""Shared budgets are made, changed and removed, each with its entry in the audit chain; and shown with what is used."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

from data_access_lib.errors import ConditionFailed, StaleVersion
from data_access_lib.once import once
from data_access_lib.repositories.audit import AuditDraft, AuditLog
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.pools import LABEL, MOST, PoolDefinitions, Pools
from lambdas.budgets.models import BudgetList, BudgetReply, CreateBudget, PatchBudget, shown
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import Conflict, NotFound
from platform_kit.identity import Identity
from platform_kit.ids import new_id
from platform_kit.observability import count

_CREATE: Final = "POST /v1/budgets"


@dataclass(frozen=True)
class Purse:
    """What one principal of a tenant works with."""

    definitions: PoolDefinitions
    pools: Pools
    audit: AuditLog
    answers: Idempotency


@dataclass(frozen=True)
class BudgetService:
    """`purse` opens the caller's tenant with credentials for that tenant alone."""

    purse: Callable[[Identity], Purse]
    clock: Clock

    def create(self, who: Identity, wanted: CreateBudget, *, key: str | None, body: bytes) -> tuple[BudgetReply, bool]:
        """A new budget, for runs that begin from ten seconds on; True beside the answer to a repeated request.

        Conflict when the tenant has as many as it may.
        """
        purse = self.purse(who)
        outcome = once(purse.answers, _CREATE, key, body, lambda: self._create(purse, who, wanted))
        return BudgetReply.model_validate(outcome.response), outcome.replayed

    def list(self, who: Identity) -> BudgetList:
        """All of the tenant's, oldest first, as far as they are the caller's business."""
        purse = self.purse(who)
        found = [record for record in purse.definitions.list() if _concerns(who, record)]
        return BudgetList(items=[self._shown(purse, record) for record in found])

    def get(self, who: Identity, budget_id: str) -> BudgetReply:
        """One budget; NotFound when there is none."""
        purse = self.purse(who)
        return self._shown(purse, _known(purse, who, budget_id))

    def change(self, who: Identity, budget_id: str, version: int, wanted: PatchBudget) -> BudgetReply:
        """Change a budget, for runs that begin from ten seconds on; StaleVersion when it has changed meanwhile."""
        purse = self.purse(who)
        record = _known(purse, who, budget_id)
        if int(record["version"]) != version:
            raise StaleVersion
        limits = wanted.limits.kept() if wanted.limits else None
        told = {"name": wanted.name, "agents": wanted.agents, "limits": limits}
        fields = {name: value for name, value in told.items() if value is not None} | self._changed(who)
        detail = {"before": _told(record), "after": _told({**record, **fields})}
        made = self._commit(
            purse,
            AuditDraft("budget.updated", budget_id, detail=detail),
            lambda transaction: purse.definitions.change_in(transaction, record, fields),
        )
        return self._shown(purse, made)

    def remove(self, who: Identity, budget_id: str, version: int) -> None:
        """Remove a budget; runs that are going stay bound by it. StaleVersion when it has changed meanwhile."""
        purse = self.purse(who)
        record = _known(purse, who, budget_id)
        if int(record["version"]) != version:
            raise StaleVersion
        self._commit(
            purse,
            AuditDraft("budget.deleted", budget_id, detail={"before": _told(record), "after": None}),
            lambda transaction: purse.definitions.remove_in(transaction, record),
        )

    def _create(self, purse: Purse, who: Identity, wanted: CreateBudget) -> dict[str, Any]:
        if len(purse.definitions.list()) >= MOST:
            raise Conflict(f"A tenant has at most {MOST} shared budgets: change or remove one.")
        changed = self._changed(who)
        budget_id = new_id("bud")
        record = {
            "budgetId": budget_id,
            "name": wanted.name,
            "agents": wanted.agents,
            "limits": wanted.limits.kept(),
            "createdBy": changed["updatedBy"],
            "createdAt": changed["updatedAt"],
            **changed,
        }
        draft = AuditDraft("budget.created", budget_id, detail={"before": None, "after": _told(record)})
        made = self._commit(purse, draft, lambda transaction: purse.definitions.create_in(transaction, record))
        return self._shown(purse, made).model_dump(mode="json", by_alias=True, exclude_none=True)

    def _commit(self, purse: Purse, draft: AuditDraft, build: Callable[[Any], Any]) -> Any:
        try:
            made, _ = purse.audit.commit(draft, build)
        except ConditionFailed as failure:
            if failure.label != LABEL:
                raise
            raise StaleVersion from None
        count("BudgetChanged")
        return made

    def _shown(self, purse: Purse, record: Mapping[str, Any]) -> BudgetReply:
        month = self.clock.now().astimezone(UTC).strftime("%Y-%m")
        return shown(dict(record), purse.pools.status(str(record["budgetId"]), month), month)

    def _changed(self, who: Identity) -> dict[str, str]:
        return {"updatedBy": who.principal_id, "updatedAt": rfc3339(self.clock.now())}


def _known(purse: Purse, who: Identity, budget_id: str) -> dict[str, Any]:
    record = purse.definitions.get(budget_id)
    if not _concerns(who, record):
        raise NotFound("There is no such budget.")
    return record


def _concerns(who: Identity, record: Mapping[str, Any]) -> bool:
    """Of a machine that is for some agents, only budgets of these agents alone are its business."""
    agents = record.get("agents") or ()
    return not who.agents or (bool(agents) and set(agents) <= set(who.agents))


def _told(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: record[name] for name in ("name", "agents", "limits") if name in record}
