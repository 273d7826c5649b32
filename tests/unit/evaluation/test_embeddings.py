from pathlib import Path

import pytest

from evaluation.answers import Answer
from evaluation.embeddings import embedder, similarity
from evaluation.scorers import Similarity

PAIRS = [
    ("the flight was late", "the plane was delayed"),
    ("the flight was late", "bananas are yellow"),
    ("Der Zug fährt um acht.", "The train leaves at eight."),
    ("x", "x"),
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_it_is_the_model_of_wordllama_to_the_fourth_digit(one: str, other: str) -> None:
    wordllama = pytest.importorskip("wordllama")
    theirs = wordllama.WordLlama.load(cache_dir=Path(wordllama.__file__).parent, disable_download=True)
    assert embedder().similarity(one, other) == pytest.approx(float(theirs.similarity(one, other)), abs=1e-4)


def test_what_means_much_the_same_is_nearer_than_what_does_not() -> None:
    near, far = (similarity(Similarity(type="similarity", expected=PAIRS[0][0], threshold=0.5), answer)
                 for answer in (Answer(PAIRS[0][1], "r", 1, 0), Answer(PAIRS[1][1], "r", 1, 0)))  # fmt: skip
    assert (near.passed, far.passed) == (True, False)


def test_no_words_are_like_nothing() -> None:
    assert embedder().similarity("", "anything") == 0.0


def test_an_embedding_has_length_one() -> None:
    assert sum(value * value for value in embedder().embed("one two")) == pytest.approx(1)
