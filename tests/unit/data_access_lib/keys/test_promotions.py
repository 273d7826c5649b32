from collections.abc import Callable

import pytest

from data_access_lib import keys
from data_access_lib.errors import InvalidIdentifier
from data_access_lib.keys import Key

VERSION = "ver_" + "1" * 32


@pytest.mark.parametrize(
    ("make", "kind", "prefix"),
    [
        (keys.certification_key, "CERTIFICATION", "crt"),
        (keys.promotion_approval_key, "PROMOTIONAPPROVAL", "pra"),
        (keys.promotion_override_key, "PROMOTIONOVERRIDE", "bgp"),
    ],
)
def test_each_lies_below_its_version_and_nothing_else_names_one(
    make: Callable[[str, str], Key], kind: str, prefix: str
) -> None:
    own = f"{prefix}_{'2' * 32}"
    assert make(VERSION, own) == (f"TENANT#platform#{kind}#{VERSION}", own)
    for version_id, name in ((VERSION, VERSION), (own, own), (f"{VERSION}#x", own), (VERSION, f"{own}#")):
        with pytest.raises(InvalidIdentifier):
            make(version_id, name)
