import pytest
from pydantic import ValidationError

from lambdas.model_registry.models import PutModel


def test_what_is_left_out_is_the_platforms_and_on() -> None:
    said = PutModel()
    assert (said.targets, said.own_keys, said.enabled) == (None, False, True)


def test_a_target_is_named_once() -> None:
    with pytest.raises(ValidationError, match="twice"):
        PutModel(targets=["a/b", "c/d", "a/b"])


@pytest.mark.parametrize("targets", [[], ["a/b"] * 9, [""], ["x" * 129]])
def test_there_are_one_to_eight_targets(targets: list[str]) -> None:
    with pytest.raises(ValidationError):
        PutModel(targets=targets)
