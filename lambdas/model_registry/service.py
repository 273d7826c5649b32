"""The names under which a tenant's agents ask for models: the platform's, and what the tenant says of them.

A tenant chooses among what the platform offers. It can name no host, no price, and no model that is not offered here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.errors import ConditionFailed, StaleVersion
from data_access_lib.repositories.audit import AuditDraft, AuditLog
from data_access_lib.repositories.models import LABEL, MOST, Models
from governance.model_prices import price_of
from lambdas.model_registry.models import ModelNamePage, ModelNameReply, ModelPriceReply, OfferedModelReply, PutModel
from model_gateway.errors import ModelError
from model_gateway.targets import ALIAS, ALIASES, TARGETS, ProviderName, Target, route_of
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import Conflict, FieldError, NotFound, PreconditionRequired, Unprocessable
from platform_kit.identity import Identity
from platform_kit.models import Money
from platform_kit.observability import count, logger

_MILLION: Final = 1_000_000
_TOLD: Final = ("targets", "ownKeys", "disabled")
Item = Mapping[str, Any]


@dataclass(frozen=True)
class Desk:
    """What one principal of a tenant works with."""

    models: Models
    audit: AuditLog


@dataclass(frozen=True)
class Entry:
    """A name as it is, the version of the tenant's own record of it (None: it has none), and whether that is new."""

    model: ModelNameReply
    etag: int | None
    fresh: bool = False


@dataclass(frozen=True)
class RegistryService:
    """`desk` opens the caller's tenant with credentials for it alone; `providers` are those that this stage asks."""

    desk: Callable[[Identity], Desk]
    providers: frozenset[str]
    clock: Clock

    def list(self, who: Identity) -> ModelNamePage:
        """All names, by name, and what they can be bound to."""
        own = {str(item["alias"]): item for item in self.desk(who).models.list()}
        items = [self._shown(alias, own.get(alias)) for alias in sorted(ALIASES.keys() | own.keys())]
        offered = [self._target(target) for target in TARGETS.values() if target.provider in self.providers]
        return ModelNamePage(items=items, offered=offered)

    def get(self, who: Identity, alias: str) -> Entry:
        """One name; NotFound when neither the platform nor the tenant has it."""
        own = self.desk(who).models.find(alias)
        if own is None and alias not in ALIASES:
            raise NotFound("There is no such model.")
        return Entry(self._shown(alias, own), None if own is None else int(own["etag"]))

    def put(self, who: Identity, alias: str, etag: int | None, wanted: PutModel) -> Entry:
        """Say something of a name for the first time, or in place of what was said in version `etag`.

        PreconditionRequired when something was said and no version is given, StaleVersion when it is of another,
        Unprocessable for a target that is not offered, Conflict when the tenant has as many entries as it may.
        """
        if not ALIAS.fullmatch(alias):
            raise NotFound("No model can have this name.")
        self._check(alias, wanted)
        desk = self.desk(who)
        before = desk.models.find(alias)
        if before is not None and etag is None:
            raise PreconditionRequired("Send If-Match with the ETag you last read, so that no change is lost.")
        if etag != (None if before is None else before["etag"]):
            raise StaleVersion
        if before is None and len(desk.models.list()) >= MOST:
            raise Conflict(f"The tenant has said something of {MOST} names already; take some back.")
        made = self._write(desk, who, _record(alias, wanted), before)
        return Entry(self._shown(alias, made), int(made["etag"]), fresh=before is None)

    def remove(self, who: Identity, alias: str, etag: int) -> None:
        """Take back what was said of a name in version `etag`; NotFound when nothing was, StaleVersion."""
        desk = self.desk(who)
        before = desk.models.get(alias)
        draft = AuditDraft("model.removed", alias, detail={"before": _told(before), "after": None})
        _commit(desk, draft, lambda transaction: desk.models.remove_in(transaction, alias, etag=etag))
        _tell("model entry removed", who, alias)

    def _check(self, alias: str, wanted: PutModel) -> None:
        """Unprocessable for what cannot be bound, each place named."""
        names = wanted.targets
        if names is None and alias not in ALIASES:
            raise _refused([("/targets", "is needed: the platform has no model of this name")])
        faults = [(f"/targets/{index}", told) for index, name in enumerate(names or ()) if (told := self._fault(name))]
        if wanted.own_keys and any(name.startswith(f"{ProviderName.BEDROCK}/") for name in names or ()):
            faults.append(("/ownKeys", "Bedrock is asked with the platform's role, never with a credential"))
        if faults:
            raise _refused(faults)

    def _fault(self, name: str) -> str:
        target = TARGETS.get(name)
        offered = target is not None and target.provider in self.providers
        return "" if offered else "is no model that the platform offers here"

    def _write(self, desk: Desk, who: Identity, record: dict[str, Any], before: Item | None) -> Item:
        full = {**record, "updatedBy": who.principal_id, "updatedAt": rfc3339(self.clock.now())}
        told = {"before": before and _told(before), "after": _told(full)}
        etag = None if before is None else int(before["etag"])
        draft = AuditDraft("model.set", str(record["alias"]), detail=told)
        made: Item = _commit(desk, draft, lambda transaction: desk.models.put_in(transaction, full, etag=etag))
        _tell("model entry set", who, str(record["alias"]))
        return made

    def _shown(self, alias: str, own: Item | None) -> ModelNameReply:
        said = own or {}
        enabled = not said.get("disabled")
        targets = [self._target(target) for target in _route(alias, own)]
        return ModelNameReply(
            alias=alias,
            source="platform" if own is None else "tenant",
            enabled=enabled,
            own_keys=bool(said.get("ownKeys")),
            usable=enabled and any(target.usable for target in targets),
            targets=targets,
            updated_by=said.get("updatedBy"),
            updated_at=said.get("updatedAt"),
        )

    def _target(self, target: Target) -> OfferedModelReply:
        price = price_of(target.price)
        prices = ModelPriceReply(input=_a_million(price.per_input_token), output=_a_million(price.per_output_token))
        askable = target.provider in self.providers and not (target.own_key and target.provider == ProviderName.BEDROCK)
        return OfferedModelReply(
            name=target.name, provider=target.provider, model=target.model, price=prices, usable=askable
        )


def _route(alias: str, own: Item | None) -> Iterable[Target]:
    """The targets of a name, whether it is switched on or not; none where the entry leads nowhere any more."""
    try:
        return route_of(alias, None if own is None else {**own, "disabled": False})
    except ModelError:
        return ()


def _record(alias: str, wanted: PutModel) -> dict[str, Any]:
    named = {} if wanted.targets is None else {"targets": wanted.targets}
    return {"alias": alias, **named, "ownKeys": wanted.own_keys, "disabled": not wanted.enabled}


def _commit(desk: Desk, draft: AuditDraft, build: Callable[[Any], Any]) -> Any:
    try:
        made, _ = desk.audit.commit(draft, build)
    except ConditionFailed as failure:
        if failure.label != LABEL:
            raise
        raise StaleVersion from None
    return made


def _refused(faults: Iterable[tuple[str, str]]) -> Unprocessable:
    errors = tuple(FieldError(*fault) for fault in faults)
    return Unprocessable("A name is bound to models that the platform offers here: GET /v1/models.", errors=errors)


def _a_million(pico_a_token: int) -> Money:
    return Money.from_pico(pico_a_token * _MILLION)


def _told(record: Item) -> dict[str, Any]:
    return {name: record[name] for name in _TOLD if name in record}


def _tell(what: str, who: Identity, alias: str) -> None:
    count("ModelEntryChanged")
    logger().info(what, alias=alias, tenant_id=who.tenant(), principal_id=who.principal_id)
