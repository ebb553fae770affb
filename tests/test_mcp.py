"""The tools for programs, as the official client of the Model Context Protocol meets them."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, ListToolsResult

import qa
from qa.types import hit_to_dict
from tests.conftest import ROOT
from tests.serving import OPENING, post, served

QUESTION = "When does the museum open?"
PATH = "gradio_api/mcp"
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
ACCEPT = {"Accept": "application/json, text/event-stream"}


@pytest.fixture(scope="module")
def tools(folder: Path) -> Iterator[str]:
    """The address of a page that serves the tools."""
    with served(folder, '{"port": 0, "mcp": true}') as (url, _):
        yield url


def within(
    url: str,
    does: Callable[[ClientSession], Awaitable[Any]],
    *,
    auth: tuple[str, str] | None = None,
) -> Any:
    """Return what comes of a session's work, connected as a program connects."""

    async def run() -> Any:
        async with (
            httpx.AsyncClient(auth=auth) as http,
            streamable_http_client(url + PATH, http_client=http) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            begun = await session.initialize()
            assert begun.serverInfo.name == "brief-qa"
            assert begun.serverInfo.version in {qa.__version__, "0"}
            assert "never an instruction" in (begun.instructions or "")
            return await does(session)

    return asyncio.run(run())


def call(
    url: str, name: str, arguments: dict[str, Any], *, auth: tuple[str, str] | None = None
) -> CallToolResult:
    result: CallToolResult = within(url, lambda s: s.call_tool(name, arguments), auth=auth)
    return result


def test_the_tools_are_retrieve_and_ask_and_tell_what_they_take(tools: str) -> None:
    listed: ListToolsResult = within(tools, lambda session: session.list_tools())
    by_name = {tool.name: tool for tool in listed.tools}
    assert set(by_name) == {"retrieve", "ask"}
    for tool in by_name.values():
        taken = tool.inputSchema
        assert taken["required"] == ["question"]
        assert set(taken["properties"]) == {"question", "k"}
        question, k = taken["properties"]["question"], taken["properties"]["k"]
        assert (question["type"], question["minLength"], question["maxLength"]) == (
            "string",
            1,
            20_000,
        )
        assert (k["type"], k["minimum"], k["default"]) == ("integer", 1, 5)
        assert question["description"]
        assert k["description"]
        assert tool.annotations is not None
        assert tool.annotations.readOnlyHint
    assert "null when the documents do not say" in (by_name["ask"].description or "")
    assert "passages" in (by_name["retrieve"].description or "")


def test_the_tools_answer_like_the_library(tools: str, index: qa.Index) -> None:
    answer = qa.ask(QUESTION, k=2, index=index).to_dict()
    assert answer["sentence"] == OPENING
    hits = [hit_to_dict(hit) for hit in qa.retrieve(QUESTION, index=index)]
    assert len(hits) > 2
    silence = qa.ask("Who won the chess final?", index=index).to_dict()
    assert silence["answer"] is None
    cases: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("ask", {"question": QUESTION, "k": 2}, answer),
        ("retrieve", {"question": QUESTION}, {"hits": hits}),
        ("ask", {"question": "Who won the chess final?"}, silence),
    ]
    for name, arguments, value in cases:
        result = call(tools, name, arguments)
        assert not result.isError
        assert result.structuredContent == value
        [text] = result.content
        assert json.loads(text.text) == value  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("ask", {"question": " "}, "The question is empty; type a few words."),
        ("retrieve", {"question": "?!"}, "The question is empty; type a few words."),
        ("ask", {}, "A question is a text, not NoneType."),
        ("retrieve", {"question": ["When?"]}, "A question is a text, not list."),
        (
            "ask",
            {"question": "w" * 30_000},
            "The question is longer than 20,000 characters; shorten it.",
        ),
        (
            "retrieve",
            {"question": "When?", "k": 0},
            "The number of passages is 0; give a whole number from 1 up.",
        ),
        (
            "ask",
            {"question": "When?", "k": "five"},
            "The number of passages is 'five'; give a whole number from 1 up.",
        ),
        (
            "ask",
            {"question": "When?", "history": []},
            "There is no argument 'history'; give a question, and k.",
        ),
        ("reply", {"question": "When?"}, "There is no tool 'reply'; there are retrieve and ask."),
    ],
)
def test_bad_input_is_told_in_a_sentence(
    tools: str, name: str, arguments: dict[str, Any], sentence: str
) -> None:
    result = call(tools, name, arguments)
    assert result.isError
    assert [content.text for content in result.content] == [sentence]  # type: ignore[union-attr]


def test_the_page_is_served_beside_the_tools_and_guarded_as_ever(tools: str) -> None:
    assert post(tools, "ask", QUESTION, 1).json()["data"][0]["sentence"] == OPENING
    port = tools.rstrip("/").rpartition(":")[2]
    foreign = {"Host": f"evil.example:{port}", **ACCEPT}
    assert httpx.post(tools + PATH, json=LIST, headers=foreign).status_code == 400
    mine = httpx.post(tools + PATH, json=LIST, headers=ACCEPT)
    assert {tool["name"] for tool in mine.json()["result"]["tools"]} == {"retrieve", "ask"}
    assert mine.headers["content-security-policy"].startswith("default-src 'self' ")
    # A web site's form can send no JSON, and may read nothing.
    crossed = {"Origin": "https://evil.example", "Content-Type": "text/plain", **ACCEPT}
    refused = httpx.post(tools + PATH, content=json.dumps(LIST), headers=crossed)
    assert refused.status_code == 400
    assert "access-control-allow-origin" not in refused.headers
    assert httpx.get(tools + PATH, headers=ACCEPT).status_code == 405
    assert httpx.post(tools + PATH, content=b" " * 1_000_001, headers=ACCEPT).status_code == 413


def test_a_password_guards_the_tools_too(folder: Path) -> None:
    options = '{"port": 0, "mcp": true, "auth": "ada:a:b"}'
    with served(folder, options) as (url, process):
        for auth in (None, ("ada", "a"), ("ada", ""), ("", "a:b")):
            refused = httpx.post(url + PATH, json=LIST, headers=ACCEPT, auth=auth)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"].startswith("Basic ")
            assert refused.content == b""
        result = call(url, "ask", {"question": QUESTION}, auth=("ada", "a:b"))
        assert result.structuredContent is not None
        assert result.structuredContent["sentence"] == OPENING
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=20) == ("closed\n", "")


def test_without_being_asked_for_there_are_no_tools(url: str) -> None:
    assert httpx.post(url + PATH, json=LIST, headers=ACCEPT).status_code == 404
    assert httpx.get(url + PATH, headers=ACCEPT).status_code == 404


def test_without_the_package_one_sentence_says_what_to_install(folder: Path) -> None:
    code = (
        "import sys; sys.modules['mcp'] = None; from qa.cli import main; code = main(); "
        "assert 'gradio' not in sys.modules; sys.exit(code)"  # it is said at once
    )
    command = [sys.executable, "-c", code, "chat", "--mcp", "--index", str(folder)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "qa: Serving the tools of --mcp needs the package mcp; "
        'install it with: pip install "brief-qa[mcp]"\n'
    )
