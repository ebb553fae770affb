"""A document's way in: what is kept, what is dropped and why, and what is refused."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qa
from qa.change import Holding, with_found
from qa.documents import clean, collect, read
from qa.documents.blocks import tidy
from qa.documents.markdown import split_markdown

SAVED_PAGE = """\ufeffADVERTISEMENT

Ferry strike ends after nine days
Crews of the Lantern Line went back to work on Friday, the port authority said.
Also Read: Why the ferries are late

File photo: Ferries tied up at Cape Merrow. / AFP

The deal adds 4% to wages.\u00a0It\u200b runs until\tJune 2027. Also read the small\u202e print.

Related stories:

Share this article

\u00a9 2026 Merrow Media. All rights reserved.

3 comments
"""


def test_a_saved_page_keeps_its_text_and_drops_its_furniture() -> None:
    document, receipt = clean(SAVED_PAGE, source="ferry.txt")
    assert document.text == (
        "Ferry strike ends after nine days\n\n"
        "Crews of the Lantern Line went back to work on Friday, the port authority said.\n\n"
        "File photo: Ferries tied up at Cape Merrow. / AFP\n\n"
        "The deal adds 4% to wages. It runs until June 2027. "
        "Also read the small print."
    )
    assert document.title == "Ferry strike ends after nine days"
    assert [span.of(document.text) for span in document.captions] == [
        "File photo: Ferries tied up at Cape Merrow. / AFP"
    ]
    assert [(block.text, block.dropped) for block in receipt.dropped] == [
        ("ADVERTISEMENT", "advertisement label"),
        ("Also Read: Why the ferries are late", "link to another story"),
        ("Related stories:", "heading of links"),
        ("Share this article", "sharing or sign-up button"),
        ("\u00a9 2026 Merrow Media. All rights reserved.", "legal notice"),
        ("3 comments", "comment section"),
    ]
    first = receipt.dropped[0]
    assert first.span.of(receipt.source) == "\ufeffADVERTISEMENT\n\n"


@pytest.mark.parametrize(
    "sentence",
    [
        "Comments made on Monday by the minister were withdrawn.",
        "Related stories were told by two witnesses, the court heard.",
        "Share prices fell 3% after the news.",
        "Advertisements for the post ran for a week.",
        "Also read out in court was a letter from his mother.",
        "Home sales rose.",
        "Copyright law does not cover ideas, the judge said.",
        "The photo shows a man in a red coat.",
        "He spoke to Reuters and AP about the plan.",
        "Print is dead, she said",
        "Copyright law was reformed in 1976 by Congress.",
        "Recommended: at least two doses for children under five.",
        "Related news: two people died in a fire.",
        "Read more - that is her advice to young writers.",
        "Ads by Russian firms",
        "Subscribe to the doctrine",
        "Subscribe to a theory and you may regret it, he warned.",
    ],
)
def test_sentences_with_furniture_words_are_kept(sentence: str) -> None:
    document, receipt = clean(f"A headline\n\n{sentence}")
    assert sentence in document.text
    assert receipt.dropped == []
    assert document.captions == ()


def test_wrapped_lines_are_one_paragraph_and_short_lines_are_not() -> None:
    wrapped = (
        "The council voted on Tuesday to keep the old library\n"
        "open until the new one on Quay Street is finished, a\nspokesman said."
    )
    assert clean(wrapped)[0].text == wrapped.replace("\n", " ")
    wide = (
        "The council said that the repair of the bridge would take eleven months, and would cost "
        "the state 12 million\neuros in all, of which a third is lent by\nthe fund."
    )
    assert clean(wide)[0].text == wide.replace("\n", " ")
    lines = "One paragraph on one line. " * 6 + "\n" + "Another paragraph. " * 8
    assert clean(lines)[0].text.count("\n\n") == 1
    listed = (
        "two pounds of floury potatoes\na pinch of salt\nas much milk as the dough will take up"
    )
    assert clean(listed)[0].text.count("\n\n") == 2


def test_markdown_becomes_what_a_reader_sees() -> None:
    source = (
        "---\ntitle: hidden\n---\n# The *new* bridge\n\nIt cost **42** [million](x.html) "
        "euros\nin all.\n\n- one\n- two\n\n> quoted\n\n![A view of it](v.png)\n\n"
        "| span | 300 m |\n| --- | --- |\n| lanes | 4 |\n\n"
        "<div>raw</div>\n\n```\ncode\n```\n\n***\n"
    )
    document, receipt = clean(source, markdown=True)
    assert document.text.split("\n\n") == [
        "The new bridge",
        "It cost 42 million euros in all.",
        "one",
        "two",
        "quoted",
        "A view of it",
        "span | 300 m",
        "lanes | 4",
        "code",
    ]
    assert document.title == "The new bridge"
    assert [span.of(document.text) for span in document.captions] == ["A view of it"]
    assert [block.dropped for block in receipt.dropped] == ["front matter", "HTML", "no words"]


MARKS = st.text(st.sampled_from("aB 1.\n\n\t#*->|`_[](!)\r\u2028\u00a0\u200b\x0c<&"), max_size=150)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(codec=None), max_size=150) | MARKS, st.booleans())
def test_kept_and_dropped_are_the_whole_text(text: str, markdown: bool) -> None:
    try:
        document, receipt = clean(text, markdown=markdown)
    except qa.DocumentError:  # nothing left; which sentence it gets is tested below
        return
    assert "".join(block.span.of(receipt.source) for block in receipt.blocks) == receipt.source
    assert receipt.source == qa.types.well_formed(text)
    assert document.text == "\n\n".join(block.text for block in receipt.kept)
    assert all(block.text == tidy(block.text) for block in receipt.kept)
    assert all(c not in document.text for c in "\0\r\u200b\u202e\ufeff\u00a0")


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"", "empty.txt", "empty.txt is empty; give a file that holds text."),
        (b" \n\n\t ", "blank.txt", "blank.txt is empty; give a file that holds text."),
        (b"ADVERTISEMENT\n\nComments", "ads.txt", "ads.txt holds no text besides page furniture"),
        (b"\x89PNG\x00\xff\x00", "picture.txt", "looks like a binary file; save it as text."),
        (b"\x00\x01" * 40, "zero.txt", "looks like a binary file; save it as text."),
        (
            b"\x81\x8d\x8f\x90\x9d" * 9,
            "odd.txt",
            "is in an encoding that cannot be told; save it as",
        ),
        (b"{\\rtf1", "report.rtf", "is of a kind not read here; save it as text (.txt"),
        ("😀 😀".encode(), "smile.txt", "smile.txt holds no text"),
    ],
)
def test_what_cannot_be_read_gets_one_sentence(
    tmp_path: Path, data: bytes, name: str, sentence: str
) -> None:
    file = tmp_path / name
    file.write_bytes(data)
    with pytest.raises(qa.DocumentError) as error:
        read(file)
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_missing_files_and_empty_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(qa.DocumentError, match=r"gone.txt cannot be read \(No such file"):
        collect([tmp_path / "gone.txt"])
    with pytest.raises(qa.DocumentError, match="holds no file of a kind read here"):
        collect([tmp_path])
    with pytest.raises(qa.DocumentError, match="There is nothing to build from"):
        collect([])
    with pytest.raises(qa.DocumentError, match="A document is empty"):
        collect([qa.Document(" ")])


def test_what_is_no_file_is_not_read_for_ever(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "endless.txt").symlink_to("/dev/zero")
    for name in ("pipe.txt", "endless.txt"):
        with pytest.raises(qa.DocumentError, match="is not a file; give a text file or a folder"):
            read(tmp_path / name)
    with pytest.raises(qa.DocumentError, match="cannot be read"):
        read("a\0b.txt")


def test_a_rule_at_the_top_is_not_front_matter() -> None:
    document, _ = clean("---\n\nReal text here.\n\n---\n\nMore text.", markdown=True)
    assert document.text == "Real text here.\n\nMore text."


def test_a_folder_gives_its_files_in_order_each_text_once(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "b" / "two.md").write_text("# Two\n\nSecond.")
    (tmp_path / "a.txt").write_text("First.")
    (tmp_path / "copy.txt").write_text("First.")
    (tmp_path / "data.csv").write_text("1,2")
    (tmp_path / ".hidden" / "no.txt").write_text("Hidden.")
    found = collect([tmp_path, qa.Document("Third.", title="3")])
    assert [each.path and each.path.name for each in found] == [
        "a.txt", "two.md", "copy.txt", None,
    ]  # fmt: skip
    documents = with_found(Holding(), found)[0].documents
    assert [(d.source, d.text) for d in documents] == [
        ("a.txt", "First."),
        ("two.md", "Two\n\nSecond."),
        ("", "Third."),
    ]


@pytest.mark.parametrize(
    "text",
    ["שלום עולם. מה שלומך?", "会议结束。", "a\x00b", "\ud800 lone", "नमस्ते दुनिया।", "x" * 10**6],
)
def test_other_scripts_and_odd_characters_are_kept(text: str) -> None:
    document, _ = clean(text)
    expected = text.replace("\x00", "").replace("\ud800", "\ufffd")
    assert document.text == expected


def test_deep_lists_are_kept_and_short_rows_are_not_filled_up() -> None:
    deep = "".join(f"{'  ' * n}- level {n}\n" for n in range(40))
    assert [block.text for block in split_markdown(deep)] == [f"level {n}" for n in range(40)]
    crafted = ("|a" * 181 + "\n" + "|-" * 181 + "\n" + "|\n" * 360 + "\n") * 4
    assert len(split_markdown(crafted)) == 4  # lines of text, not 1,444 rows of 181 cells


@pytest.mark.parametrize(
    "line",
    [
        "Modi to attend Asia-Pacific Economic Cooperation (APEC) summit",
        "Ministers publish the payment programming interfaces (APIs)",
    ],
)
def test_an_acronym_that_opens_like_an_agency_is_no_credit(line: str) -> None:
    document, _ = clean(f"{line}\n\nHe leaves on Monday.")
    assert document.title == line
    assert document.captions == ()


def test_a_text_given_as_a_path_is_refused_in_a_sentence() -> None:
    with pytest.raises(qa.DocumentError, match="of a kind not read here"):
        collect(["The bridge opens on 3 May. " * 20])


def test_a_file_that_may_not_be_asked_does_not_stop_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(f"The text of {name}.")
    is_file, read_bytes = Path.is_file, Path.read_bytes

    def refusing(path: Path) -> bool:
        if path.name == "a.txt":
            raise PermissionError(13, "Permission denied")
        return is_file(path)

    def closed(path: Path) -> bytes:
        if path.name == "a.txt":
            raise PermissionError(13, "Permission denied")
        return read_bytes(path)

    monkeypatch.setattr(Path, "is_file", refusing)
    monkeypatch.setattr(Path, "read_bytes", closed)
    told: list[qa.DocumentError] = []
    found = collect([tmp_path], failed=told.append)
    assert [each.document.source for each in found] == ["b.txt"]
    assert ["a.txt" in str(error) for error in told] == [True]
