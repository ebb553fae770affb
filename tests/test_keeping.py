"""Keeping and sharing a chat, as a person does: reload, restart, links, copies, files, thumbs."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import qa
from qa.cli import main
from tests.serving import ARRIVED, BOAT, BOX, OPENING, PRICE, Visit, marked, served, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BOAT_ASKED = "When does the last boat leave the island?"
OPENING_ASKED = "When does the museum open?"


@pytest.fixture(scope="module")
def noted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("feedback") / "said.jsonl"


@pytest.fixture(scope="module")
def url(folder: Path, noted: Path) -> Iterator[str]:
    with served(folder, json.dumps({"port": 0, "feedback": str(noted)})) as (url, _):
        yield url


def questions(page: "Page") -> list[str]:
    texts: list[str] = page.locator(".qa-asked").all_inner_texts()
    return texts


def shown_again(page: "Page", count: int) -> None:
    """Wait until a page that was loaded anew shows so many turns."""
    page.wait_for_selector(ARRIVED, state="attached")
    page.wait_for_function(f"document.querySelectorAll('.qa-reply').length === {count}")


@contextmanager
def kept_by(browser: "Browser", url: str, kept: str) -> Iterator[Visit]:
    """Visit with something in the browser's storage that no chat of ours left there."""
    with visiting(browser, url) as visit:
        visit.page.evaluate(
            """kept => {
              const brief = document.querySelector('[data-brief]').dataset.brief;
              localStorage.setItem(`brief-qa:chat:${brief}`, kept);
            }""",
            kept,
        )
        visit.page.reload()
        yield visit


def test_a_chat_outlives_a_reload_and_is_leaned_on_then(browser: "Browser", url: str) -> None:
    with visiting(browser, url) as visit:
        visit.ask(BOAT_ASKED)
        visit.ask("Who won the chess final?")
        quotes = marked(visit.page.locator("#qa-log"))
        visit.page.reload()
        shown_again(visit.page, 2)
        assert questions(visit.page) == [BOAT_ASKED, "Who won the chess final?"]
        assert marked(visit.page.locator("#qa-log")) == quotes
        visit.ask(OPENING_ASKED)
        reply = visit.ask("and who is the curator?")
        assert "(museum boat leave island)" in reply.locator(".qa-read-as").inner_text()
        visit.page.get_by_label("Clear").click()
        visit.page.wait_for_selector(".qa-invitation")
        visit.page.wait_for_function("!document.querySelector('#qa-source [class*=qa-rank]')")
        visit.page.reload()
        shown_again(visit.page, 0)


def test_a_chat_cleared_by_mistake_comes_back(browser: "Browser", url: str) -> None:
    with visiting(browser, url) as visit:
        visit.ask(BOAT_ASKED)
        visit.ask(OPENING_ASKED)
        visit.page.get_by_label("Clear").click()
        visit.page.wait_for_selector(".qa-invitation")
        second = Visit(visit.page.context.new_page())
        second.page.goto(url)
        shown_again(second.page, 0)
        second.ask("Who paints the tower?")
        visit.page.get_by_role("button", name="Bring it back").click()
        shown_again(visit.page, 3)
        asked = [BOAT_ASKED, OPENING_ASKED, "Who paints the tower?"]
        assert questions(visit.page) == asked  # nothing of the other tab is lost
        visit.page.reload()
        shown_again(visit.page, 3)
        assert visit.page.locator(".qa-cleared").count() == 0


def test_a_chat_and_a_draft_outlive_the_server(browser: "Browser", folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = json.dumps({"port": port})
    context = browser.new_context()
    page = context.new_page()
    with served(folder, options) as (url, process):
        page.goto(url)
        shown_again(page, 0)
        Visit(page).ask(BOAT_ASKED)
        process.kill()
        process.wait()
        page.fill(BOX, OPENING_ASKED)
        page.keyboard.press("Enter")
        lost = page.get_by_text("Connection to the server was lost")
        lost.wait_for()
        assert questions(page) == [BOAT_ASKED]
        assert page.input_value(BOX) == OPENING_ASKED
    with served(folder, options):
        with page.expect_navigation(timeout=60_000):  # Gradio sees that the server is a new one
            pass
        shown_again(page, 1)
        page.wait_for_function(f"document.querySelector('{BOX}').value !== ''")
        assert page.input_value(BOX) == OPENING_ASKED
        page.keyboard.press("Enter")
        shown_again(page, 2)
        assert questions(page) == [BOAT_ASKED, OPENING_ASKED]
    context.close()


def test_two_tabs_lose_nothing_of_each_other(browser: "Browser", url: str) -> None:
    with visiting(browser, url) as first:
        second = Visit(first.page.context.new_page())
        second.page.goto(url)
        shown_again(second.page, 0)
        first.ask(BOAT_ASKED)
        second.ask(OPENING_ASKED)
        assert questions(first.page) == [BOAT_ASKED]
        first.page.reload()
        shown_again(first.page, 2)
        assert questions(first.page) == [BOAT_ASKED, OPENING_ASKED]


def test_the_way_back_leads_to_the_chat(browser: "Browser", url: str) -> None:
    with visiting(browser, url) as visit:
        visit.ask(BOAT_ASKED)
        visit.page.goto(f"{url}?q=Who+paints+the+tower%3F")
        shown_again(visit.page, 2)
        visit.page.go_back()
        shown_again(visit.page, 2)
        assert questions(visit.page) == [BOAT_ASKED, "Who paints the tower?"]


def test_a_link_opens_the_page_and_asks_once(browser: "Browser", url: str) -> None:
    with visiting(browser, f"{url}?q=When%20does%20the%20museum%20open%3F") as visit:
        shown_again(visit.page, 1)
        assert questions(visit.page) == [OPENING_ASKED]
        assert visit.page.locator(".qa-quote").inner_text().startswith(OPENING)
        assert visit.page.url == url
        visit.ask(BOAT_ASKED)
        visit.page.reload()
        shown_again(visit.page, 2)
        assert questions(visit.page) == [OPENING_ASKED, BOAT_ASKED]
        visit.page.get_by_label("Clear").click()
        visit.page.wait_for_function("Object.values(localStorage).includes('[]')")
        visit.page.goto(f"{url}?q={OPENING_ASKED}")
        shown_again(visit.page, 1)
        visit.page.goto(f"{url}?q=<img src=x onerror=alert(1)> poster")
        shown_again(visit.page, 2)
        assert questions(visit.page)[1] == "<img src=x onerror=alert(1)> poster"
        visit.page.goto(f"{url}?q=%3F")
        visit.page.wait_for_selector("#qa-notice p")
        shown_again(visit.page, 2)


def test_a_quote_and_a_link_are_copied(browser: "Browser", url: str, index: qa.Index) -> None:
    with visiting(browser, url) as visit:
        visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        reply = visit.ask(BOAT_ASKED)
        reply.locator(".qa-copy").click()
        reply.get_by_text("Copied.").wait_for()
        copied = visit.page.evaluate("navigator.clipboard.readText()")
        assert copied.splitlines()[0] == f"“{marked(reply)[0]}”"
        start = index.documents[0].text.index(marked(reply)[0])
        assert f"{start}" in copied
        assert index.documents[0].id in copied
        reply.locator(".qa-link").click()
        visit.page.wait_for_function(
            "navigator.clipboard.readText().then(text => text.startsWith('http'))"
        )
        link = visit.page.evaluate("navigator.clipboard.readText()")
        assert link == f"{url}?q=When%20does%20the%20last%20boat%20leave%20the%20island%3F"
        visit.ask(OPENING_ASKED)
        visit.ask("and who is the curator?").locator(".qa-link").click()
        visit.page.wait_for_function(
            "navigator.clipboard.readText().then(text => text.includes('curator'))"
        )
        visit.page.goto(visit.page.evaluate("navigator.clipboard.readText()"))
        shown_again(visit.page, 4)
        # It means the same to everyone: nothing of this chat is taken over.
        assert questions(visit.page)[-1] == "and who is the curator (museum boat leave island)?"
        assert visit.page.locator(".qa-reply").last.locator(".qa-read-as").count() == 0


def test_a_chat_is_saved_as_files_that_verify(
    browser: "Browser", url: str, index: qa.Index, tmp_path: Path
) -> None:
    with visiting(browser, url) as visit:
        visit.page.locator(".qa-export").first.click()
        visit.page.get_by_text("There is no answer to save yet; ask something first.").wait_for()
        visit.ask(BOAT_ASKED)
        visit.ask("Who won the chess final?")
        for form in ("html", "json"):
            with visit.page.expect_download() as download:
                visit.page.locator(f".qa-export[data-form={form}]").click()
            file = tmp_path / download.value.suggested_filename
            assert file.suffix == f".{form}"
            download.value.save_as(file)
            findings = qa.verify(file, index.documents[0])
            assert {finding.verdict for finding in findings} == {"holds"}
        kept = json.loads(file.read_text("utf-8"))
        assert [turn["question"] for turn in kept["turns"]] == questions(visit.page)
        assert kept["turns"][0]["answer"]["sentence"] == BOAT
        assert kept["turns"][1]["answer"]["answer"] is None


def test_thumbs_are_written_down_and_measured(
    browser: "Browser",
    url: str,
    noted: Path,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with visiting(browser, url) as visit:
        right = visit.ask("How much do tickets cost on weekdays?")
        right.locator(".qa-up").click()
        right.get_by_text("Thank you, noted.").wait_for()
        wrong = visit.ask("Who paints the tower?")
        wrong.locator(".qa-down").click()
        wrong.get_by_text("Thank you, noted.").wait_for()
        pressed = visit.page.locator("[aria-pressed=true]")
        assert [thumb.get_attribute("data-way") for thumb in pressed.all()] == ["up", "down"]
        visit.page.reload()
        shown_again(visit.page, 2)
        assert pressed.count() == 2
        quote = marked(right)[0]
    rows = [json.loads(line) for line in noted.read_text("utf-8").splitlines()]
    assert [row["question"] for row in rows] == [
        "How much do tickets cost on weekdays?",
        "Who paints the tower?",
    ]
    assert rows[0]["answers"] == [quote]
    assert quote in PRICE
    assert "rejected" in rows[1]
    assert main(["eval", str(noted), "--index", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["all"]["EM"] == 1.0


def test_a_follow_up_is_asked_again_without_what_it_took_over(browser: "Browser", url: str) -> None:
    with visiting(browser, url) as visit:
        visit.ask(OPENING_ASKED)
        reply = visit.ask("and who is the curator?")
        reply.get_by_role("button", name="Ask as typed, without “museum”").click()
        visit.page.wait_for_function("!document.querySelector('.qa-read-as')")
        assert questions(visit.page) == [OPENING_ASKED, "and who is the curator?"]
        visit.page.reload()
        shown_again(visit.page, 2)
        assert visit.page.locator(".qa-read-as").count() == 0


@pytest.mark.parametrize(
    "kept",
    ["{", "7", '[{"id": 1}, null, "a"]', '{"a": []}'],
)
def test_whatever_is_kept_the_page_opens(browser: "Browser", url: str, kept: str) -> None:
    with kept_by(browser, url, kept) as visit:
        shown_again(visit.page, 0)
        visit.ask(BOAT_ASKED)
        visit.page.reload()
        shown_again(visit.page, 1)


def test_of_a_long_chat_the_last_turns_are_shown_and_all_are_saved(
    browser: "Browser", url: str
) -> None:
    answer = qa.ask("Who won the chess final?").to_dict()
    turns = [{"id": f"{n:016x}", "question": f"Who {n}?", "answer": answer} for n in range(45)]
    with kept_by(browser, url, json.dumps(turns)) as visit:
        shown_again(visit.page, 40)
        assert questions(visit.page)[0] == "Who 5?"
        visit.page.fill(BOX, BOAT_ASKED)
        visit.page.keyboard.press("Enter")
        visit.page.get_by_text("6 earlier questions are kept").wait_for()
        shown_again(visit.page, 40)
        visit.page.wait_for_function(
            """() => {
              const pane = document.querySelector("#qa-log [role=log]").getBoundingClientRect();
              const asked = [...document.querySelectorAll(".qa-asked")].at(-1);
              const top = asked.getBoundingClientRect().top;
              return pane.top <= top && top <= pane.bottom;
            }"""
        )
        with visit.page.expect_download() as download:
            visit.page.locator(".qa-export[data-form=json]").click()
        kept = json.loads(Path(download.value.path()).read_text("utf-8"))
        asked = [turn["question"] for turn in kept["turns"]]
        assert asked == [*(f"Who {n}?" for n in range(45)), BOAT_ASKED]


def test_a_kept_chat_is_text_whatever_it_says(browser: "Browser", url: str) -> None:
    answer: dict[str, Any] = qa.ask("Who won the chess final?").to_dict()
    evil = '"><img src=x onerror=alert(1)>'
    answer |= {"resolved": evil, "carried": [evil], "missing": [evil]}
    turn = {"id": "0" * 16, "question": evil + " why", "answer": answer}
    wicked = [turn, turn | {"id": evil}, turn | {"answer": answer | {"question": [evil]}}]
    with kept_by(browser, url, json.dumps(wicked)) as visit:
        shown_again(visit.page, 1)
        assert questions(visit.page) == [evil + " why"]
        assert visit.page.locator("img[src=x]").count() == 0
