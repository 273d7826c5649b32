import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.audit.chain import Fields, Head, extend, first_break
from governance.audit.entry import HASHED, canonical, detail_hash, entry_hash, is_entry, pseudonym
from tests.audit_logs import log

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.tuples(TEXT, TEXT, TEXT, TEXT, TEXT, TEXT))
def test_the_hash_is_of_the_canonical_json_whatever_the_fields_hold(fields: tuple[str, ...]) -> None:
    (entry,) = extend(Head(6, "p"), [Fields(*fields)])
    plain = json.dumps(
        {name: entry[name] for name in HASHED}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    assert entry_hash(entry) == entry["hash"] == sha256(plain.encode()).hexdigest()
    assert first_break([entry]) is None


def test_canonical_json_has_sorted_names_no_spaces_and_plain_unicode() -> None:
    assert canonical({"b": [1, None], "a": "Größe\n"}) == '{"a":"Größe\\n","b":[1,null]}'.encode()


@pytest.mark.parametrize(
    "change",
    [{"seq": 0}, {"seq": True}, {"seq": "1"}, {"seq": 10**12}, {"hash": None}, {"time": 1}, {"target": "\ud800"}],
    ids=str,
)
def test_what_lacks_a_field_of_the_right_type_is_no_entry(change: dict[str, Any]) -> None:
    (entry,) = log(1)
    assert is_entry(entry)
    assert not is_entry({**entry, **change})
    assert not is_entry({name: value for name, value in entry.items() if name not in change})
    assert not is_entry([])


def test_a_pseudonym_is_the_same_every_time_and_another_in_another_chain() -> None:
    assert pseudonym("acme", "usr:1:ada") == pseudonym("acme", "usr:1:ada") != pseudonym("globex", "usr:1:ada")
    assert detail_hash("s", "{}") != detail_hash("t", "{}")
