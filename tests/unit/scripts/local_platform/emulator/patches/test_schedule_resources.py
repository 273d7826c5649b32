import pytest

from scripts.local_platform.emulator.patches.schedule_resources import group_in


@pytest.mark.parametrize(
    ("body", "rest", "group"),
    [
        (b'{"GroupName": "runs"}', (), "runs"),
        (b"", ({"groupName": ["runs"]},), "runs"),
        (b"", ("us-east-1", {"groupName": "runs"}), "runs"),
        (b"{}", ({},), "default"),
        (b"no JSON", (), "default"),
        (b"[]", (), "default"),
    ],
)
def test_a_request_names_its_group_in_body_or_query(body: bytes, rest: tuple[object, ...], group: str) -> None:
    assert group_in(body, *rest) == group
