"""A conversation kept: what both files hold, that they verify, and the page in a real browser."""

import html
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qa
from qa import verifier
from qa.chat.export import conversation_html, conversation_json, quote_text
from qa.cli import main
from qa.embedder import Embedder
from tests.conftest import BRIDGE, ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

WHEN = datetime(2026, 5, 3, 9, 30, 15, tzinfo=UTC)
HOSTILE = (
    '<img src="http://evil.example/x.png" onerror="alert(1)"> </mark></blockquote></script>'
    "<script>alert(2)</script><!--<script> ![](http://evil.example/y.png) & \u202eevil"
)
PLAQUE = f"The plaque on the pier, {HOSTILE}, names 17 sailors of Port Ellis. It is made of slate."


def turn(answer: qa.Answer, *, placed: bool = True) -> dict[str, Any]:
    """Return a turn as the page keeps it, with or without the place of the sentence."""
    values = {**answer.to_dict(), "sentence_start": answer.sentence and answer.sentence.start}
    if not placed:
        del values["sentence_start"]
    return {"question": answer.question, "answer": values}


def talk(index: qa.Index, *questions: str) -> list[dict[str, Any]]:
    """Ask in one conversation and return its turns."""
    history: list[tuple[str, str]] = []
    turns = []
    for question in questions:
        answer = qa.ask(question, history=history, k=3, index=index)
        history.append((question, answer.text or ""))
        turns.append(turn(answer))
    return turns


def as_json(turns: list[dict[str, Any]], title: str = "A bridge") -> str:
    return conversation_json(turns, title=title, when=WHEN)


def as_page(turns: list[dict[str, Any]], title: str = "A bridge") -> str:
    return conversation_html(turns, title=title, when=WHEN)


@pytest.fixture(scope="module")
def turns(bridge: qa.Index) -> list[dict[str, Any]]:
    """A quote, a follow-up, and silence."""
    turns = talk(
        bridge,
        "When does the bridge open?",
        "And how much did it cost?",
        "Who won the chess final?",
    )
    said = [turn["answer"]["answer"] for turn in turns]
    assert said[1:] == ["42 million euros", None]
    assert said[0] in {"3 May", "on 3 May"}
    assert turns[1]["answer"]["resolved"] != "And what did it cost?"
    return turns


def test_the_json_describes_itself(turns: list[dict[str, Any]]) -> None:
    assert json.loads(as_json(turns)) == {
        "conversation": 1,
        "program": f"brief-qa {qa.__version__}",
        "when": "2026-05-03T09:30:15+00:00",
        "title": "A bridge",
        "turns": turns,
    }
    assert "“" in as_json(turns, title="“A bridge”")
    broken = as_json([{**turns[0], "question": "When\ud800?"}])
    assert json.loads(broken.encode())["turns"][0]["question"] == "When\ufffd?"


@pytest.mark.parametrize("write", [as_json, as_page])
def test_every_quote_of_a_kept_conversation_verifies_until_the_document_changes(
    write: Any, turns: list[dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, document, text = tmp_path / "kept", tmp_path / "bridge.txt", tmp_path / "cleaned.txt"
    kept.write_text(write(turns), "utf-8")
    document.write_text(BRIDGE, "utf-8")
    # Of two turns a quote and its sentence, and of each its three passages, in this order.
    quotes = [
        text
        for answer in (turn["answer"] for turn in turns)
        for text in (answer["answer"], answer["sentence"], *(hit["text"] for hit in answer["hits"]))
        if text is not None
    ]
    assert len(quotes) == 2 * 2 + 3 * 3
    assert [quote.text for quote in verifier.read(kept.read_text("utf-8"))] == quotes

    def verify(run: Any, *arguments: Path) -> tuple[int, list[str]]:
        code = run([*(["verify"] if run is main else []), *map(str, arguments)])
        found = [line.split(":")[0] for line in capsys.readouterr().out.splitlines()]
        return code, found

    def all_are(verdict: str) -> list[str]:
        return [f"{number} {verdict}" for number in range(1, len(quotes) + 1)]

    assert verify(main, kept, document) == (0, all_are("holds"))
    text.write_text(BRIDGE.strip(), "utf-8")  # what cleaning makes of it
    assert verify(verifier.main, kept, text) == (0, all_are("holds"))
    script = shutil.copy(ROOT / "qa" / "verifier.py", tmp_path)
    alone = [sys.executable, "-I", "-S", script, kept, text]
    done = subprocess.run(alone, capture_output=True, text=True, env={}, check=False)
    assert (done.returncode, done.stdout.count(" holds: "), done.stderr) == (0, len(quotes), "")
    document.write_text(BRIDGE.replace("3 May", "4 May"), "utf-8")
    assert verify(main, kept, document) == (1, all_are("changed"))


def test_a_quote_altered_in_a_kept_conversation_is_misquoted(
    turns: list[dict[str, Any]], tmp_path: Path
) -> None:
    document = qa.Document(BRIDGE.strip(), source="bridge.txt")
    for kept in (as_json(turns), as_page(turns)):
        altered = tmp_path / "altered"
        sentence = json.dumps(turns[1]["answer"]["sentence"])
        assert kept.count(f'"sentence": {sentence}') == 1
        altered.write_text(kept.replace(sentence, sentence.replace("42", "24")), "utf-8")
        verdicts = [finding.verdict for finding in qa.verify(altered, document)]
        assert verdicts.count("misquoted") == 1
        assert verdicts.index("misquoted") == 2 + 3 + 1  # behind a turn of five and the quote
        assert verdicts.count("holds") == len(verdicts) - 1


@given(st.text(st.characters(codec=None)), st.data())
def test_any_text_comes_back_out_of_the_page(text: str, data: st.DataObject) -> None:
    document = qa.Document(text + HOSTILE, title=text + HOSTILE, source=text)
    edges = st.integers(0, len(document.text))
    span = qa.Span(*sorted((data.draw(edges), data.draw(edges))))
    whole = qa.Span(0, len(document.text))
    answer = qa.Answer(
        text + HOSTILE, text, span.of(document.text), span, whole, document, 0.5, "possible", (),
        (text, HOSTILE),
    )  # fmt: skip
    page = as_page([turn(answer)], title=text)
    page.encode()
    assert page.count("<script") == page.count("</script") == 1
    assert "<!--" not in page
    assert "<img" not in page
    quoted, sentence = verifier.read(page)
    assert (quoted.text, sentence.text) == (span.of(document.text), document.text)
    assert all(found.holds for found in verifier.check([quoted, sentence], [("d", document.text)]))


def test_the_page_says_what_was_said(turns: list[dict[str, Any]]) -> None:
    page = as_page(turns)
    said, cost, silent = re.findall(r"<article>(.*?)</article>", page, re.DOTALL)
    answer = turns[1]["answer"]
    assert f'<blockquote dir="auto">{marked(answer["sentence"], "42 million euros")}</' in cost
    assert f"read as: “{plain(answer['resolved'])}”" in html.unescape(cost)
    assert "read as" not in said
    place = f"characters {answer['start']} to {answer['end']}"
    cited = f"Harbour bridge opens in May, bridge.txt, {place}"
    assert cited in plain(cost)
    assert f"SHA-256 {answer['document']['sha256']}" in plain(cost)
    assert '<p class="band">well supported</p>' in said
    assert "best&#45;matching" not in page
    assert "best-matching passages (3)" in said
    # In the passages the answer is marked in the one it stands in, and there alone.
    assert len(re.findall("<mark", cost)) == 2
    assert "The brief does not say." in silent
    assert "Never in the brief: “won”, “chess”, “final”." in plain(silent)
    assert "nearest passages (3)" in silent
    assert "<mark" not in silent


def plain(markup: str) -> str:
    """Return what a page shows, quotation marks of <q> included."""
    return html.unescape(
        re.sub("<[^>]*>", "", re.sub("<q [^>]*>", "“", markup.replace("</q>", "”")))
    )


def marked(sentence: str, quote: str) -> str:
    from qa.markup import escape

    before, _, after = sentence.partition(quote)
    return f'{escape(before)}<mark class="answer">{escape(quote)}</mark>{escape(after)}'


@pytest.mark.parametrize("start", [None, 0, 10**6])
def test_a_quote_whose_place_in_its_sentence_is_not_known_stands_apart(
    start: int | None, turns: list[dict[str, Any]]
) -> None:
    answer = {**turns[1]["answer"], "sentence_start": start}
    if start is None:
        del answer["sentence_start"]
    page = as_page([{"question": "Q?", "answer": answer}])
    quote, sentence = re.findall(r"<blockquote.*?>(.*)</blockquote>\n(.*)\n", page)[0]
    assert quote == '<mark class="answer">42 million euros</mark>'
    assert plain(sentence) == answer["sentence"]


def test_a_sentence_that_is_the_answer_is_shown_once(turns: list[dict[str, Any]]) -> None:
    sentence = turns[1]["answer"]["sentence"]
    start = turns[1]["answer"]["sentence_start"]
    whole = {"answer": sentence, "start": start, "end": start + len(sentence), "hits": []}
    for known in ({"sentence_start": start}, {"sentence_start": None}):
        page = as_page([{"question": "Q?", "answer": {**turns[1]["answer"], **whole, **known}}])
        assert plain(page).count(sentence) == 3  # once shown, and twice in the JSON
        assert "<details" not in page


def test_copies_are_named(turns: list[dict[str, Any]]) -> None:
    answer = turns[1]["answer"]
    names = [{"title": HOSTILE, "source": "b.txt"}, {"title": "", "source": "c.txt"}]
    hit = {**answer["hits"][0], "copies": [{"document": name} for name in names]}
    page = as_page([{"question": "Q?", "answer": {**answer, "hits": [hit]}}])
    assert f"also in: {HOSTILE}, b.txt; c.txt\n" in plain(page)
    assert "<img" not in page


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({}, "A bridge, bridge.pdf, p. 2, characters 20 to 25"),
        ({"page": None}, "A bridge, bridge.pdf, characters 20 to 25"),
        ({"title": ""}, "bridge.pdf, p. 2, characters 20 to 25"),
        ({"title": "bridge.pdf"}, "bridge.pdf, p. 2, characters 20 to 25"),
        ({"title": "A\n bridge", "source": ""}, "A bridge, p. 2, characters 20 to 25"),
        ({"title": " ", "source": ""}, "Untitled, p. 2, characters 20 to 25"),
    ],
)
def test_a_quote_is_copied_with_its_citation(changes: dict[str, Any], where: str) -> None:
    document = {"id": "a" * 16, "sha256": "ab" * 32, "title": "A bridge", "source": "bridge.pdf"}
    document |= {name: changes[name] for name in ("title", "source") if name in changes}
    placed = {"start": 20, "end": 25, "page": changes.get("page", 2), "document": document}
    expected = f"“3 May”\n— {where}, SHA-256 abababababababab"
    assert quote_text({"answer": "3 May", **placed}) == expected
    assert quote_text({"text": "3 May", **placed}) == expected


def test_silence_is_no_quote(turns: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="there is no quote"):
        quote_text(turns[2]["answer"])


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("Chromium is not installed")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def hostile(twin: Embedder) -> list[dict[str, Any]]:
    document = qa.Document(PLAQUE, title=f"Plaque {HOSTILE}", source=f"{HOSTILE}.txt")
    index = qa.Index.build([document], embedder=twin, asking=twin)
    said, silent = talk(index, "How many sailors does the plaque name?", "Who won the chess final?")
    assert (said["answer"]["answer"], silent["answer"]["answer"]) == ("17", None)
    asked = {"question": HOSTILE, "resolved": f"{HOSTILE} (sailors)"}
    return [
        said,
        {"question": HOSTILE, "answer": {**silent["answer"], **asked, "missing": [HOSTILE, "won"]}},
    ]


def opened(browser: "Browser", file: Path, *, dark: bool = False) -> "tuple[Page, list[str]]":
    """Open a file as a person does; also return what it did that it should not."""
    page = browser.new_page(color_scheme="dark" if dark else "light")
    faults: list[str] = []
    page.on("request", lambda r: faults.append(r.url) if r.url != file.as_uri() else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text))

    def on_dialog(dialog: "Dialog") -> None:
        faults.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", on_dialog)
    page.goto(file.as_uri())
    return page, faults


def test_the_page_in_a_browser(
    browser: "Browser", hostile: list[dict[str, Any]], tmp_path: Path
) -> None:
    file = tmp_path / "kept.html"
    file.write_text(as_page(hostile, title=HOSTILE), "utf-8")
    page, faults = opened(browser, file)
    assert page.title() == HOSTILE
    assert page.locator("h1").inner_text() == HOSTILE
    asked = [turn["question"] for turn in hostile]
    assert page.locator("h2").all_inner_texts() == asked
    answer = hostile[0]["answer"]
    first = page.locator("article").first
    assert first.locator("blockquote").inner_text() == answer["sentence"]
    assert first.locator("blockquote mark").all_inner_texts() == ["17"]
    cited = first.locator(".citation").first.inner_text()
    assert cited.split("\n") == [
        f"Plaque {HOSTILE}, {HOSTILE}.txt, characters {answer['start']} to {answer['end']}",
        f"SHA-256 {answer['document']['sha256']}",
    ]
    passage = first.locator("li p").first
    assert not passage.is_visible()
    first.locator("summary").click()
    assert passage.inner_text() == PLAQUE
    assert first.locator("li mark").all_inner_texts() == ["17"]
    silent = page.locator("article").nth(1)
    assert silent.locator(".silence").inner_text() == "The brief does not say."
    assert silent.locator("q").all_inner_texts() == [HOSTILE, "won"]
    assert silent.locator(".about").first.inner_text() == f"↳ read as: “{HOSTILE} (sailors)”"
    assert page.locator("img, a, form, iframe, link").count() == 0
    assert page.locator("script").count() == 1
    data = page.locator("script").evaluate("e => JSON.parse(e.textContent)")
    assert data["turns"] == json.loads(json.dumps(hostile))
    assert faults == []
    (tmp_path / "again.html").write_text(page.content(), "utf-8")  # saved from the browser
    document = qa.Document(PLAQUE)
    for name in ("kept.html", "again.html"):
        assert {finding.verdict for finding in qa.verify(tmp_path / name, document)} == {"holds"}
    page.close()


def test_its_looks_are_its_own_and_nothing_else_is_let_in(
    browser: "Browser", turns: list[dict[str, Any]], tmp_path: Path
) -> None:
    file = tmp_path / "kept.html"
    file.write_text(as_page(turns), "utf-8")
    looks = []
    for dark in (False, True):
        page, faults = opened(browser, file, dark=dark)
        looks.append(
            [
                page.locator(place).first.evaluate("e => getComputedStyle(e).backgroundColor")
                for place in ("body", "mark")
            ]
        )
        assert faults == []
        page.close()
    light, dark_looks = looks
    assert light == ["rgb(246, 245, 242)", "rgb(255, 224, 138)"]
    assert dark_looks == ["rgb(18, 21, 23)", "rgb(102, 80, 0)"]
    # Were a word of it not escaped, its policy would still stop what it asks for.
    let_in = '<img src="http://evil.example/x.png"><script>document.title = "evil"</script>'
    file.write_text(as_page(turns).replace("<main>", f"<main>{let_in}"), "utf-8")
    page, faults = opened(browser, file)
    assert page.title() == "A bridge"
    assert sum("violates the following Content Security Policy" in fault for fault in faults) == 2
    page.close()


def test_what_is_folded_is_printed(
    browser: "Browser", turns: list[dict[str, Any]], tmp_path: Path
) -> None:
    import pypdfium2

    file = tmp_path / "kept.html"
    file.write_text(as_page(turns), "utf-8")
    page, _ = opened(browser, file)
    with pypdfium2.PdfDocument(io.BytesIO(page.pdf())) as printed:
        text = " ".join(sheet.get_textpage().get_text_range() for sheet in printed)
    assert " ".join(text.split()).count("Lorries above 12 tonnes must keep to the tunnel.") == 3
    page.close()
