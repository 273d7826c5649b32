from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from data_access_lib.errors import StoreUnavailable
from data_access_lib.tenant import TenantContext, TenantId
from governance.guardrails import Action, DataClass, GuardrailPolicy
from governance.policy.envelope import Guardrails
from platform_kit.errors import DependencyUnavailable, NotFound
from run_lifecycle.guarding import BlockedByGuardrails, GuardrailsInForce, incoming, policy_from

KEY = "AKIAIOSFODNN7EXAMPLE"
BLOCK: dict[str, Any] = {"guardrails": {"actions": {"aws_key": "block"}}}
BLOCKS = GuardrailPolicy({DataClass.AWS_KEY: Action.BLOCK})


@dataclass
class FakePolicies:
    bound: list[Any] = field(default_factory=list)
    failure: Exception | None = None
    reads: int = 0

    def in_force(self, _agent: str) -> list[Any]:
        self.reads += 1
        if self.failure:
            raise self.failure
        return [{"override": item} for item in self.bound]


@dataclass
class FakeStore:
    policies: FakePolicies = field(default_factory=FakePolicies)
    tenant: str = "acme"
    key: bytes = b"k" * 32

    @property
    def context(self) -> TenantContext:
        return TenantContext(TenantId(self.tenant), "usr:test")

    def hash_key(self) -> bytes:
        return self.key


class World:
    """Guardrails in force, a clock that a test moves, and the manifest of every version."""

    def __init__(self, manifest: Any = ()) -> None:
        self.now = 0.0
        self.manifest = dict(manifest)
        self.store = FakeStore()
        self.guardrails = GuardrailsInForce(lambda *_: self.manifest, monotonic=lambda: self.now)

    def of(self, agent: str = "echo", version: str = "ver_1", store: FakeStore | None = None) -> GuardrailPolicy:
        return self.guardrails.of(cast("Any", store or self.store), agent, version)


def test_a_tenants_policy_tightens_what_the_preset_has() -> None:
    world = World({"policy": "strict"})
    world.store.policies.bound = [BLOCK, {"guardrails": {"actions": {"injection": "allow", "email": "block"}}}]

    actions = world.of().actions

    assert actions[DataClass.AWS_KEY] is Action.BLOCK
    assert actions[DataClass.EMAIL] is Action.BLOCK
    assert actions[DataClass.INJECTION] is Action.BLOCK


def test_what_is_in_force_is_read_once_in_ten_seconds_for_each_tenant_agent_and_version() -> None:
    world = World()
    world.of(), world.of()
    assert world.store.policies.reads == 1
    world.of("other"), world.of(version="ver_2")
    assert world.store.policies.reads == 3
    other = FakeStore(FakePolicies([BLOCK]), "globex")
    assert world.of(store=other).actions[DataClass.AWS_KEY] is Action.BLOCK
    assert world.of().actions[DataClass.AWS_KEY] is Action.MASK

    world.store.policies.bound = [BLOCK]
    world.now = 10.0

    assert world.of().actions[DataClass.AWS_KEY] is Action.BLOCK


@pytest.mark.parametrize("failure", [StoreUnavailable(), NotFound("x"), RuntimeError("x")], ids=repr)
def test_what_cannot_be_read_lets_nothing_run_and_is_not_kept(failure: Exception) -> None:
    world = World()
    world.store.policies.failure = failure
    with pytest.raises(DependencyUnavailable):
        world.of()
    world.store.policies.failure = None

    assert world.of().actions[DataClass.AWS_KEY] is Action.MASK


@pytest.mark.parametrize("bound", ["nonsense", {"guardrails": {"actions": {"aws_key": "ignore"}}}, None], ids=str)
def test_a_policy_that_makes_no_sense_lets_nothing_run(bound: Any) -> None:
    world = World()
    world.store.policies.bound = [bound]
    with pytest.raises(DependencyUnavailable):
        world.of()


def test_a_manifest_that_makes_no_sense_lets_nothing_run() -> None:
    with pytest.raises(DependencyUnavailable):
        World({"policy": "lenient"}).of()


def test_hashing_without_a_key_masks() -> None:
    chosen = Guardrails(actions={DataClass.EMAIL: Action.HASH})

    assert policy_from(chosen, lambda: b"").actions[DataClass.EMAIL] is Action.MASK
    hashing = policy_from(chosen, lambda: b"k" * 32)
    assert (hashing.actions[DataClass.EMAIL], hashing.hash_key) == (Action.HASH, b"k" * 32)


def test_the_key_is_asked_for_only_where_something_is_hashed() -> None:
    def asked() -> bytes:
        raise AssertionError("nothing is hashed")

    assert policy_from(Guardrails(), asked).actions[DataClass.EMAIL] is Action.MASK


def test_what_is_sent_in_is_rewritten_wherever_it_stands() -> None:
    sent = {"input": f"use {KEY}", "context": {"a": [KEY]}, "metadata": {}}

    guarded = incoming(sent, GuardrailPolicy())

    assert guarded.value == {"input": "use [AWS_KEY]", "context": {"a": ["[AWS_KEY]"]}, "metadata": {}}
    assert guarded.told() == {"guardrails": {"found": {"aws_key": 2}, "changed": 2}}


def test_what_must_not_be_sent_in_is_told_by_field_and_class_and_never_by_its_words() -> None:
    sent = {"input": KEY, "context": {f"{KEY}": {"deep": KEY}}, "metadata": {}}

    with pytest.raises(BlockedByGuardrails) as blocked:
        incoming(sent, BLOCKS)

    error = blocked.value
    assert (error.status, error.code, error.classes) == (422, "GUARDRAIL_BLOCKED", ("aws_key",))
    assert [(place.pointer, place.message) for place in error.errors] == [
        ("/input", "holds aws_key"),
        ("/context", "holds aws_key"),
    ]
    assert KEY not in error.detail


def test_what_cannot_be_scanned_is_not_sent_in() -> None:
    deep: Any = "x"
    for _ in range(40):
        deep = [deep]

    with pytest.raises(BlockedByGuardrails, match="too-deep"):
        incoming({"input": "x", "context": {"a": deep}, "metadata": {}}, GuardrailPolicy())
