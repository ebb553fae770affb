"""What adding and removing do to documents, against building at once and an oracle."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qa
from qa.change import Holding, with_found, without
from qa.documents import Found

ROOMS = [Path(f"/notes/{room}/a.md") for room in "xyz"]


def note(text: str, path: Path | None = None) -> Found:
    return Found(qa.Document(text, source=path.name if path else ""), path)


def texts(holding: Holding) -> list[str]:
    return [document.text for document in holding.documents]


def test_two_files_of_one_name_are_two_and_a_changed_one_keeps_its_place() -> None:
    first = [note("One.", ROOMS[0]), note("Two.", ROOMS[1]), note("Three.")]
    holding, change = with_found(Holding(), first)
    assert [d.text for d in change.added] == texts(holding) == ["One.", "Two.", "Three."]
    holding, change = with_found(holding, [note("One!", ROOMS[0]), note("Two.", ROOMS[1])])
    assert texts(holding) == ["One!", "Two.", "Three."]
    assert [d.text for d in change.replaced] == ["One!"]
    assert [d.text for d in change.unchanged] == ["Two."]


def test_a_text_stays_until_the_last_of_its_files_goes() -> None:
    other = Path("/notes/b.md")
    holding, change = with_found(Holding(), [note("One.", ROOMS[0]), note("One.", other)])
    assert (len(change.added), len(change.unchanged)) == (1, 1)
    holding, _ = with_found(holding, [note("New.", ROOMS[0])])
    assert [(d.text, d.source) for d in holding.documents] == [("One.", "b.md"), ("New.", "a.md")]
    holding, change = without(holding, [str(other)])
    assert texts(holding) == ["New."]
    assert [d.text for d in change.removed] == ["One."]


def test_a_text_in_memory_is_never_replaced_by_a_file() -> None:
    for found in ([note("One."), note("One.", ROOMS[0])], [note("One.", ROOMS[0]), note("One.")]):
        holding, _ = with_found(Holding(), found)
        holding, _ = with_found(holding, [note("New.", ROOMS[0])])
        assert texts(holding) == ["One.", "New."]


def test_the_same_text_with_another_title_is_a_new_version() -> None:
    holding, _ = with_found(Holding(), [note("One.", ROOMS[0])])
    again = Found(qa.Document("One.", title="First", source="a.md"), ROOMS[0])
    holding, change = with_found(holding, [again])
    assert holding.documents == change.replaced == (again.document,)


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("/notes/x/a.md", ["y", "z", "memory"]),
        ("/notes/y", ["x", "z", "memory"]),
        ("/notes/[xz]/*.md", ["y", "memory"]),
        ("*.md", ["memory"]),
        ("m", ["x", "y", "z"]),
        (qa.Document("memory").id, ["x", "y", "z"]),
    ],
)
def test_names_that_are_known(name: str, left: list[str]) -> None:
    files = [note(path.parent.name, path) for path in ROOMS]
    holding, _ = with_found(Holding(), [*files, Found(qa.Document("memory", source="m"), None)])
    assert texts(without(holding, [name])[0]) == left


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("gone.md", 'There is no document "gone.md"; see what there is with: qa list'),
        ("", 'There is no document ""; see what there is with: qa list'),
        ("a\0b", 'There is no document "a\0b"; see what there is with: qa list'),
        ("[", 'There is no document "["; see what there is with: qa list'),
        (
            "a.md",
            f'There are 3 documents "a.md" ({", ".join(map(str, ROOMS))}); name one of those.',
        ),
    ],
)
def test_names_that_are_not(name: str, sentence: str) -> None:
    holding, _ = with_found(Holding(), [note(path.parent.name, path) for path in ROOMS])
    left, change = without(holding, [name, "/notes/y/a.md"])
    assert change.failed == (sentence,)
    assert texts(left) == ["x", "z"]


def test_a_path_is_understood_from_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    monkeypatch.chdir(tmp_path)
    path = Path(os.path.realpath(tmp_path), "a.md")
    holding, _ = with_found(Holding(), [note("One.", path), note("Two.")])
    for name in ("a.md", "./a.md", "link/a.md", "link/../a.md", ".", "./*.md"):
        kept = ["One.", "Two."] if name == "link/../a.md" else ["Two."]  # another folder's
        assert texts(without(holding, [name])[0]) == kept, name


FILE = st.tuples(st.sampled_from(ROOMS), st.sampled_from(["one", "two", "three", "four"]))


@given(st.lists(st.lists(FILE, max_size=4), max_size=6))
def test_any_course_of_adding_holds_what_the_files_last_said(
    course: list[list[tuple[Path, str]]],
) -> None:
    holding, oracle = Holding(), dict[Path, str]()
    for batch in course:
        holding, change = with_found(holding, [note(text, path) for path, text in batch])
        oracle.update(batch)
        assert set(texts(holding)) == set(oracle.values())
        assert len(holding.documents) == len(set(texts(holding)))
        by_id = {document.id: document for document in holding.documents}
        assert {path: by_id[identity].text for path, identity in holding.files.items()} == oracle
        assert sum(map(len, (change.added, change.replaced, change.unchanged))) == len(batch)
    for path in list(oracle):
        holding, _ = without(holding, [str(path)])
        del oracle[path]
        assert set(texts(holding)) == set(oracle.values())


@given(st.lists(st.sampled_from(ROOMS), unique=True), st.permutations(ROOMS))
def test_removing_what_was_added_gives_what_was_before(held: list[Path], added: list[Path]) -> None:
    before, _ = with_found(Holding(), [note(str(path), path) for path in held])
    new = [path for path in added if path not in held]
    after, _ = with_found(before, [note(str(path), path) for path in new])
    assert without(after, [str(path) for path in new])[0] == before


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("/n/*.md", ["deep"]),
        ("/n/**/*.md", []),
        ("/n/**", []),
        ("/n/*", []),
        ("/n/o*/*.md", ["top"]),
        ("/n/o*", ["top"]),
    ],
)
def test_a_pattern_removes_what_it_would_add(pattern: str, left: list[str]) -> None:
    files = [note("top", Path("/n/a.md")), note("deep", Path("/n/old/b.md"))]
    holding, _ = with_found(Holding(), files)
    assert texts(without(holding, [pattern])[0]) == left
