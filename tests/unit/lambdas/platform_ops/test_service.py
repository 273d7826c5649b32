import threading
from datetime import UTC, datetime

import pytest

from lambdas.platform_ops.service import PlatformHealth, Probe


class FixedClock:
    def now(self) -> datetime:
        return datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def well() -> None:
    return None


def unwell() -> str:
    return "The table is ARCHIVED."


def broken() -> None:
    raise ConnectionError("secret host 10.0.0.7")


def platform(**probes: Probe) -> PlatformHealth:
    return PlatformHealth("dev", "1.0", probes, FixedClock())


def test_a_platform_whose_dependencies_are_well_is_ok() -> None:
    found = platform(a=well, b=well).platform_health()
    assert (found.status, found.checked_at) == ("ok", "2026-01-02T03:04:05.000Z")


@pytest.mark.parametrize("probe", [unwell, broken])
def test_one_failing_dependency_degrades_the_platform(probe: Probe) -> None:
    found = platform(a=well, b=probe).platform_health()
    assert found.status == "degraded"
    assert {item.name: item.status for item in found.dependencies} == {"a": "ok", "b": "failing"}


def test_what_a_dependency_says_of_itself_is_passed_on() -> None:
    assert platform(a=unwell).platform_health().dependencies[0].problem == "The table is ARCHIVED."


def test_the_text_of_an_exception_stays_inside() -> None:
    problem = platform(a=broken).platform_health().dependencies[0].problem
    assert problem is not None
    assert "10.0.0.7" not in problem


def test_dependencies_are_asked_at_the_same_time() -> None:
    together = threading.Barrier(3, timeout=5)

    def meet() -> None:
        together.wait()

    assert platform(a=meet, b=meet, c=meet).platform_health().status == "ok"


def test_health_asks_nobody() -> None:
    assert platform(a=broken).health().status == "ok"
