"""Documents of one's own on the page, as a person adds, cleans, picks, asks and removes them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

import qa
from tests.serving import ARRIVED, Visit, marked, post, served, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TRAM = """The harbour tram

ADVERTISEMENT

Also read: Trams of Lund

The harbour tram runs from 9 June, the operator, Tove Lind, said. A ride costs two euros.
"""
WELL = "The old well in Ostra\n\nThe well in Ostra was dug in 1742 by Per Olsson.\n"
WICKED = '<img src=x onerror="alert(7)">.txt'

IN_SIGHT = """() => {
  const pane = document.querySelector("#qa-source [role=region]").getBoundingClientRect();
  const mark = document.querySelector("#qa-source mark.qa-answer").getBoundingClientRect();
  return pane.height && pane.top <= mark.top && mark.bottom <= pane.bottom;
}"""


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    texts = {"tram.txt": TRAM, "well.md": WELL, WICKED: "The mill in Aker turns at dawn.\n"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    return {path.name: path for path in tmp_path.iterdir()}


def add(page: "Page", *paths: Path) -> None:
    """Add files as a person does, and wait until each is told of."""
    page.get_by_role("tab", name="Documents").click()
    page.set_input_files("#qa-files input", paths)
    page.wait_for_function(f"document.querySelectorAll('.qa-added > li').length === {len(paths)}")
    page.wait_for_function("!document.querySelector('#qa-shelf .qa-left')")


def listed(page: "Page") -> list[str]:
    names: list[str] = page.locator(".qa-listed > .qa-name").all_inner_texts()
    return names


def test_files_are_added_asked_picked_and_removed(
    browser: "Browser", url: str, files: dict[str, Path]
) -> None:
    with visiting(browser, url) as visit:
        page = visit.page
        visit.ask("When does the museum open?")
        add(page, files["tram.txt"], files["photo.png"], files["well.md"])
        told = page.locator(".qa-added > li").all_inner_texts()
        assert told[0].split() == ["tram.txt", "added"]
        assert told[1].startswith("photo.png is of a kind not read here; save it as text")
        assert told[2].split() == ["well.md", "added"]
        museum = "<b>Skerrow</b> & its museum"
        assert listed(page) == ["The harbour tram", "The old well in Ostra", museum]
        assert page.locator("#qa-header h1").inner_text() == "3 documents"

        reply = visit.ask("Who dug the well in Ostra?")
        assert marked(reply) == ["Per Olsson"]
        assert reply.locator(".qa-quote a").inner_text() == "The old well in Ostra [1]"
        assert page.get_by_role("tab", name="The text").get_attribute("aria-selected") == "true"
        assert page.locator("#qa-picker input").input_value() == "The old well in Ostra"
        source = page.locator("#qa-source")
        assert marked(source) == ["Per Olsson"]

        page.locator("#qa-picker input").click()
        page.get_by_role("option", name="The harbour tram").click()
        source.get_by_text("Tove Lind").wait_for()
        assert marked(source) == []

        first = page.locator(".qa-reply").first.locator(".qa-quote a")
        first.click()  # to a document that is not the one shown
        page.wait_for_function("document.activeElement.id.startsWith('qa-')")
        assert "museum opens on 12 June" in source.inner_text()

        page.get_by_role("tab", name="Documents").click()
        page.get_by_role("button", name="Remove: The old well in Ostra").click()
        page.wait_for_function("document.querySelectorAll('.qa-listed').length === 2")
        assert listed(page) == ["The harbour tram", museum]
        assert marked(page.locator(".qa-reply").last) == ["Per Olsson"]  # the chat is kept
        page.locator(".qa-reply").last.locator(".qa-quote a").click()
        page.get_by_text("That document is not here any more").wait_for()


def test_the_last_document_stays(browser: "Browser", url: str) -> None:
    with visiting(browser, url) as visit:
        visit.page.get_by_role("tab", name="Documents").click()
        visit.page.get_by_role("button", name="Remove: ").click()
        visit.page.get_by_text("The last document stays; add another first.").wait_for()


def test_a_block_that_was_left_out_is_put_back(
    browser: "Browser", url: str, files: dict[str, Path]
) -> None:
    with visiting(browser, url) as visit:
        page = visit.page
        add(page, files["tram.txt"])
        page.get_by_role("button", name="What was left out (2) of The harbour tram").click()
        page.locator(".qa-cleaned").wait_for()
        assert page.locator(".qa-dropped > .qa-why").all_inner_texts() == [
            "advertisement label",
            "link to another story",
        ]
        page.get_by_role("button", name="Keep this after all: Also read: Trams of Lund").click()
        page.wait_for_function("document.querySelectorAll('.qa-dropped').length === 1")
        assert "Also read: Trams of Lund" in page.locator(".qa-kept").all_inner_texts()
        page.get_by_role("button", name="Back to the documents").click()
        page.locator(".qa-listed").first.wait_for()
        reply = visit.ask("When does the harbour tram run?")
        assert marked(reply) == ["9 June"]
        assert "Also read: Trams of Lund" in page.locator("#qa-source").inner_text()


def test_one_visitor_sees_nothing_of_another_and_a_reload_keeps_all(
    browser: "Browser", url: str, files: dict[str, Path]
) -> None:
    with visiting(browser, url) as ann, visiting(browser, url) as bo:
        add(ann.page, files["well.md"])
        assert marked(ann.ask("Who dug the well in Ostra?")) == ["Per Olsson"]
        silent = bo.ask("Who dug the well in Ostra?")
        assert silent.locator(".qa-silent").count() == 1
        assert "Olsson" not in bo.page.locator("body").inner_text()
        ann.page.reload()
        ann.page.wait_for_selector(ARRIVED, state="attached")
        assert ann.page.locator("#qa-header h1").inner_text() == "2 documents"
        second = Visit(ann.page.context.new_page())  # another tab of the same person
        second.page.goto(url)
        second.page.wait_for_selector(ARRIVED, state="attached")
        assert marked(second.ask("When was the well in Ostra dug?"))[0].endswith("1742")
    assert "Olsson" not in post(url, "ask", "Who dug the well in Ostra?", 5).text


def test_what_is_added_leaves_no_file_behind(
    browser: "Browser",
    folder: Path,
    files: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    uploads = tmp_path_factory.mktemp("uploads")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(uploads))
        with served(folder) as (url, _), visiting(browser, url) as visit:
            add(visit.page, files["tram.txt"], files["photo.png"])
            # Gradio leaves an empty file for each one; what was in them is gone.
            assert {path.read_bytes() for path in uploads.rglob("*") if path.is_file()} <= {b""}


def test_a_wicked_file_name_is_shown_as_text(
    browser: "Browser", url: str, files: dict[str, Path]
) -> None:
    with visiting(browser, url) as visit:
        add(visit.page, files[WICKED])
        assert marked(visit.ask("When does the mill in Aker turn?"))[0].endswith("dawn")
        assert visit.page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize(
    ("sizes", "sentence"),
    [
        ([20] * 21, "20 files can be added at once"),
        ([26 * 1024 * 1024], "exceed the maximum allowed size of 25.0 Mb"),
    ],
)
def test_too_many_files_and_too_large_ones_are_told(
    browser: "Browser", url: str, tmp_path: Path, sizes: list[int], sentence: str
) -> None:
    paths = [tmp_path / f"{n}.txt" for n in range(len(sizes))]
    for n, (path, size) in enumerate(zip(paths, sizes, strict=True)):
        path.write_text(f"Note {n}. ".ljust(size, "a"))
    with visiting(browser, url) as visit:
        visit.ask("When does the museum open?")
        visit.page.get_by_role("tab", name="Documents").click()
        visit.page.set_input_files("#qa-files input", paths)
        visit.page.get_by_text(sentence).first.wait_for(timeout=60_000)
        assert visit.page.locator(".qa-asked").count() == 1
        visit.faults.clear()  # Gradio logs that it refused


@pytest.fixture
def shared(index: qa.Index, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    folder = tmp_path / "shared"
    index.save(folder)
    with served(folder, json.dumps({"port": 0, "shared": True})) as (url, _):
        yield url, folder


def test_a_shared_index_is_changed_for_everyone(
    browser: "Browser", shared: tuple[str, Path], files: dict[str, Path]
) -> None:
    url, folder = shared
    with visiting(browser, url) as ann, visiting(browser, url) as bo:
        add(ann.page, files["well.md"])
        assert "Everyone who visits this page" in ann.page.locator("#qa-brief").inner_text()
        assert marked(bo.ask("Who dug the well in Ostra?")) == ["Per Olsson"]
    answer = post(url, "ask", "Who dug the well in Ostra?", 5).json()["data"][0]
    assert answer["answer"] == "Per Olsson"
    assert qa.ask("Who dug the well in Ostra?", index=qa.load(folder)).text == "Per Olsson"


def test_a_page_cannot_be_made_to_open_other_files(url: str) -> None:
    assert httpx.get(f"{url}gradio_api/file=/etc/passwd").status_code in {403, 404}


def test_a_reply_from_far_down_a_long_document_is_shown(browser: "Browser", url: str) -> None:
    """Though the tab of documents was in front, and on the narrowest screen."""
    lines = [f"Shelf {n} of the archive holds maps of the {n}th valley." for n in range(1, 200)]
    text = "\n\n".join(["The archive of Aker", *lines, "The keeper of the keys is Runa Dahl."])
    with visiting(browser, url, width=360, height=740) as visit:
        page = visit.page
        page.get_by_role("tab", name="Documents").click()
        page.set_input_files(
            "#qa-files input",
            {"name": "archive.txt", "mimeType": "text/plain", "buffer": text.encode()},
        )
        page.wait_for_function("document.querySelectorAll('.qa-listed').length === 2")
        reply = visit.ask("Who is the keeper of the keys?")
        assert marked(reply) == ["Runa Dahl"]
        page.wait_for_function(IN_SIGHT)
        reply.locator("summary").click()
        hit, shown = reply.locator(".qa-hit").first, reply.locator(".qa-hit > div").first
        assert shown.evaluate("e => e.offsetWidth") > 0.8 * hit.evaluate("e => e.offsetWidth")


def test_to_type_in_the_picker_is_to_look_for_a_document(
    browser: "Browser", url: str, files: dict[str, Path]
) -> None:
    with visiting(browser, url) as visit:
        page = visit.page
        add(page, files["tram.txt"], files["well.md"])
        page.get_by_role("tab", name="The text").click()
        page.locator("#qa-picker input").click()
        page.wait_for_function("document.querySelectorAll('[role=option]').length === 3")
        page.keyboard.type("well", delay=50)
        page.wait_for_function("document.querySelectorAll('[role=option]').length === 1")
        page.keyboard.press("Enter")
        page.wait_for_function("document.querySelector('#qa-source').innerText.includes('1742')")
