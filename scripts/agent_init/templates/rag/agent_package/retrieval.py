"""Finds the passages that a question is about: BM25 (Robertson and Zaragoza, 2009) over the package's documents."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

KNOWLEDGE: Final = Path(__file__).parent / "knowledge"
_K1: Final = 1.5
_B: Final = 0.75
_COMMON: Final = frozenset(
    {
        *("a", "an", "and", "are", "as", "at", "be", "by", "can", "do", "does", "for", "from", "has", "have", "how"),
        *("i", "if", "in", "is", "it", "its", "many", "may", "much", "must", "of", "on", "or", "our", "that", "the"),
        *("their", "there", "they", "this", "to", "was", "we", "what", "when", "where", "which", "who"),
        *("will", "with", "you", "your"),
    }
)


@dataclass(frozen=True)
class Passage:
    """A paragraph of a document."""

    document: str
    text: str

    @property
    def words(self) -> Counter[str]:
        """Its words, the heading of its document among them."""
        return Counter(_words(f"{Path(self.document).stem} {self.text}"))


def find(question: str, most: int = 3) -> list[Passage]:
    """The passages that fit best, best first; none when none shares a word that matters with the question."""
    index = _index()
    scored = [(index.score(words, _words(question)), number) for number, words in enumerate(index.words)]
    best = sorted((-score, number) for score, number in scored if score > 0)[:most]
    return [index.passages[number] for _, number in best]


@dataclass(frozen=True)
class _Index:
    passages: tuple[Passage, ...]
    words: tuple[Counter[str], ...]
    holding: Counter[str]
    average: float

    def score(self, words: Counter[str], asked: list[str]) -> float:
        """How well a passage fits the words that are asked for."""
        length = _K1 * (1 - _B + _B * words.total() / self.average)
        return sum(
            self._rarity(word) * words[word] * (_K1 + 1) / (words[word] + length) for word in set(asked) if words[word]
        )

    def _rarity(self, word: str) -> float:
        holding = self.holding[word]
        return math.log(1 + (len(self.passages) - holding + 0.5) / (holding + 0.5))


@cache
def _index() -> _Index:
    passages = tuple(passage for path in sorted(KNOWLEDGE.glob("*.md")) for passage in _passages(path))
    words = tuple(passage.words for passage in passages)
    holding = Counter(word for found in words for word in found)
    return _Index(passages, words, holding, sum(found.total() for found in words) / max(len(words), 1))


def _passages(path: Path) -> list[Passage]:
    paragraphs = (part.strip() for part in path.read_text("utf-8").split("\n\n"))
    return [Passage(path.name, " ".join(part.split())) for part in paragraphs if part and not part.startswith("#")]


def _words(text: str) -> list[str]:
    """Lower case, without common words, and without an `s` at the end: days and day are one."""
    found = re.findall(r"\w+", text.lower())
    return [word.removesuffix("s") if len(word) > 3 else word for word in found if word not in _COMMON]  # noqa: PLR2004
