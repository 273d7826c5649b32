from governance.lineage import tree


def version(name: str, parent: str | None = None) -> dict[str, str]:
    return {"versionId": name, **({"parent": parent} if parent else {})}


def test_versions_stand_under_their_parents_in_the_order_they_were_made() -> None:
    found = tree([version("v4", "v2"), version("v2", "v1"), version("v1"), version("v3", "v1")])
    assert [(node["versionId"], node["depth"], node["children"]) for node in found] == [
        ("v1", 0, ["v2", "v3"]),
        ("v2", 1, ["v4"]),
        ("v3", 1, []),
        ("v4", 2, []),
    ]


def test_a_parent_that_is_not_there_or_later_or_itself_is_none() -> None:
    found = tree([version("v1", "v2"), version("v2", "v2"), version("v3", "gone")])
    assert [(node["depth"], node["children"]) for node in found] == [(0, []), (0, []), (0, [])]


def test_a_long_line_is_no_trouble() -> None:
    line = [version(f"v{n:05}", f"v{n - 1:05}" if n else None) for n in range(5_000)]
    assert tree(line)[-1]["depth"] == 4_999
