from governance.toolbox.entries import TargetKind
from governance.toolbox.pack import entries


def test_an_entry_is_listed_as_mcp_has_it() -> None:
    listed = entries()["http.send"].listed()
    assert listed.keys() == {"name", "description", "inputSchema", "outputSchema", "annotations"}
    assert listed["annotations"] == {"readOnlyHint": False}


def test_an_entry_says_everything_but_its_credential() -> None:
    shown = entries()["http.fetch"].as_dict()
    assert (shown["risk"], shown["sideEffects"], shown["tierMinimum"]) == ("medium", False, "standard")
    assert (shown["target"], shown["trusted"], shown["timeoutSeconds"]) == (TargetKind.BUILT_IN, False, 15)
    assert not [name for name in shown if "cred" in name.lower()]
