"""What an attacker would pick of a trusted text, or make look like it, does not stand in it."""

import pytest

from governance.policy.trusted_text import MOST_TEXT, MOST_VALUE, TrustedText, digest_of, is_distinctive, values_of

IBAN = "GB29NWBK60161331926819"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Write to bob@x.org, please.", "bob@x.org"),
        ("Write to <Bob@X.org>.", "bob@x.org"),
        ('Write to "bob@x.org"!', "Bob@x.org"),
        ("Read bob@x.org's mail", "bob@x.org"),
        ("Invite Bob\n Smith of Acme.", "Bob Smith"),
        ("Book (Le Marais Boutique).", "Le Marais Boutique"),
        (f"Pay {IBAN} now", IBAN),
        ("Pay GB29 NWBK 6016 1331 9268 19 now", IBAN),
        ("Pay GB29 NWBK 6016 1331 9268 19 now", "GB29 NWBK 6016 1331 9268 19"),
        ("Call +44 20 7946 0958.", "+44 20 7946 0958"),
        ("to cafe\u0301@x.org", "caf\u00e9@x.org"),
    ],
)
def test_what_the_text_names_stands_in_it(text: str, value: str) -> None:
    assert TrustedText(text).has(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Write to malice@x.org.", "alice@x.org"),
        ("Write to bob@x.org.evil.com", "bob@x.org"),
        ("Write to bob@x.organic", "bob@x.org"),
        ("See www.evil.com/page", "evil.com/page"),
        ("See not-evil.com", "evil.com"),
        ("Write to a@x.org,b@x.org", "b@x.org"),
        (f"Pay {IBAN} now", IBAN[:-1]),
        (f"Pay {IBAN} now", "60161331926819"),
        ("Pay GB29 NWBK 6016 1331 9268 19 now", "6016 1331"),
        ("Pay GB29 NWBK 6016 1331 9268 19 now", "60161331926819"),
        ("Pay (6016 1331 9268)", "1331 9268"),
        ("Pay (6016 1331 9268)", "9268"),
        ("Pay 60161331 on call", "6016 1331"),
        ("Invite Smithson", "Smith"),
        ("Invite Bob and Smith", "Bob Smith"),
        ("", "bob@x.org"),
    ],
)
def test_a_fragment_does_not_nor_what_is_put_together(text: str, value: str) -> None:
    assert not TrustedText(text).has(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Write to bob@x.org", "b\u043eb@x.org"),  # a Cyrillic o
        ("Write to bob@x.org", "\uff42ob@x.org"),  # a fullwidth b
        ("Write to kate@x.org", "\u212aate@x.org"),  # the sign of kelvin, which is k in lower case
        ("Write to me@stra\u00dfe.de", "me@strasse.de"),
        ("Write to me@strasse.de", "me@stra\u00dfe.de"),
        ("Write to me@\u03c3\u03bf\u03c6\u03bf\u03c2.gr", "me@\u03c3\u03bf\u03c6\u03bf\u03c3.gr"),  # final sigma
        ("Pay 10\u00b2 to it", "102"),
        ("Write to bob@x.org", "bob@x.org\u200b"),
        ("Write to bob@x.org", "bob\u00ad@x.org"),
        ("Write to bob@x.org", "\u202ebob@x.org"),
        ("Write to bob@x.org", "bob@x.org\n"),
        ("Write to bob@x.org", " bob@x.org"),
        ("Invite Bob Smith", "Bob\u00a0Smith"),
        ("Invite Bob Smith", "Bob  Smith"),
        ("Call 20 7946", "20\ue0007946"),
        ("Call 20\ue0007946", "20 7946"),
        ("Write to bob@x.org", "\udcff"),
    ],
)
def test_a_twin_does_not(text: str, value: str) -> None:
    assert not TrustedText(text).has(value)


def test_a_very_long_value_does_not_and_of_a_very_long_text_only_the_beginning_counts() -> None:
    long = "a1" * MOST_VALUE
    assert not TrustedText(long).has(long)
    assert TrustedText(long[:MOST_VALUE]).has(long[:MOST_VALUE])
    assert not TrustedText(" " * MOST_TEXT + "bob@x.org").has("bob@x.org")
    assert not TrustedText("a " * 50_000).has("a" * MOST_VALUE)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Pay 1000.", 1000),
        ("Pay 1000", 1e3),
        ("Pay $12.50, now", 12.5),
        ("Pay 12.50\u20ac", 12.5),
        ("Pay 0", 0),
        ("Pay 0.00", 0.0),
        ("Owe -5", -5),
    ],
)
def test_a_number_stands_in_it_as_a_number(text: str, number: float) -> None:
    assert TrustedText(text).has_number(number)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Pay 1e3", 1000),
        ("Pay 1,000", 1000),
        ("Pay 1,000", 1),
        ("Pay 1 000", 1000),
        ("Pay 1 000", 1),
        ("Pay 10%", 10),
        ("On 2024-05-15", 2024),
        ("At 10:30", 10),
        (f"Pay {IBAN}", 60161331926819),
        ("Owe -5", 5),
        ("Owe 5", -5),
        ("Pay 1000.001", 1000),
        ("Pay \u0661\u0660", 10),
        ("Pay \u00bd", 2),
        ("Pay 1000", 1e300),
        ("Pay ten", 10),
    ],
)
def test_part_of_a_number_does_not(text: str, number: float) -> None:
    assert not TrustedText(text).has_number(number)


@pytest.mark.parametrize("value", ["bob@x.org", "report.txt", "2024-05-15", "x_y_z1", IBAN, "to bob@x.org", "123456"])
def test_an_address_or_a_long_number_is_distinctive(value: str) -> None:
    assert is_distinctive(value)


@pytest.mark.parametrize("value", ["all", "@all", "Alice", "13", "and/or", "all 5 mails", "10:30", "a.b", 123456, None])
def test_what_any_text_may_hold_is_not(value: object) -> None:
    assert not is_distinctive(value)


def kept(answer: object, key: bytes = b"k" * 32) -> TrustedText:
    return TrustedText(digests=[digest_of(value, key) for value in values_of(answer)], key=key)


def test_an_answer_vouches_for_its_texts_lines_words_and_numbers() -> None:
    found = kept({"people": [{"mail": "Bob@x.org", "name": "Bob Smith"}], "note": "Hotel:\n(Le Marais)", "n": 12.50})
    assert all(map(found.has, ["bob@x.org", "Bob Smith", "Smith", "Le Marais"]))
    assert found.has_number(12.5)
    assert not any(map(found.has, ["ob@x.org", "Hotel: (Le Marais)", "people", "12.5 Bob"]))
    assert not found.has_number(12)


def test_a_truth_value_vouches_for_no_number() -> None:
    assert not kept([True, None]).has_number(1)


def test_digests_say_nothing_under_another_key_or_none() -> None:
    digests = [digest_of(value, b"k") for value in values_of("bob@x.org")]
    assert not TrustedText(digests=digests, key=b"other").has("bob@x.org")
    assert not TrustedText(digests=[digest_of("bob@x.org", b"")]).has("bob@x.org")
