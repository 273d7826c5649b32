import time
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.guardrails import Action, DataClass, Fault, Finding, GuardrailPolicy, scan, scanning
from governance.guardrails.scanning import DETECTORS, MAX_TEXT
from tests.guardrails_corpus import corpus

TEXTS = st.sampled_from([case.text for case in corpus(8)])
MASK = GuardrailPolicy()


def fail(*_: Any) -> NoReturn:
    raise RuntimeError("broken")


def test_positions_are_those_of_the_given_text_and_of_the_cleaned_one() -> None:
    found = scan("mail a@example.com, b@example.com", MASK)
    assert found.text == "mail [EMAIL], [EMAIL]"
    assert [(one.start, one.end, one.at) for one in found.findings] == [(5, 18, 5), (20, 33, 14)]
    assert all(found.text[one.at :].startswith("[EMAIL]") for one in found.findings)


@given(TEXTS, TEXTS)
def test_every_finding_is_replaced_where_it_says_and_all_else_stays(one: str, other: str) -> None:
    text = f"{one} {other}"
    found = scan(text, MASK)
    rest, cursor = "", 0
    for finding in found.findings:
        assert found.text.startswith(f"[{finding.kind.upper()}]", finding.at)
        rest += text[cursor : finding.start] + f"[{finding.kind.upper()}]"
        cursor = finding.end
    assert rest + text[cursor:] == found.text


def test_digits_of_other_widths_and_hidden_characters_do_not_hide_a_card() -> None:
    text = "pay \uff14\uff11\uff11\uff11 1111 1\u200b111 1111 now"
    assert scan(text, MASK).text == "pay [CARD] now"


def test_a_blocked_text_does_not_pass_at_all() -> None:
    found = scan("a@example.com and more", GuardrailPolicy({DataClass.EMAIL: Action.BLOCK}))
    assert (found.text, found.blocked, found.fault, found.acted()) == ("", True, None, 1)


def test_what_is_allowed_is_reported_and_hides_nothing_that_is_not() -> None:
    policy = GuardrailPolicy({DataClass.ASSIGNED_SECRET: Action.ALLOW})
    found = scan("token=AKIAIOSFODNN7EXAMPLE", policy)
    assert found.text == "token=[AWS_KEY]"
    assert [(one.kind, one.action) for one in found.findings] == [
        (DataClass.AWS_KEY, Action.MASK),
        (DataClass.ASSIGNED_SECRET, Action.ALLOW),
    ]
    assert found.acted() == 1


@pytest.mark.parametrize("broken", ["fold", "find", "clean"])
def test_a_detector_that_fails_blocks(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, broken, fail)
    assert scan("harmless", MASK) == scanning.blocked(Fault.DETECTOR)


def test_a_check_that_cannot_be_imported_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("governance.guardrails.numbers._register", fail)
    assert scan("card 4111111111111111", MASK).fault is Fault.DETECTOR


def test_a_text_that_is_too_large_blocks() -> None:
    assert scan("a " * (MAX_TEXT // 2), MASK).fault is None
    assert scan("a" * (MAX_TEXT + 1), MASK).fault is Fault.TOO_LARGE


@given(st.text(st.characters(codec=None)))
def test_no_text_makes_it_fail(text: str) -> None:
    assert scan(text, MASK).fault is None


@pytest.mark.proof
@pytest.mark.parametrize(
    "part",
    [
        *("token=", "password=aB3xY9kQ7zP ", "-eyJaaaaaaaa", "1234 ", "DE12 3456 ", "+49 1 1 1 1 1 1 1 1 ", "a@b.co "),
        *("1::", "4111 1111 1111 1112 ", "DE123456789 ", "-----BEGIN PRIVATE KEY-----", "\u200b", "12345678A "),
    ],
)
def test_twice_the_text_takes_about_twice_the_time_whatever_it_is_made_of(part: str) -> None:
    """In processor time, and with room: what is to be seen is a square, which would be four times at each doubling."""
    small, large = (min(cost(part * (size // len(part))) for _ in range(3)) for size in (8_000, 64_000))
    assert large < small * 8 * 3 + 0.05


def cost(text: str) -> float:
    begun = time.process_time()
    scan(text, MASK)
    return time.process_time() - begun


def test_every_class_has_a_detector() -> None:
    assert {one.name for one in DETECTORS} == set(DataClass)


def test_a_finding_never_holds_the_text() -> None:
    assert "text" not in Finding.__dataclass_fields__
