"""The page as a person and a program meet it: a real server, a real browser, REST, the client."""

import re
import signal
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

import qa
from qa.chat import serve
from qa.embedder import Embedder
from qa.types import hit_to_dict
from tests.conftest import ROOT
from tests.serving import BOAT, BOX, HOSTILE, OPENING, PRICE, marked, post, served, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def test_three_questions(browser: "Browser", url: str) -> None:
    with visiting(browser, url) as visit:
        source = visit.page.locator("#qa-source [role=region]")
        for question, quotes, sentence in [
            (
                "When does the last boat leave the island?",
                ("a quarter past seven", "at a quarter past seven"),
                BOAT,
            ),
            ("How much do tickets cost on weekdays?", ("between $5 and $6", "$5 and $6"), PRICE),
            ("When does the museum open?", ("12 June", "on 12 June"), OPENING),
        ]:
            reply = visit.ask(question)
            [quote] = marked(reply)
            assert quote in quotes
            assert reply.locator(".qa-quote").inner_text().startswith(sentence)
            assert reply.locator(".qa-band").inner_text() in {"well supported", "possible"}
            visit.settled()
            assert marked(source) == [quote]
            pane = source.bounding_box()
            mark = source.locator("mark.qa-answer").bounding_box()
            assert pane is not None
            assert mark is not None
            assert pane["y"] <= mark["y"]
            assert mark["y"] + mark["height"] <= pane["y"] + pane["height"]
            tints = [
                source.locator(f".qa-rank-{rank}").first.evaluate(
                    "e => getComputedStyle(e).backgroundColor"
                )
                for rank in (1, 2, 3)
            ]
            assert len({*tints, "rgba(0, 0, 0, 0)"}) == 4
        asked = visit.page.locator(".qa-asked").all_inner_texts()
        assert asked[0] == "When does the last boat leave the island?"
        assert len(asked) == 3


def test_silence(browser: "Browser", url: str) -> None:
    with visiting(browser, url) as visit:
        reply = visit.ask("Who won the chess tournament in Reykjavik?")
        assert reply.locator(".qa-silent").inner_text() == "The brief does not say."
        missing = reply.locator(".qa-missing").inner_text()
        named = re.findall(r"\w+", missing.partition(":")[2])
        assert named == ["won", "chess", "tournament", "Reykjavik"]
        assert marked(visit.page) == []
        assert reply.locator(".qa-hit").first.is_hidden()
        reply.locator("summary").click()
        assert reply.locator(".qa-hit").first.is_visible()


def test_a_follow_up_until_the_chat_is_cleared(browser: "Browser", url: str) -> None:
    with visiting(browser, url) as visit:
        first = visit.ask("When does the museum open?")
        first.locator("summary").click()
        reply = visit.ask("and who is the curator?")
        read_as = "↳ read as: “and who is the curator (museum)?” Ask as typed"
        assert reply.locator(".qa-read-as").inner_text() == read_as
        assert first.locator(".qa-hit").first.is_visible()  # what was unfolded stays so
        visit.page.get_by_label("Clear").click()
        visit.page.wait_for_selector(".qa-invitation")
        visit.page.wait_for_function("!document.querySelector('#qa-source [class*=qa-rank]')")
        assert visit.ask("and who is the curator?").locator(".qa-read-as").count() == 0


def test_an_example_question_is_asked_with_a_click(browser: "Browser", url: str) -> None:
    with visiting(browser, url) as visit:
        examples = visit.page.locator("#qa-examples button")
        question = examples.first.inner_text()
        examples.first.click()
        visit.page.wait_for_selector(".qa-reply")
        assert visit.page.locator(".qa-asked").all_inner_texts() == [question]
        assert visit.page.locator(".qa-quote").inner_text().startswith(OPENING)


def test_a_citation_goes_to_its_passage(browser: "Browser", url: str, index: qa.Index) -> None:
    with visiting(browser, url) as visit:
        last = index.passages[-1]
        reply = visit.ask("When does the last boat leave the island?")
        visit.ask("When does the museum open?")
        link = reply.locator(".qa-quote a.qa-cite")
        assert link.inner_text() == f"[{last.id.rpartition(':')[2]}]"
        for key in ("", "Enter"):
            visit.page.evaluate("document.activeElement.blur()")
            if key:
                link.focus()
                visit.page.keyboard.press(key)
            else:
                link.click()
            visit.settled()
            focused = visit.page.evaluate("document.activeElement.id")
            assert focused == "qa-" + last.id.replace(":", "-")
            assert marked(visit.page.locator("#qa-source")) == marked(reply)  # not the last one's
            pane = visit.page.locator("#qa-source [role=region]").bounding_box()
            place = visit.page.locator(f"#{focused}").bounding_box()
            assert pane is not None
            assert place is not None
            assert pane["y"] <= place["y"] <= pane["y"] + pane["height"]
        latest = visit.page.locator(".qa-reply").last
        latest.locator(".qa-quote a.qa-cite").click()
        visit.settled()
        assert marked(visit.page.locator("#qa-source")) == marked(latest)
        assert visit.page.url == url


def test_hostile_text_is_shown_as_text(browser: "Browser", url: str) -> None:
    with visiting(browser, url) as visit:
        reply = visit.ask("What does the poster in the lobby read?")
        begun = 'The poster in the lobby reads <img src=x onerror="alert(1)">'
        assert reply.locator(".qa-quote").inner_text().startswith(begun)
        assert marked(reply)[0] in HOSTILE
        assert HOSTILE in visit.page.locator("#qa-source").inner_text()
        reply.locator("summary").click()
        assert reply.locator(".qa-hit .qa-line").first.inner_text() == HOSTILE
        question = "the poster " + HOSTILE + " ${1+1} {{value}} **b** <script>alert(3)</script>"
        visit.ask(question)
        assert visit.page.locator(".qa-asked").last.inner_text() == question
        visit.page.fill(BOX, "\N{ZERO WIDTH SPACE}<img src=x onerror=alert(4)>" * 1000)
        visit.page.keyboard.press("Enter")
        visit.page.wait_for_selector("#qa-notice p")
        visit.settled()
        for injected in ("img[src=x]", "[onerror]", "[href^=javascript]", ".qa-source details"):
            assert visit.page.locator(injected).count() == 0, injected
        price = visit.ask("How much do tickets cost on weekdays?")
        assert price.locator(".qa-quote").inner_text().startswith(PRICE)
        assert visit.page.locator("#qa-header h1").inner_text() == "<b>Skerrow</b> & its museum"
        assert visit.page.title() == "<b>Skerrow</b> & its museum · brief-qa"


@pytest.mark.parametrize(
    ("question", "notice"),
    [
        ("   ", "The question is empty; type a few words."),
        ("?!", "The question is empty; type a few words."),
        ("why " * 6000, "The question is longer than 20,000 characters; shorten it."),
    ],
)
def test_a_question_that_cannot_be_asked(
    browser: "Browser", url: str, question: str, notice: str
) -> None:
    with visiting(browser, url) as visit:
        visit.page.fill(BOX, question)
        visit.page.keyboard.press("Enter")
        alert = visit.page.locator("#qa-notice [role=alert]")
        alert.locator("p").wait_for()
        assert alert.inner_text() == notice
        assert visit.page.input_value(BOX) == question
        assert visit.page.locator(".qa-asked").count() == 0
        visit.ask("When does the museum open?")
        assert alert.inner_text() == ""


@pytest.mark.parametrize("width", [360, 820, 821, 1920])
def test_no_width_scrolls_sideways(browser: "Browser", url: str, width: int) -> None:
    with visiting(browser, url, width=width, height=740) as visit:
        reply = visit.ask("w" * 300 + " lobby poster?")
        reply.locator("summary").click()
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
        for part in ("#qa-log", "#qa-question", "#qa-source"):
            box = visit.page.locator(part).bounding_box()
            assert box is not None
            assert box["width"] >= 300
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
        stacked = width <= 820
        chat = visit.page.locator("#qa-chat").bounding_box()
        brief = visit.page.locator("#qa-brief").bounding_box()
        assert chat is not None
        assert brief is not None
        assert (brief["y"] >= chat["y"] + chat["height"]) == stacked


CONTRAST = """element => {
  const luminance = colour => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map(c => c / 255)
      .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const solid = e => {
    const colour = getComputedStyle(e).backgroundColor;
    return colour.startsWith("rgba") ? solid(e.parentElement) : colour;
  };
  const [a, b] = [getComputedStyle(element).color, solid(element)].map(luminance);
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}"""


@pytest.mark.parametrize("dark", [False, True])
def test_all_text_has_contrast(browser: "Browser", url: str, dark: bool) -> None:
    with visiting(browser, url, dark=dark) as visit:
        visit.ask("When does the museum open?").locator("summary").click()
        visit.ask("and who is the curator?")
        visit.ask("Who won the chess tournament?")
        visit.page.fill(BOX, "?")
        visit.page.keyboard.press("Enter")
        visit.page.wait_for_selector("#qa-notice p")
        container = visit.page.locator(".gradio-container")
        background = container.evaluate("e => getComputedStyle(e).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", background))) < 384) == dark
        for part in (
            "#qa-header h1",
            "#qa-header p",
            ".qa-asked",
            ".qa-read-as",
            "#qa-log mark.qa-answer",
            ".qa-band",
            ".qa-cite",
            ".qa-passages summary",
            ".qa-hit.qa-rank-1 .qa-line",
            ".qa-silent",
            ".qa-missing",
            "#qa-notice p",
            "#qa-question textarea",
            "#qa-question button",
            "#qa-examples button",
            "#qa-source .qa-rank-1",
            "#qa-source .qa-passage",
            "#qa-source .qa-heading",
            "footer button",
        ):
            for element in visit.page.locator(part).all():
                assert element.evaluate(CONTRAST) >= 4.5, part


def test_the_bundled_brief_is_asked(browser: "Browser", twin: Embedder, tmp_path: Path) -> None:
    from qa.documents import collect

    bundled = qa.Index.build(
        [collect([ROOT / "data" / "brief.md"])[0].document], embedder=twin, asking=twin
    )
    bundled.save(tmp_path / "index")
    with served(tmp_path / "index") as (url, _), visiting(browser, url) as visit:
        assert visit.page.locator("#qa-examples button").count() >= 3
        visit.ask("Who won the chess tournament in Reykjavik?")
        reply = visit.ask("When is the visit?")
        assert "May 27 to 29" in marked(reply)[0]


def test_rest_answers_like_the_library(url: str, index: qa.Index) -> None:
    question = "When does the museum open?"
    hits = [hit_to_dict(hit) for hit in qa.retrieve(question, k=2, index=index)]
    assert len(hits) == 2
    assert post(url, "retrieve", question, 2).json()["data"] == [hits]
    answer = qa.ask(question, k=3, index=index).to_dict()
    assert answer["sentence"] == OPENING
    assert post(url, "ask", question, 3).json()["data"] == [answer]


def test_only_asking_is_open_to_programs(url: str) -> None:
    info = httpx.get(f"{url}gradio_api/info").json()
    assert set(info["named_endpoints"]) == {"/retrieve", "/ask"}
    assert info["unnamed_endpoints"] == {}
    assert httpx.get(f"{url}monitoring/summary").status_code in {403, 404}


@pytest.mark.parametrize("name", ["ask", "retrieve"])
@pytest.mark.parametrize(
    ("question", "k", "sentence"),
    [
        ("", 5, "The question is empty; type a few words."),
        ("When?", 0, "The number of passages is 0; give a whole number from 1 up."),
        ("w" * 30_000, 5, "The question is longer than 20,000 characters; shorten it."),
        (None, 5, "A question is a text, not NoneType."),
    ],
)
def test_rest_says_what_is_wrong(
    url: str, name: str, question: str | None, k: int, sentence: str
) -> None:
    answer = post(url, name, question, k)
    assert answer.status_code == 500
    assert answer.json()["error"] == sentence


# gradio_client 2.x still makes its event loop and its cookies in ways that newer releases of
# Python and httpx deprecate; nothing here can change that.
@pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio_client")
def test_the_python_client_answers_like_the_library(url: str, index: qa.Index) -> None:
    from gradio_client import Client
    from gradio_client.exceptions import AppError

    question = "How much do tickets cost on weekdays?"
    client = Client(url, verbose=False)
    hits = [hit_to_dict(hit) for hit in qa.retrieve(question, index=index)]
    assert client.predict(question=question, api_name="/retrieve") == hits
    answer = qa.ask(question, k=1, index=index).to_dict()
    assert client.predict(question=question, k=1, api_name="/ask") == answer
    with pytest.raises(AppError, match=r"^The question is empty; type a few words\.$"):
        client.predict(question=" ", api_name="/ask")


def test_many_ask_at_once(url: str, index: qa.Index) -> None:
    questions = [f"When does the museum open, visitor {n}?" for n in range(24)]
    answers: dict[str, Any] = {}

    def ask(question: str) -> None:
        answers[question] = post(url, "ask", question, 5, timeout=60).json()["data"][0]

    threads = [threading.Thread(target=ask, args=[question]) for question in questions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {q: qa.ask(q, index=index).to_dict() for q in questions}


def test_other_sites_cannot_read_the_page(url: str) -> None:
    port = url.rstrip("/").rpartition(":")[2]
    assert httpx.get(url, headers={"Host": f"evil.example:{port}"}).status_code == 400
    assert httpx.get(f"http://localhost:{port}/").status_code == 200
    crossed = httpx.get(f"{url}config", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in crossed.headers
    policy = httpx.get(url).headers["content-security-policy"]
    assert policy.startswith("default-src 'self' ")
    assert "http" not in policy


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no address of IPv6")
def test_an_address_of_ipv6_is_served(folder: Path) -> None:
    with served(folder, '{"port": 0, "host": "::1"}') as (url, _):
        assert url.startswith("http://[::1]:")
        assert httpx.get(url).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "example.org", ""])
def test_a_public_host_needs_a_password_or_an_explicit_word(index: qa.Index, host: str) -> None:
    with pytest.raises(qa.ServerError, match="--auth USER:PASSWORD, or --open"):
        serve(index, host=host)


@pytest.mark.parametrize("auth", ["", "ada", "ada:", ":secret"])
def test_a_malformed_password_is_refused(index: qa.Index, auth: str) -> None:
    with pytest.raises(qa.ServerError, match="USER:PASSWORD"):
        serve(index, auth=auth)


def test_a_taken_port_is_refused(index: qa.Index) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(qa.ServerError, match=rf"^Port {port} is taken; .*--port\.$"):
            serve(index, port=port)


@pytest.mark.parametrize(
    ("host", "port", "sentence"),
    [
        ("127.0.0.1", 70_000, "70000 is no port"),
        ("127.0.0.1", -1, "-1 is no port"),
        ("192.0.2.7", 0, "Cannot listen on host '192.0.2.7'"),
    ],
)
def test_an_impossible_address_is_refused(
    index: qa.Index, host: str, port: int, sentence: str
) -> None:
    with pytest.raises(qa.ServerError, match=re.escape(sentence)):
        serve(index, host=host, port=port, open_to_all=True)


def test_a_password_is_asked_for_and_ctrl_c_closes_quietly(folder: Path) -> None:
    with served(folder, '{"port": 0, "auth": "ada:a:b"}') as (url, process):
        assert post(url, "ask", "When does the museum open?", 5).status_code == 401
        with httpx.Client() as client:
            wrong = client.post(f"{url}login", data={"username": "ada", "password": "a"})
            assert wrong.status_code == 400
            right = client.post(f"{url}login", data={"username": "ada", "password": "a:b"})
            assert right.status_code == 200
            answer = client.post(
                f"{url}gradio_api/run/ask", json={"data": ["When does the museum open?", 5]}
            )
            assert answer.json()["data"][0]["sentence"] == OPENING
            with client.stream("GET", f"{url}gradio_api/heartbeat/abc") as stream:
                assert stream.status_code == 200
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "closed\n", "")
