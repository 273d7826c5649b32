"""Sentence embeddings by the model that the package `wordllama` carries: 32 000 tokens, 256 dimensions, half floats.

A sentence is the mean of its tokens' vectors, as wordllama makes it (a test compares the two). Its weights are mapped
and only the rows of the tokens are read, so that neither numpy nor wordllama's own compiled parts are needed, of which
there are none for Lambda's arm64 (ADR 0069). Nothing is downloaded.
"""

import importlib.util
import json
import math
import mmap
import struct
from functools import cache
from pathlib import Path
from typing import Any, Final

from evaluation.answers import Answer, Score, graded
from evaluation.scorers import Similarity

WEIGHTS: Final = "wordllama/weights/l2_supercat_256.safetensors"
TOKENS: Final = "wordllama/tokenizers/l2_supercat_tokenizer_config.json"
_TENSOR: Final = "embedding.weight"
_MOST_TOKENS: Final = 4096
_MOST_CHARACTERS: Final = 40_000


class Embedder:
    """Makes embeddings of texts; `root` is the folder that holds `wordllama`'s data."""

    def __init__(self, root: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer: Any = Tokenizer.from_file(str(root / TOKENS))
        with (root / WEIGHTS).open("rb") as file:
            self._weights = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        size = int.from_bytes(self._weights[:8], "little")  # https://github.com/huggingface/safetensors#format
        tensor = json.loads(self._weights[8 : 8 + size])[_TENSOR]
        self._begins = 8 + size + tensor["data_offsets"][0]
        self._tokens, self._dimensions = tensor["shape"]
        self._row = struct.Struct(f"<{self._dimensions}e")

    def embed(self, text: str) -> list[float]:
        """The text's vector, of length 1; all zeros when it has no token."""
        ids = self._tokenizer.encode(text[:_MOST_CHARACTERS], add_special_tokens=False).ids[:_MOST_TOKENS]
        if not ids:
            return [0.0] * self._dimensions
        summed = [math.fsum(column) for column in zip(*(self._vector(one) for one in ids), strict=True)]
        length = math.hypot(*summed)
        return [value / length for value in summed] if length else summed

    def similarity(self, one: str, other: str) -> float:
        """The cosine of the angle between two texts, -1 to 1."""
        return math.fsum(a * b for a, b in zip(self.embed(one), self.embed(other), strict=True))

    def _vector(self, token: int) -> tuple[float, ...]:
        place = self._begins + min(token, self._tokens - 1) * self._row.size
        return self._row.unpack_from(self._weights, place)


@cache
def embedder() -> Embedder:
    """The embedder of this process; LookupError when the model's data is not in the package."""
    found = importlib.util.find_spec("wordllama")
    places = list(found.submodule_search_locations or ()) if found else []
    if not places:
        raise LookupError("the embedding model's data is not in this package")
    return Embedder(Path(places[0]).parent)


def similarity(scorer: Similarity, answer: Answer) -> Score:
    """How near the answer is to the expected one in meaning."""
    return graded("similarity", embedder().similarity(answer.text, scorer.expected), scorer.threshold)
