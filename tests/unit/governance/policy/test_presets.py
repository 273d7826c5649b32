from itertools import pairwise

import pytest

from governance.policy.envelope import Envelope, Override
from governance.policy.narrowing import narrow
from governance.policy.presets import PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_an_envelope_that_can_be_copied(name: str) -> None:
    assert Envelope.parse(PRESETS[name].as_dict()) == PRESETS[name]


def test_presets_are_named_strictest_first_and_each_is_within_the_next() -> None:
    assert list(PRESETS) == ["strict", "balanced", "permissive"]
    for stricter, wider in pairwise(PRESETS.values()):
        assert narrow(wider, Override.parse(stricter.as_dict())).widenings == ()
        assert narrow(stricter, Override.parse(wider.as_dict())).widenings != ()
