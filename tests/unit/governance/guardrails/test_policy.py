from typing import Any

import pytest

from governance.guardrails import Action, DataClass, GuardrailPolicy, read_policy
from governance.guardrails.classes import PII, SECRETS, SIGNALS
from governance.guardrails.policy import DEFAULTS, STRICT

KEY = b"k" * 32


def test_every_class_has_a_default_and_belongs_to_one_group() -> None:
    assert DEFAULTS.keys() == set(DataClass)
    assert sorted((*PII, *SECRETS, *SIGNALS)) == sorted(DataClass)


def test_what_a_tenant_leaves_out_is_done_by_default() -> None:
    policy = GuardrailPolicy({DataClass.EMAIL: Action.BLOCK})
    assert (policy.actions[DataClass.EMAIL], policy.actions[DataClass.CARD]) == (Action.BLOCK, Action.MASK)
    assert not policy.acts_on(DataClass.INJECTION)


def test_a_hash_is_the_same_for_the_same_text_and_key_and_no_other() -> None:
    one = GuardrailPolicy({DataClass.EMAIL: Action.HASH}, hash_key=KEY)
    other = GuardrailPolicy({DataClass.EMAIL: Action.HASH}, hash_key=b"x" * 32)
    made = one.replacement(DataClass.EMAIL, "a@example.com")
    assert made == one.replacement(DataClass.EMAIL, "a@example.com")
    assert made.startswith("[EMAIL:")
    others = {one.replacement(DataClass.EMAIL, "b@example.com"), other.replacement(DataClass.EMAIL, "a@example.com")}
    assert len({made, *others}) == 3


def test_the_key_is_not_shown() -> None:
    assert "kkk" not in repr(GuardrailPolicy(hash_key=KEY))


def test_a_policy_as_json_is_read() -> None:
    policy = read_policy({"actions": {"email": "hash", "injection": "block"}, "regions": ["DE"]}, KEY)
    assert policy.actions[DataClass.INJECTION] is Action.BLOCK
    assert policy.regions == ("DE",)
    assert read_policy({}).actions == DEFAULTS


@pytest.mark.parametrize(
    "value",
    [
        *(None, [], "mask", 7, {"action": {}}, {"actions": []}, {"actions": None}),
        *({"actions": {"emails": "mask"}}, {"actions": {"email": "off"}}, {"actions": {"email": None}}),
        *(
            {"actions": {"email": "hash"}},
            {"regions": ["de"]},
            {"regions": "DE"},
            {"regions": ["DE"] * 9},
            {"regions": [1]},
        ),
    ],
    ids=repr,
)
def test_a_policy_that_cannot_be_read_blocks_everything(value: Any) -> None:
    assert read_policy(value) is STRICT
    assert set(STRICT.actions.values()) == {Action.BLOCK}


def test_hashing_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="key"):
        GuardrailPolicy({DataClass.PHONE: Action.HASH}, hash_key=b"short")
