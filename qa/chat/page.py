"""The page as Gradio wires it: chat on the left, the brief on the right, REST behind both.

Only wiring: what is said comes from `replies`, the text beside it from `source`, the looks
from `page.css`, going to a passage from `page.js`. Who may reach the page is left to `serving`.

Every message is an HTML component of ours, never Markdown: Chatbot's own renderer would load
a picture that a question names. So `qa.markup` alone decides what becomes HTML.
"""

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.events import api

from qa import assistant
from qa.chat.ahead import Ahead, look_ahead
from qa.chat.replies import answer_html, notice_html, question_html, unread_html
from qa.chat.source import source_html
from qa.errors import QAError, ReaderError
from qa.index import Index
from qa.markup import escape
from qa.types import hit_to_dict

__all__ = ["HERE", "build_page", "theme"]

HERE = Path(__file__).parent

REMEMBERED = 20
"""So many earlier turns can be leaned on; a chat may be far longer."""

AT_ONCE = 8
"""So many questions are answered at once; asking is thread-safe and takes milliseconds."""

Said = tuple[str, str, str, str]
"""A turn of the chat: the question, the answer's text, and both as HTML."""


def theme() -> gr.themes.Base:
    """Return a theme that asks nobody for a font."""
    sans = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]
    mono = ["ui-monospace", "Menlo", "Consolas", "monospace"]
    base = gr.themes.Base(primary_hue="teal", neutral_hue="stone", font=sans, font_mono=mono)
    return base.set(body_background_fill="#f6f5f2", body_background_fill_dark="#121517")


def build_page(index: Index, ahead: Ahead | None = None) -> gr.Blocks:
    """Return the page of an index, ready to be served.

    Args:
        index: what is asked, on the page and over REST (`retrieve`, `ask`).
        ahead: what was asked of it already; None to ask it now.

    Returns:
        The page; its looks are given when it is served (see `web`).
    """
    several = len(index.documents) > 1
    examples = (ahead or look_ahead(index)).examples
    page = gr.Blocks(title=f"{index.title} · brief-qa", analytics_enabled=False, fill_width=True)
    with page:
        said = gr.State([])
        gr.HTML(_header_html(index), elem_id="qa-header", padding=False)
        with gr.Row(elem_id="qa-columns", equal_height=True):
            with gr.Column(elem_id="qa-chat", min_width=280):
                log = gr.Chatbot(
                    elem_id="qa-log",
                    label="Chat",
                    show_label=False,
                    height="100%",
                    placeholder=_placeholder_html(several),
                    layout="panel",
                    latex_delimiters=[],
                    allow_tags=False,
                    render_markdown=False,
                    sanitize_html=True,
                    buttons=[],
                    feedback_options=None,
                    allow_file_downloads=False,
                    autoscroll=False,  # `page.js` brings the question up, with its reply below
                    group_consecutive_messages=False,
                )
                notice = _html("", elem_id="qa-notice", template='<div role="alert">${value}</div>')
                question = gr.Textbox(
                    elem_id="qa-question",
                    label="Your question",
                    show_label=False,
                    placeholder="Ask something…",
                    lines=1,
                    max_lines=4,
                    autofocus=True,
                    submit_btn="Ask",
                    container=False,
                )
                with gr.Row(elem_id="qa-examples", visible=bool(examples)):
                    buttons = [gr.Button(example, size="sm", min_width=0) for example in examples]
            with gr.Column(elem_id="qa-brief", min_width=280):
                source = gr.HTML(
                    source_html(index),
                    elem_id="qa-source",
                    html_template='<div role="region" aria-label="The text" tabindex="0">'
                    "${value}</div>",
                    js_on_load=(HERE / "page.js").read_text(encoding="utf-8"),
                    apply_default_css=False,
                    padding=False,
                )

        def reply(asked: str, earlier: list[Said]) -> dict[Any, Any]:
            """Answer on the page; a question that cannot be asked stays where it was typed."""
            history = [(question, text) for question, text, _, _ in earlier[-REMEMBERED:]]
            try:
                answer = assistant.ask(asked, history=history, index=index)
                html = answer_html(answer, several=several)
            except ReaderError as error:
                answer = None
                hits = assistant.retrieve(asked, index=index)
                html = unread_html(str(error), hits, asked, several=several)
            except QAError as error:
                return {notice: notice_html(str(error))}
            text = answer.text if answer and answer.text else ""
            turns = [*earlier, (asked.strip(), text, question_html(asked), html)]
            return {
                said: turns,
                log: _messages(turns),
                source: source_html(index, answer),
                notice: "",
                question: "",
            }

        def forget() -> tuple[list[Said], str, str]:
            """Begin a new chat."""
            return [], source_html(index), ""

        shown = [said, log, source, notice, question]
        for ask_it, asked in [(question.submit, question), *((b.click, b) for b in buttons)]:
            ask_it(
                reply,
                [asked, said],
                shown,
                api_visibility="private",
                show_progress="hidden",
            )
        log.clear(forget, None, [said, source, notice], api_visibility="private")
        _add_api(index)
    page.queue(default_concurrency_limit=AT_ONCE)
    return page


def _add_api(index: Index) -> None:
    """Give the page's REST and Python clients `retrieve` and `ask`."""

    def retrieve(question: str, k: int = 5) -> list[dict[str, Any]]:
        """Return the k passages that match a question best, with offsets and scores."""
        try:
            hits = assistant.retrieve(question, k=k, index=index)
        except QAError as error:
            raise gr.Error(str(error), print_exception=False) from error
        return [hit_to_dict(hit) for hit in hits]

    def ask(question: str, k: int = 5) -> dict[str, Any]:
        """Answer a question with a quote, or with silence; k passages come beside it."""
        try:
            return assistant.ask(question, k=k, index=index).to_dict()
        except QAError as error:
            raise gr.Error(str(error), print_exception=False) from error

    api(retrieve, api_name="retrieve")
    api(ask, api_name="ask")


def _messages(turns: list[Said]) -> list[dict[str, Any]]:
    return [
        {"role": role, "content": _html(html)}
        for _, _, asked, answered in turns
        for role, html in (("user", asked), ("assistant", answered))
    ]


def _html(value: str, *, elem_id: str | None = None, template: str = "${value}") -> gr.HTML:
    return gr.HTML(
        value,
        elem_id=elem_id,
        html_template=template,
        js_on_load=None,
        apply_default_css=False,
        padding=False,
    )


def _placeholder_html(several: bool) -> str:
    what = "the documents" if several else "the brief"
    say = "do" if several else "does"
    return (
        f'<p class="qa-invitation">Every answer is a quote from {what}. '
        f"When {what} {say} not say, you are told so.</p>"
    )


def _header_html(index: Index) -> str:
    passages = len(index.passages)
    count = f"{passages:,} passage{'' if passages == 1 else 's'}"
    return (
        f'<header><h1 dir="auto">{escape(index.title)}</h1>'
        f'<p>{count} <span aria-hidden="true">·</span> offline</p></header>'
    )
