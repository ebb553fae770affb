"""A block that was dropped wrongly comes back into its place, and all that points stays right."""

from pathlib import Path

import pytest

import qa
from qa.documents import Receipt, clean, read, restore
from tests.test_formats_binary import draw, whole

PAPER = """The crane

It was built in 1931.

Related: the lost anchor

Photo: the crane / PIB

* * *

Home

Share this story

It works."""


def number_of(receipt: Receipt, text: str, *, nth: int = 0) -> int:
    found = [n for n, block in enumerate(receipt.blocks) if block.text == text]
    return found[nth]


def captions(document: qa.Document) -> list[str]:
    return [span.of(document.text) for span in document.captions]


def test_a_block_comes_back_into_its_place() -> None:
    document, receipt = clean(PAPER, title="A crane", source="crane.txt")
    again, kept = restore(document, receipt, number_of(receipt, "Related: the lost anchor"))
    whole(again, kept)
    assert again.text == (
        "The crane\n\nIt was built in 1931.\n\nRelated: the lost anchor\n\n"
        "Photo: the crane / PIB\n\nIt works."
    )
    assert captions(again) == captions(document) == ["Photo: the crane / PIB"]
    assert (again.title, again.source) == ("A crane", "crane.txt")
    assert again.id != document.id
    assert [b.text for b in kept.dropped] == ["* * *", "Home", "Share this story"]


def test_blocks_come_back_in_any_order_to_the_same_document() -> None:
    document, receipt = clean(PAPER)
    names = ["Related: the lost anchor", "Home", "Share this story"]
    for order in (names, names[::-1]):
        again, kept = document, receipt
        for name in order:
            again, kept = restore(again, kept, number_of(kept, name))
            whole(again, kept)
        assert again.text == PAPER.replace("\n\n* * *", "")
        assert again.title == document.title == "The crane"


@pytest.mark.parametrize("text", ["It works.", "* * *"])
def test_what_is_kept_or_holds_no_words_cannot_come_back(text: str) -> None:
    document, receipt = clean(PAPER)
    number = number_of(receipt, text)
    with pytest.raises(
        qa.DocumentError,
        match=rf"^Block {number} cannot be kept; choose a dropped one that holds words\.$",
    ):
        restore(document, receipt, number)


@pytest.mark.parametrize("number", [-1, 99])
def test_a_block_that_is_not_there_cannot_come_back(number: int) -> None:
    document, receipt = clean(PAPER)
    with pytest.raises(qa.DocumentError, match=rf"^Block {number} cannot be kept"):
        restore(document, receipt, number)


def test_a_caption_that_the_reader_left_out_comes_back_as_one(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_text(
        "<html><body><article><h1>The crane</h1>"
        + "<p>It was built in 1931 and it is the oldest one on the whole coast.</p>" * 3
        + "</article><aside><p>Photo: the crane / PIB</p></aside></body></html>"
    )
    document, receipt = read(file)
    assert captions(document) == []
    again, kept = restore(document, receipt, number_of(receipt, "Photo: the crane / PIB"))
    whole(again, kept)
    assert captions(again) == ["Photo: the crane / PIB"]


def test_pages_stay_right_and_a_parted_word_is_told(tmp_path: Path) -> None:
    first = [(72, 800, "The Courier"), (72, 90, "The old crane was sold to a mu-"), (297, 30, "7")]
    second = [(72, 800, "The Courier"), (72, 740, "seum in the capital."), (297, 30, "8")]
    third = [(72, 800, "The Courier"), (72, 740, "It works."), (297, 30, "9")]
    document, receipt = read(draw(tmp_path / "a.pdf", [first, second, third]))

    def page_of(text: str, document: qa.Document) -> int | None:
        return document.page_of(document.text.index(text))

    inside, kept = restore(document, receipt, number_of(receipt, "The Courier", nth=1))
    whole(inside, kept)
    assert inside.text == (
        "The old crane was sold to a mu-\n\nThe Courier\n\nseum in the capital.\n\nIt works."
    )
    told = [page_of(word, inside) for word in ("crane", "Courier", "seum", "It works")]
    assert told == [1, 2, 2, 3]
    both, kept = restore(inside, kept, number_of(kept, "7"))
    assert both.text == inside.text.replace("The Courier", "7\n\nThe Courier")
    assert page_of("7", both) == 1

    end, kept = restore(document, receipt, number_of(receipt, "9"))
    whole(end, kept)
    assert end.text == f"{document.text}\n\n9"
    assert end.pages == document.pages
    begin, kept = restore(document, receipt, number_of(receipt, "The Courier"))
    whole(begin, kept)
    assert begin.text == f"The Courier\n\n{document.text}"
    assert begin.pages == (0, *(start + 13 for start in document.pages[1:]))
