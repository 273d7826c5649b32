import pytest

from lambdas.evaluations.triggers import _agent_of


@pytest.mark.parametrize(
    ("partition", "agent"),
    [
        ("TENANT#platform#VERSION#echo-agent", "echo-agent"),
        ("TENANT#platform#TEMPLATE", None),
        ("TENANT#acme#VERSION#echo-agent", None),
        ("TENANT#platform#VERSION#Echo", None),
        ("nonsense", None),
    ],
)
def test_only_the_platforms_versions_are_looked_at(partition: str, agent: str | None) -> None:
    assert _agent_of(partition) == agent
