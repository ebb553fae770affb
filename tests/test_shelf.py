"""The list of documents, what became of new files, and receipts, as HTML made without Gradio."""

import re

import pytest

import qa
from qa.chat.library import Added
from qa.chat.shelf import added_html, documents_html, receipt_html, told_html
from qa.documents import Receipt, clean, restore
from tests.test_replies import FAIR, FERRY, HOSTILE, index_of, shown, tags

BUTTON = re.compile(r"<button ([^>]*)>([^<]*)</button>")


def buttons(page: str) -> list[tuple[dict[str, str], str]]:
    """Return the attributes and the words of each button."""
    return [
        (dict(re.findall(r'([a-z-]+)="([^"]*)"', attributes)), shown(words))
        for attributes, words in BUTTON.findall(page)
    ]


def items(page: str) -> list[str]:
    return [shown(item) for item in re.findall(r"<li[^>]*>(.*?)</li>", page)]


def cleaned(text: str, title: str = "") -> tuple[qa.Document, Receipt]:
    return clean(text, title=title, source="notes.txt")


def test_a_visitors_own_documents_come_first_with_their_receipts() -> None:
    own, receipt = cleaned("Dogs sail.\n\nHome\n\n* * *\n\nFerry fares are low.", "Dogs")
    plain, whole = cleaned("The fair is long.")
    index = index_of(FERRY, own, plain)
    page = documents_html(index, {own.id: receipt, plain.id: whole})
    assert items(page) == [
        "Dogsnotes.txt · 2 passages · added by youWhat was left out (2)Remove",
        "notes.txt1 passage · added by youNothing was left outRemove",
        "Ferry timetable3 passagesRemove",
    ]
    told = [(b["class"], b["data-document"], shown(b["aria-label"])) for b, _ in buttons(page)]
    assert told == [
        ("qa-show-receipt", own.id, "What was left out (2) of Dogs"),
        ("qa-remove", own.id, "Remove: Dogs"),
        ("qa-show-receipt", plain.id, "Nothing was left out of notes.txt"),
        ("qa-remove", plain.id, "Remove: notes.txt"),
        ("qa-remove", FERRY.id, "Remove: Ferry timetable"),
    ]


def test_of_very_many_documents_some_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.chat.shelf.MAX_LISTED", 2)
    own, receipt = cleaned("Dogs sail.")
    page = documents_html(index_of(FERRY, FAIR, own), {own.id: receipt})
    assert len(items(page)) == 2
    assert "notes.txt" in items(page)[0]
    assert shown(page).endswith("and 1 more documents")


def test_a_receipt_tells_each_block_and_offers_those_with_words() -> None:
    document, receipt = cleaned("The ferry\n\nHome\n\nIt sails.\n\n* * *\n\nAlso read: A fair")
    page = receipt_html(document, receipt)
    assert items(page) == [
        "The ferry",
        "navigationHomeKeep this after all",
        "It sails.",
        "no words* * *",
        "link to another storyAlso read: A fairKeep this after all",
    ]
    assert "2 blocks kept, 3 left out" in shown(page)
    told = [(b["class"], b["data-document"], int(b["data-block"])) for b, _ in buttons(page)]
    assert told == [("qa-restore", document.id, 1), ("qa-restore", document.id, 4)]
    assert [shown(b["aria-label"]) for b, _ in buttons(page)] == [
        "Keep this after all: Home",
        "Keep this after all: Also read: A fair",
    ]
    again, kept = restore(document, receipt, 4)
    assert "3 blocks kept, 2 left out" in shown(receipt_html(again, kept))


def test_a_long_receipt_shows_what_was_left_out_first(monkeypatch: pytest.MonkeyPatch) -> None:
    document, receipt = cleaned("The ferry sails.\n\nHome\n\nIt is long.\n\nMenu\n\n" + "x " * 900)
    monkeypatch.setattr("qa.chat.shelf.MAX_BLOCKS", 3)
    page = receipt_html(document, receipt)
    assert [item.removesuffix("Keep this after all") for item in items(page)] == [
        "The ferry sails.",
        "navigationHome",
        "navigationMenu",
    ]
    assert shown(page).endswith("and 2 more kept")
    monkeypatch.setattr("qa.chat.shelf.MAX_BLOCKS", 1)
    ends = "and 1 more left out, which “qa clean” listsand 3 more kept"
    assert shown(receipt_html(document, receipt)).endswith(ends)
    monkeypatch.setattr("qa.chat.shelf.MAX_BLOCKS", 9)
    assert items(receipt_html(document, receipt))[-1] == ("x " * 80)[:159] + "…"


def test_what_became_of_files_is_told_in_words() -> None:
    document, receipt = cleaned("Dogs sail.")
    added = [
        Added("a.txt", "added", document, receipt),
        Added("b.txt", "replaced", document, receipt),
        Added("c.txt", "already there", document, receipt),
        Added("d.txt", "refused", error="d.txt is empty; give a file that holds text."),
    ]
    page = added_html(added)
    assert items(page) == [
        "a.txtadded",
        "b.txtits old version is replaced",
        "c.txtalready there",
        "d.txt is empty; give a file that holds text.",
    ]
    assert page.count('class="qa-refused"') == 1
    assert shown(told_html(added[:2], 2)) == "b.txt: its old version is replaced. 2 more to read…"
    assert shown(told_html(added, 0)) == "d.txt is empty; give a file that holds text."
    assert told_html([], 0) == ""


def test_hostile_names_and_blocks_are_text() -> None:
    hostile = HOSTILE[:70]
    document, receipt = clean(
        f"Also read: {hostile}\n\nDogs {hostile}.\n\nThe fair is long.",
        title=f'"{hostile}',
        source=f"{hostile}'.txt",
    )
    pages = (
        documents_html(index_of(document), {document.id: receipt}),
        receipt_html(document, receipt),
        added_html([Added(hostile, "refused", error=hostile), Added(hostile, "added")]),
    )
    for page in pages:
        assert hostile in shown(page)
        assert tags(page) <= {"button", "h2", "li", "ol", "p", "section", "span", "ul"}
        assert "alert(" not in page
        for attributes, _ in buttons(page):
            assert set(attributes) <= {
                *("type", "class", "data-document", "data-block", "aria-label")
            }
