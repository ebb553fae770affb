"""What a program that means ill gets from a real server: nothing that is not its own."""

import html
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.protocol import Client, upload
from tests.serving import post, served, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SECRET = "The word of the house is marmalade, the cook, Ines Brandt, said.\n"
NOTE = "The mill in Aker was painted green by Tor Lunde.\n"


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    client = Client(url)
    client.come()
    yield client
    client.http.close()


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.txt"
    path.write_text(SECRET)
    return path


@pytest.mark.parametrize("more", [{}, {"is_stream": True}, {"url": "/etc/passwd"}])
def test_a_file_that_nobody_uploaded_is_not_read(
    client: Client, secret: Path, more: dict[str, object]
) -> None:
    for path in (str(secret), "/etc/passwd", "/etc", "page.js"):
        done, said = client.add(upload(path, **more))
        assert not done, path
        assert "/" not in said, said  # nor is it told where anything lies
    assert "marmalade" not in client.ask("Which is the word of the house?")
    assert secret.read_text() == SECRET


def test_no_component_takes_a_file_in(client: Client, secret: Path) -> None:
    for component, event in [("qa-question", "submit"), ("qa-picker", "input")]:
        done, said = client.send(component, event, upload(str(secret)))
        assert not done
        assert "marmalade" not in said


@pytest.mark.parametrize("name", ["../../escaped.txt", "/etc/escaped.txt", "..\\escaped.txt"])
def test_an_upload_lies_where_it_should(client: Client, name: str) -> None:
    path = Path(client.upload(name, NOTE))
    assert "escaped" in path.name
    assert path.parent.parent.name == "gradio"
    assert path.resolve() == path
    assert client.add(upload(str(path)))[0]
    assert not path.exists()


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/a.txt", "https://example.org/a.txt"])
def test_no_address_is_fetched(client: Client, url: str, address: str) -> None:
    done, said = client.add(upload(address))
    assert not done
    assert "Only a file that was uploaded can be added." in said
    for door in ("file=", "proxy=", "file/"):
        assert httpx.get(f"{url}gradio_api/{door}{address}").status_code == 404


def test_only_the_doors_that_are_needed_are_open(client: Client, url: str) -> None:
    lies = client.upload("note.txt", NOTE)
    for path in (f"file={lies}", f"file/{lies}", "runs", "deep_link", "dev/reload", "token"):
        assert httpx.get(f"{url}gradio_api/{path}").status_code == 404, path
    for path in ("component_server", "process_recording", "vibe-edit", "stream/a", "run/predict"):
        assert httpx.post(f"{url}gradio_api/{path}", json={}).status_code == 404, path
    for name in ("come", "reply", "add", "remove", "like", "export", "leave"):
        for way in ("run", "api", "call", "call/v2"):
            sent = httpx.post(f"{url}gradio_api/{way}/{name}", json={"data": [None]})
            assert sent.status_code == 404, (way, name)


def test_whoever_did_not_come_changes_nothing_for_everyone(url: str) -> None:
    nobody = Client(url)
    done, said = nobody.add(upload(nobody.upload("note.txt", NOTE)))
    assert done
    assert "This visit has ended" in said
    served = post(url, "retrieve", "museum", 1).json()["data"][0][0]["document"]["id"]
    nobody.send("qa-source", "remove", told={"document": served})
    assert "Lunde" not in post(url, "ask", "Who painted the mill in Aker?", 5).text
    assert "Lunde" not in Client(url).come()


def test_a_visitor_is_known_by_a_token_of_ours_alone(client: Client, url: str) -> None:
    assert client.add(upload(client.upload("note.txt", NOTE)))[0]
    assert "Lunde" in client.ask("Who painted the mill in Aker?")
    for token in ("", "0" * 32, "' OR 1", "../..", ["a"], {"a": 1}, None, 7, "a" * 32 + "\n"):
        other = Client(url)
        assert "Lunde" not in other.come(visitor=token)
        assert "Lunde" not in other.ask("Who painted the mill in Aker?")
        assert (
            "That document is not here"
            in other.send(
                "qa-source", "open", told={"document": "0123456789abcdef", "place": "qa-x-1"}
            )[1]
        )


@pytest.mark.parametrize(
    "told", [None, [], "x", 7, {"document": {"a": 1}, "turn": [], "block": "²"}]
)
def test_malformed_events_are_refused_in_words(client: Client, told: object) -> None:
    for name in ("alone", "like", "export", "open", "remove", "restore", "receipt", "come"):
        done, said = client.send("qa-source", name, told=told)
        assert done, name
        assert "Traceback" not in said


def test_a_password_closes_every_door(folder: Path, secret: Path) -> None:
    options = '{"port": 0, "auth": "ada:lace", "mcp": true}'
    with served(folder, options) as (url, _), httpx.Client(base_url=url) as stranger:
        for path in (
            "config",
            "gradio_api/info",
            "gradio_api/queue/data",
            "gradio_api/queue/status",
            "gradio_api/upload_progress?upload_id=a",
            f"gradio_api/file={secret}",
        ):
            assert stranger.get(path).status_code in {401, 404}, path
        files = {"files": ("a.txt", b"a", "text/plain")}
        assert stranger.post("gradio_api/upload", files=files).status_code == 401
        body = {"data": ["Why?"], "fn_index": 1, "session_hash": "a"}
        for path in ("queue/join", "run/ask", "call/ask", "api/ask", "mcp"):
            sent = stranger.post(f"gradio_api/{path}", json=body)
            assert sent.status_code == 401, path
        home = stranger.get("/").text
        assert "museum" not in home


def test_a_verdict_is_kept_only_of_what_everyone_can_ask(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "feedback.jsonl"
    options = json.dumps({"port": 0, "feedback": str(file)})
    with served(folder, options) as (url, _):
        client = Client(url)
        client.come()
        client.add(upload(client.upload("note.txt", NOTE)))
        client.ask("Who painted the mill in Aker?")
        own = client.kept[-1]
        everyones = post(url, "ask", "When does the museum open?", 5).json()["data"][0]
        said = everyones["answer"]
        forged = everyones | {
            "answer": "never",
            "sentence": everyones["sentence"].replace(said, "never"),
            "end": everyones["start"] + len("never"),
        }
        nothing = {"answer": None, "band": "of my own making"}
        turns = [
            own,
            {"id": "1" * 16, "question": "When does the museum open?", "answer": forged},
            {"id": "2" * 16, "question": "When does the museum open?", "answer": everyones},
            {"id": "3" * 16, "question": "Who won?", "answer": everyones | nothing},
        ]
        later = Client(url)  # who added the note is forgotten, but the browser kept the chat
        assert "never" in later.come(turns=turns)
        for turn in turns:
            told = {"turn": turn["id"], "way": "up"}
            assert "noted" in later.send("qa-source", "like", told=told)[1]
    [verdict] = file.read_text().splitlines()
    assert json.loads(verdict)["answers"] == [said]


def test_questions_that_cross_are_all_kept(url: str) -> None:
    client = Client(url)
    client.come()
    questions = [f"When does the museum open, visitor {n}?" for n in range(6)]
    threads = [
        threading.Thread(target=client.join, args=["qa-question", "submit", question])
        for question in questions
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(client.results(len(questions))) == len(questions)
    shown = html.unescape(client.ask("When does the last boat leave?"))
    for question in questions:
        assert f">{question}</" in shown


def test_a_tab_that_the_server_gave_up_comes_again(url: str) -> None:
    client = Client(url)
    visitor = "5e" * 16
    client.come(visitor=visitor)
    client.ask("When does the museum open?")
    beat = f"/gradio_api/heartbeat/{client.session}"
    with client.http.stream("GET", beat) as stream:
        next(stream.iter_lines())
    for _ in range(100):
        told = json.loads(client.ask("and who is the curator?"))["data"][-1]
        [letter] = json.loads(told)["letters"]
        if letter["kind"] == "come":
            break
    assert letter == {"kind": "come", "asked": "and who is the curator?"}
    again = client.come(visitor=visitor, turns=client.kept[:1], asked=letter["asked"])
    assert "who is the curator &#40;museum&#41;" in again


def gone(client: Client) -> None:
    """Close a tab, as far as the server can tell, and wait until it was noted."""
    with client.http.stream("GET", f"/gradio_api/heartbeat/{client.session}") as stream:
        next(stream.iter_lines())
    until = time.monotonic() + 20
    while time.monotonic() < until:
        shown = client.send("qa-source", "export", told={"form": "json"})[1]
        if '"kind": "come"' in shown.replace("\\", ""):
            return
        time.sleep(0.05)
    raise AssertionError("the tab is known still")


def test_whatever_is_done_in_a_tab_that_was_given_up_makes_it_come_again(url: str) -> None:
    client = Client(url)
    client.come()
    client.ask("When does the museum open?")
    gone(client)
    shown = client.send("qa-source", "export", told={"form": "json"})[1]
    [letter] = json.loads(json.loads(shown)["data"][-1])["letters"]
    assert letter == {"kind": "come", "asked": "", "again": "yes"}
    assert "museum opens" not in shown  # and no empty chat is sent in its place
    shown = client.come(turns=client.kept, again="yes")
    assert "The page was not ready for that" in shown
    assert f'data-turn="{client.kept[0]["id"]}"' in shown.replace("\\", "")
    gone(client)
    path = client.upload("note.txt", "The mill turns at dawn.")
    letters = client.add({"path": path, "meta": {"_type": "gradio.FileData"}})[1]
    assert "This visit has ended" in letters
    assert not Path(path).exists()


def test_whose_documents_are_gone_is_told(folder: Path) -> None:
    with served(folder, '{"port": 0, "grace": 0.1}') as (url, _):
        client, visitor = Client(url), "6f" * 16
        client.come(visitor=visitor)
        path = client.upload("note.txt", "The mill in Aker turns at dawn.")
        assert client.add({"path": path, "meta": {"_type": "gradio.FileData"}})[0]
        assert "at dawn" in client.ask("When does the mill turn?")
        gone(client)
        time.sleep(1)
        told = "The documents that you added are gone"
        later = Client(url)
        shown = later.come(visitor=visitor, asked="When does the mill turn?")
        assert told in shown
        assert "qa-silent" not in shown  # of what is not there nothing is asked
        assert "When does the mill turn?" in shown
        assert told not in later.come(visitor=visitor)  # once


def test_a_page_goes_on_with_a_server_that_began_anew(browser: "Browser", folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        options = json.dumps({"port": free.getsockname()[1]})
    with served(folder, options) as (url, process), visiting(browser, url) as visit:
        visit.ask("When does the museum open?")
        process.kill()
        process.wait()
        with served(folder, options):
            visit.page.wait_for_timeout(1000)
            reply = visit.ask("and who is the curator?")
            assert "curator (museum)" in reply.locator(".qa-read-as").inner_text()
            assert visit.page.locator(".qa-asked").count() == 2
            visit.faults.clear()  # the browser logs that its streams broke
