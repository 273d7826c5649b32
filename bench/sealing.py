"""Tenants' content, sealed and opened, beside writing it plain."""

from bench.measure import Result, percentile, samples
from data_access_lib.codec import encode_item
from data_access_lib.content import PLAIN, Content
from data_access_lib.data_keys import Keyrings
from data_access_lib.tenant import TenantContext, TenantId

RUN = {"pk": "TENANT#acme#RUN#run_1", "sk": "META", "status": "running", "context": '{"a":1}', "metadata": "{}"}
SIZES = {"1 KB": 1024, "50 KB": 50_000}


def values() -> list[Result]:
    """A run's record with an input of this size, put away and encoded for DynamoDB; and the same taken out again."""
    sealed = _content()
    results: list[Result] = []
    for name, size in SIZES.items():
        item = {**RUN, "input": "x" * size}
        stored = dict(sealed.put_away((RUN["pk"], RUN["sk"]), item))
        ours = samples(lambda item=item: _write(sealed, item), 2000)  # type: ignore[misc]  # bound in the loop
        plain = samples(lambda item=item: _write(PLAIN, item), 2000)  # type: ignore[misc]  # likewise
        read = samples(lambda stored=stored: sealed.take_out(stored), 2000)  # type: ignore[misc]  # likewise
        results += [
            Result(
                f"content: a run with {name} of input sealed, p50", "ms", percentile(ours, 0.5), percentile(plain, 0.5)
            ),
            Result("content: the same opened, p50", "ms", percentile(read, 0.5), percentile(plain, 0.5)),
        ]
    return results


def _write(content: Content, item: dict[str, str]) -> object:
    return encode_item(content.put_away((RUN["pk"], RUN["sk"]), item))


def _content() -> Content:
    from bench.in_process import FakeSessions, NoSignals

    sessions = FakeSessions()
    keyrings = Keyrings(sessions, "control", NoSignals())
    return keyrings.content(TenantContext(TenantId("acme"), "usr:1:dev"))
