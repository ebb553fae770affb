"""Every engine through the same values: the nearest vectors, by hand and against the oracle."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.engines import ENGINES, Engine, Vectors, open_engine
from qa.errors import QAError

E1, E2, HALF = [1.0, 0.0], [0.0, 1.0], [0.6, 0.8]


def numbers(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)


def vectors(*rows: list[float]) -> Vectors:
    return np.array(rows, dtype=np.float32)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    made = open_engine(request.param)(2)
    made.add(numbers(7, 3, 100), vectors(E1, E2, HALF))
    return made


def test_nearest_first_under_our_numbers(engine: Engine) -> None:
    found, scores = engine.search(vectors(E1)[0], 3)
    assert found.tolist() == [7, 100, 3]
    np.testing.assert_allclose(scores, [1.0, 0.6, 0.0], atol=1e-6)
    assert (found.dtype.name, scores.dtype.name) == ("int64", "float32")


def test_a_vector_opposite_scores_minus_one(engine: Engine) -> None:
    found, scores = engine.search(vectors([-1.0, 0.0])[0], 3)
    assert found.tolist() == [3, 100, 7]
    np.testing.assert_allclose(scores, [0.0, -0.6, -1.0], atol=1e-6)


def test_fewer_than_asked_are_not_padded(engine: Engine) -> None:
    assert engine.search(vectors(E1)[0], 50)[0].tolist() == [7, 100, 3]
    empty = type(engine)(2)
    assert [len(part) for part in empty.search(vectors(E1)[0], 5)] == [0, 0]


def test_equal_scores_come_in_the_order_of_their_numbers(engine: Engine) -> None:
    engine.add(numbers(50, 2, 9), vectors(E1, E1, E1))
    assert engine.search(vectors(E1)[0], 6)[0].tolist() == [2, 7, 9, 50, 100, 3]


def test_vectors_come_back_in_the_order_asked(engine: Engine) -> None:
    np.testing.assert_array_equal(engine.vectors(numbers(100, 7)), vectors(HALF, E1))
    assert engine.vectors(numbers()).shape == (0, 2)
    with pytest.raises(KeyError):
        engine.vectors(numbers(8))


def test_bytes_give_the_same_engine_back(engine: Engine) -> None:
    again = type(engine).from_bytes(engine.to_bytes(), 2)
    assert len(again) == 3
    assert again.search(vectors(HALF)[0], 3)[0].tolist() == [100, 3, 7]
    again.add(numbers(1), vectors(HALF))
    assert again.search(vectors(HALF)[0], 2)[0].tolist() == [1, 100]
    assert again.to_bytes() != engine.to_bytes()


@pytest.mark.parametrize("cut", [0, 1, 10, -1])
def test_broken_bytes_are_refused(engine: Engine, cut: int) -> None:
    with pytest.raises(ValueError, match=r"."):
        type(engine).from_bytes(engine.to_bytes()[:cut], 2)
    with pytest.raises(ValueError, match=r"2 components|3 components|float32"):
        type(engine).from_bytes(engine.to_bytes(), 3)


@pytest.mark.parametrize(
    ("new", "rows"),
    [
        (numbers(7), vectors(E1)),  # in use
        (numbers(1, 1), vectors(E1, E2)),  # twice
        (numbers(-1), vectors(E1)),
        (numbers(1, 2), vectors(E1)),
        (numbers(1), vectors([1.0, 0.0, 0.0])),
        (numbers(1), vectors(E1).astype(np.float64)),
        (numbers(1).astype(np.int32), vectors(E1)),
    ],
)
def test_wrong_additions_are_refused_and_change_nothing(
    engine: Engine, new: np.ndarray[tuple[int], np.dtype[np.int64]], rows: Vectors
) -> None:
    with pytest.raises(ValueError, match=r"."):
        engine.add(new, rows)
    assert engine.search(vectors(E1)[0], 9)[0].tolist() == [7, 100, 3]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31), size=st.integers(1, 400), k=st.integers(1, 20))
def test_faiss_gives_what_the_oracle_gives(seed: int, size: int, k: int) -> None:
    draw = np.random.default_rng(seed)
    rows = draw.normal(size=(size + 1, 24)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    ids = draw.permutation(10 * size)[:size].astype(np.int64)
    results = []
    for name in ENGINES:
        engine = open_engine(name)(24)
        engine.add(ids, rows[:size])
        results.append(engine.search(rows[size], k))
    (faiss_ids, faiss_scores), (exact_ids, exact_scores) = results
    np.testing.assert_allclose(faiss_scores, exact_scores, atol=1e-5)
    # Scores closer than rounding may change places; anything else may not.
    apart = np.abs(np.diff(exact_scores)).min(initial=1.0) > 1e-5
    assert set(faiss_ids) == set(exact_ids) or not apart
    assert faiss_ids.tolist() == exact_ids.tolist() or not apart


def test_an_unknown_engine_is_named() -> None:
    with pytest.raises(QAError, match='no engine "annoy"; choose one of: faiss, exact'):
        open_engine("annoy")
