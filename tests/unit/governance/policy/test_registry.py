from governance.policy.registry import FACTS, REGISTRY
from governance.toolbox.pack import PACK


def test_every_tool_of_the_pack_is_registered_and_no_other() -> None:
    assert {name for name in REGISTRY if not name.startswith("model.")} == PACK.keys()
    assert REGISTRY.keys() == {facts.name for facts in FACTS}


def test_a_tool_that_changes_something_has_side_effects_and_one_that_reads_has_none() -> None:
    assert {name for name in PACK if REGISTRY[name].facts.side_effects} == {"files.write", "http.send"}


def test_what_reaches_files_touches_their_scope() -> None:
    scopes = {name: REGISTRY[name].data_scopes for name in PACK if REGISTRY[name].data_scopes}
    assert scopes == {"files.read": ("files.read",), "files.write": ("files.write",), "search": ("files.read",)}


def test_nobody_vouches_for_what_comes_from_elsewhere() -> None:
    assert {name for name in PACK if not REGISTRY[name].trusted} == {"http.fetch", "http.send"}
