from governance.policy.registry import REGISTRY
from governance.toolbox.pack import NAMESPACES, PACK, entries


def test_policy_knows_every_tool_of_the_pack() -> None:
    assert all(REGISTRY[name].facts.name == name for name in PACK)


def test_arguments_take_nothing_that_is_not_described_and_results_are_objects() -> None:
    for entry in entries().values():
        assert entry.schema["additionalProperties"] is False
        assert entry.result_schema is not None
        assert entry.result_schema["type"] == "object"


def test_a_call_ends_before_the_gateway_does() -> None:
    assert all(0 < entry.timeout_seconds <= 25 for entry in entries().values())


def test_every_tool_of_the_pack_with_a_dot_is_in_a_namespace_that_nobody_else_has() -> None:
    assert {name.partition(".")[0] for name in PACK if "." in name} <= NAMESPACES
