from lambdas.gateway.refusals import refusal
from platform_kit.errors import RateLimited


def test_a_refusal_is_kept_with_its_status_and_without_the_request() -> None:
    kept = refusal(RateLimited("slowly", retry_after=3))
    assert (kept["status"], kept["body"]["code"], kept["body"]["requestId"]) == (429, "RATE_LIMITED", "")
