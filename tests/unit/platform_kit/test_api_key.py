import hashlib
import re

import pytest

from platform_kit import api_key

KEY = "amb_" + "0" * 42 + "1_" + api_key.checksum("0" * 42 + "1")


def test_a_fresh_key_has_the_published_form_and_a_checksum_that_holds() -> None:
    for _ in range(200):
        key = api_key.mint()
        assert re.fullmatch(r"amb_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}", key)
        assert api_key.well_formed(key)


def test_keys_do_not_repeat_and_use_the_whole_alphabet() -> None:
    keys = {api_key.mint() for _ in range(500)}
    assert len(keys) == 500
    assert len(set("".join(key[5:47] for key in keys))) == 62


def test_the_checksum_is_the_crc_32_of_the_body_in_base62() -> None:
    assert api_key.checksum("123456789") == "3jZRME"  # 0xcbf43926 = 3421780262
    value = 0
    for char in "3jZRME":
        value = value * 62 + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".index(char)
    assert value == 0xCBF43926


@pytest.mark.parametrize("place", range(len(KEY)))
def test_one_changed_character_anywhere_is_noticed(place: int) -> None:
    other = "x" if KEY[place] != "x" else "y"
    assert not api_key.well_formed(KEY[:place] + other + KEY[place + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        *("", "amb_", KEY[:-1], KEY + "0", KEY[1:], " " + KEY, KEY + "\n", KEY + "=", KEY.upper(), KEY * 2),
        *(KEY.replace("_", "-"), KEY[:46] + KEY[47:], "amb_" + "é" * 43 + KEY[47:], KEY.replace("amb", "Amb")),
        *(KEY.replace("0", "\u0660", 1), KEY[:4] + "_" + KEY[5:]),
    ],
)
def test_what_is_not_exactly_a_key_is_refused(text: str) -> None:
    assert not api_key.well_formed(text)


def test_only_the_hash_and_eight_characters_are_kept() -> None:
    key = api_key.mint()
    assert api_key.digest(key) == hashlib.sha256(key.encode()).hexdigest()
    assert api_key.shown(key) == key[:8]
