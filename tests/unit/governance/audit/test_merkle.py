from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.audit.merkle import EMPTY, Frontier, inclusion_proof, is_included, leaf, root_of


def hashes(number: int) -> list[str]:
    return [sha256(str(i).encode()).hexdigest() for i in range(number)]


def leaves(number: int) -> list[bytes]:
    return [leaf(bytes.fromhex(one)) for one in hashes(number)]


# RFC 9162 §2.1.5's shape, with the vectors of the certificate-transparency reference: single-byte leaves.
VECTORS = [b"", b"\x00", b"\x10", b"\x20\x21", b"\x30\x31", b"\x40\x41\x42\x43"]


def test_the_tree_is_the_one_of_the_certificate_transparency_reference() -> None:
    roots = {
        0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    }
    for number, root in roots.items():
        assert root_of([leaf(one) for one in VECTORS[:number]]).hex() == root
    assert EMPTY.hex() == roots[0]


@given(st.integers(0, 70), st.integers(0, 70))
def test_a_frontier_that_grows_in_steps_has_the_root_of_the_whole(first: int, second: int) -> None:
    tree = Frontier().with_entries(hashes(first)).with_entries(hashes(first + second)[first:])
    assert tree.root == root_of(leaves(first + second)).hex()
    assert Frontier.of(tree.count, tree.told) == tree
    assert len(tree.peaks) == (first + second).bit_count()


@given(st.integers(1, 40), st.data())
def test_every_leaf_is_proven_and_no_other_is(number: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, number - 1))
    all_of, other = leaves(number), leaf(b"x" * 32)
    proof, root = inclusion_proof(all_of, index), root_of(all_of)
    assert is_included(all_of[index], index, number, proof, root)
    assert not is_included(other, index, number, proof, root)
    assert not is_included(all_of[index], index, number, [*proof, other], root)
    assert not is_included(all_of[index], number, number, proof, root)
    if number > 1:
        assert not is_included(all_of[index], index, number, proof[:-1], root)
        assert not is_included(all_of[index], (index + 1) % number, number, proof, root)


def test_an_inner_node_cannot_pass_for_an_entry() -> None:
    one, two = leaves(2)
    assert leaf(one + two) != root_of([one, two])


@pytest.mark.parametrize(("count", "peaks"), [(1, []), (2, ["00" * 32] * 2), (3, ["00" * 32, "00"]), (1, ["zz"])])
def test_peaks_that_are_not_a_trees_of_the_count_are_refused(count: int, peaks: list[str]) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Frontier.of(count, peaks)


def test_there_is_no_proof_of_a_leaf_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="no such leaf"):
        inclusion_proof(leaves(3), 3)
