"""The guardrails on 4 KB of text, beside ten bare RE2 patterns on the same text, and on a stream."""

from collections.abc import Callable
from typing import Final

import re2

from bench.measure import Result, percentile, samples
from governance.guardrails import GuardrailPolicy, StreamGuard, scan

SIZE: Final = 4_096
_LIMIT_MS: Final = 0.3
_CHUNK: Final = 16
_PROSE: Final = (
    "The quarterly report was finished on 2026-11-21 at 14:05:33 and order 8412399177 shipped with version 3.11.7 for "
    "$1,299.00. Please write to support if parcel 1Z999AA10123456784 has not arrived; commit "
    "3f786850e387550fdab836ed7e6dc881de23001b fixed the import of the price list. "
)
_PERSONAL: Final = "Jane: jane.doe@example.com or +1 415 555 2671, card 4111 1111 1111 1111, from 203.0.113.9. "
_BARE: Final = (
    *(rb"[\w.+-]+@[\w-]+\.[\w.]+", rb"\+?\d[\d -]{7,14}\d", rb"\b(?:\d[ -]?){13,19}\b"),
    *(rb"\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b", rb"\b\d{3}-\d{2}-\d{4}\b", rb"\b(?:\d{1,3}\.){3}\d{1,3}\b"),
    *(rb"\bAKIA[A-Z0-9]{16}\b", rb"\bgh[pousr]_\w{36}\b", rb"\beyJ[\w-]+\.[\w-]+\.[\w-]*"),
    rb"-----BEGIN [A-Z ]*PRIVATE KEY-----",
)


def scanning() -> list[Result]:
    """A scan of a text with four findings, against its limit and the floor; and of one with Cyrillic in it."""
    text, policy = sample(), GuardrailPolicy()
    assert len(scan(text, policy).findings) == 4
    ours = percentile(samples(lambda: scan(text, policy), 1_000), 0.5)
    floor = percentile(samples(_bare(text), 1_000), 0.5)
    foreign = text.replace("report", "отчёт").replace("list", "список")
    other = percentile(samples(lambda: scan(foreign, policy), 1_000), 0.5)
    return [
        Result("guardrails: 4 KB scanned, p50, against its limit", "ms", ours, _LIMIT_MS),
        Result("guardrails: the same over ten bare RE2 patterns, p50", "ms", ours, floor),
        Result("guardrails: 4 KB with Cyrillic in it, p50, against the limit", "ms", other, _LIMIT_MS),
    ]


def streaming() -> list[Result]:
    """4 KB in chunks of 16 characters: what one chunk takes."""
    text, policy = sample(), GuardrailPolicy()
    chunks = [text[place : place + _CHUNK] for place in range(0, len(text), _CHUNK)]

    def stream() -> None:
        guard = StreamGuard(policy)
        for chunk in chunks:
            guard.feed(chunk)
        guard.finish()

    took = percentile(samples(stream, 50, warm=5), 0.5)
    return [Result("guardrails: one chunk of a stream, mean", "ms", round(took / len(chunks), 4), _LIMIT_MS)]


def sample() -> str:
    """Prose with numbers that are nobody's, and one line of personal data at its end."""
    prose = _PROSE * (SIZE // len(_PROSE) + 1)
    return prose[: SIZE - len(_PERSONAL)] + _PERSONAL


def _bare(text: str) -> Callable[[], None]:
    patterns, data = [re2.compile(pattern) for pattern in _BARE], text.encode()

    def work() -> None:
        for pattern in patterns:
            for _ in pattern.finditer(data):
                pass

    return work
