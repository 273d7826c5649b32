import sys
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from governance.guardrails.folding import ZEROS, fold


def test_ascii_stays_as_it_is() -> None:
    assert fold("call 415").data == b"call 415"


def test_look_alikes_are_what_they_look_like() -> None:
    assert fold("\uff14\uff11\uff11\uff11\u00a0\u0661\u0967").data == b"4111 11"
    assert fold("\U0001d428\U0001d429 \u0430\u0435\u2013").data == b"op ae-"
    assert fold("m\xfcller \u8bf7 \ud800").data == b"m\xfcller ? ?"


def test_characters_without_width_are_left_out_and_places_lead_back() -> None:
    folded = fold("a\u200bb\u200d\u2060c")
    assert folded.data == b"abc"
    assert [folded.origin(place) for place in range(4)] == [0, 2, 5, 6]


@given(st.text(st.characters(codec=None) | st.sampled_from("\u200b\u00ad\uff11\u0430 1a"), max_size=40))
def test_every_place_leads_back_to_a_character_of_its_own(text: str) -> None:
    folded = fold(text)
    places = [folded.origin(place) for place in range(len(folded.data))]
    assert places == sorted(set(places))
    assert all(fold(text[place]).data == folded.data[n : n + 1] for n, place in enumerate(places))
    assert all(not fold(text[place]).data for place in set(range(len(text))) - set(places))


def test_the_digits_of_every_script_of_the_basic_plane_are_known() -> None:
    every = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.decimal(chr(code), None) == 0]
    outside = {letter for letter in every if ord(letter) > 0xFFFF and ord(letter) != 0x104A0}
    assert {letter for letter in every if letter != "0"} - outside <= {chr(zero) for zero in ZEROS}
    assert all(unicodedata.decimal(chr(zero)) == 0 for zero in ZEROS)
