from governance.version_diff import changes_between


def test_each_difference_is_told_at_its_pointer() -> None:
    before = {"manifest": {"tools": ["a"], "model": "small"}, "prompts": {"a/b~c": "x"}, "lockDigest": "1"}
    after = {"manifest": {"tools": ["a", "b"], "policy": "strict"}, "prompts": {"a/b~c": "y"}, "lockDigest": "1"}
    assert changes_between(before, after) == [
        {"pointer": "/manifest/model", "before": "small"},
        {"pointer": "/manifest/policy", "after": "strict"},
        {"pointer": "/manifest/tools", "before": ["a"], "after": ["a", "b"]},
        {"pointer": "/prompts/a~1b~0c", "before": "x", "after": "y"},
    ]


def test_what_the_content_does_not_cover_is_no_difference() -> None:
    assert changes_between({"runtimeArn": "a", "status": "draft"}, {"runtimeArn": "b", "status": "approved"}) == []


def test_of_nothing_everything_is_new() -> None:
    assert changes_between({}, {"lockDigest": "1"}) == [{"pointer": "/lockDigest", "after": "1"}]
