"""What stands where on the page: chat on the left, the text, its gist and the files on the right.

Only components; what happens when they are used is left to `page`, the looks to `page.css`.

Every message is an HTML component of ours, never Markdown: Chatbot's own renderer would load
a picture that a question names. So `qa.markup` alone decides what becomes HTML.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from qa.chat.source import choices, source_html
from qa.chat.turns import Turn
from qa.index import Index
from qa.markup import escape

__all__ = ["HERE", "Layout", "header_html", "html", "invitation_html", "lay_out", "theme"]

HERE = Path(__file__).parent

MOST_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Layout:
    """The components of the page; `mail` carries what the server has to say to `page.js`.

    `told` says aloud, and shows nowhere, what became of added files.
    """

    turns: gr.State
    visitor: gr.State
    header: gr.HTML
    log: gr.Chatbot
    notice: gr.HTML
    question: gr.Textbox
    examples: tuple[gr.Button, ...]
    tabs: gr.Tabs
    glance_tab: gr.Tab
    picker: gr.Dropdown
    source: gr.HTML
    glance: gr.HTML
    shelf: gr.HTML
    files: gr.File
    told: gr.HTML
    mail: gr.HTML

    def outputs(self) -> list[Any]:
        """Return every component that may be shown anew."""
        return [
            self.turns, self.visitor, self.header, self.log, self.notice, self.question,
            *self.examples, self.tabs, self.picker, self.source, self.glance, self.shelf,
            self.files, self.told, self.mail,
        ]  # fmt: skip


def theme() -> gr.themes.Base:
    """Return a theme that asks nobody for a font."""
    sans = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]
    mono = ["ui-monospace", "Menlo", "Consolas", "monospace"]
    base = gr.themes.Base(primary_hue="teal", neutral_hue="stone", font=sans, font_mono=mono)
    return base.set(body_background_fill="#f6f5f2", body_background_fill_dark="#121517")


def lay_out(index: Index, questions: Sequence[str], *, card: str, shared: bool) -> Layout:
    """Put the components onto the page that is being made.

    Args:
        index: what is shown first.
        questions: examples to ask.
        card: the index at a glance, as HTML; empty for none.
        shared: whether what a visitor adds is there for everyone.
    """
    turns: list[Turn] = []
    offered = [*questions, *[""] * MOST_EXAMPLES][:MOST_EXAMPLES]
    with gr.Row(elem_id="qa-top"):
        header = html(header_html(index), elem_id="qa-header")
    with gr.Row(elem_id="qa-columns", equal_height=True):
        with gr.Column(elem_id="qa-chat", min_width=280):
            log = _log(index, card)
            notice = html(elem_id="qa-notice", template='<div role="alert">${value}</div>')
            question = _question()
            with gr.Row(elem_id="qa-examples"):
                examples = tuple(
                    gr.Button(question, size="sm", min_width=0, visible=bool(question))
                    for question in offered
                )
        with gr.Column(elem_id="qa-brief", min_width=280), gr.Tabs(selected="text") as tabs:
            with gr.Tab("The text", id="text"):
                picker, source = _picker(index), _source(index)
            with gr.Tab("At a glance", id="glance") as glance_tab:
                glance = html(elem_id="qa-glance", template=_region("At a glance"))
            with gr.Tab("Documents", id="documents"):
                html(_files_html(shared), elem_id="qa-about-files")
                files = _files()
                shelf = html(elem_id="qa-shelf", template=_region("Documents"))
                told = html(elem_id="qa-told", template='<div role="status">${value}</div>')
    return Layout(
        turns=gr.State(turns),
        visitor=gr.State(""),
        header=header,
        log=log,
        notice=notice,
        question=question,
        examples=examples,
        tabs=tabs,
        glance_tab=glance_tab,
        picker=picker,
        source=source,
        glance=glance,
        shelf=shelf,
        files=files,
        told=told,
        mail=_mail(),
    )


def _question() -> gr.Textbox:
    return gr.Textbox(
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


def _picker(index: Index) -> gr.Dropdown:
    return gr.Dropdown(
        choices(index),
        value=index.documents[0].id,
        elem_id="qa-picker",
        label="Document",
        container=False,
        visible=len(index.documents) > 1,
    )


def _source(index: Index) -> gr.HTML:
    return gr.HTML(
        source_html(index, index.documents[0]),
        elem_id="qa-source",
        html_template=_region("The text", brief=_brief(index)),
        js_on_load=(HERE / "page.js").read_text(encoding="utf-8"),
        apply_default_css=False,
        padding=False,
    )


def _files() -> gr.File:
    return gr.File(
        elem_id="qa-files",
        label="Add documents",
        show_label=False,
        file_count="multiple",
        height=96,
    )


def _mail() -> gr.HTML:
    return gr.HTML(
        "",
        elem_id="qa-mail",
        visible="hidden",
        html_template="<i></i>",  # what it carries is for `page.js` alone
        js_on_load="watch('value', () => "
        "document.dispatchEvent(new CustomEvent('qa-mail', { detail: props.value })));",
        apply_default_css=False,
    )


def _log(index: Index, card: str) -> gr.Chatbot:
    return gr.Chatbot(
        placeholder=invitation_html(index, card),
        elem_id="qa-log",
        label="Chat",
        show_label=False,
        height="100%",
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


def html(value: str = "", *, elem_id: str | None = None, template: str = "${value}") -> Any:
    """Return a component that shows HTML of ours, without looks or behaviour of Gradio's."""
    return gr.HTML(
        value,
        elem_id=elem_id,
        html_template=template,
        js_on_load=None,
        apply_default_css=False,
        padding=False,
    )


def _region(label: str, *, brief: str = "") -> str:
    """Return the template of what scrolls, and so must be reached with the keyboard."""
    named = f' data-brief="{brief}"' if brief else ""
    return f'<div role="region" aria-label="{label}" tabindex="0"{named}>${{value}}</div>'


def _brief(index: Index) -> str:
    """Return what the browser keeps the chat about an index by: its folder, or its title."""
    known = str(index.folder.resolve()) if index.folder else index.title
    return hashlib.sha256(known.encode()).hexdigest()[:16]


def header_html(index: Index) -> str:
    """Return the page's header: what is asked, and how much of it there is."""
    passages = len(index.passages)
    count = f"{passages:,} passage{'' if passages == 1 else 's'}"
    return (
        f'<header><h1 dir="auto">{escape(index.title)}</h1>'
        f'<p>{count} <span aria-hidden="true">·</span> offline</p>'
        '<p class="qa-save"><button type="button" class="qa-export" data-form="html">Save chat'
        '</button><button type="button" class="qa-export" data-form="json">as JSON</button></p>'
        "</header>"
    )


def invitation_html(index: Index, card: str) -> str:
    """Return what stands where no question was asked yet, the card among it."""
    what, say = ("the documents", "do") if len(index.documents) > 1 else ("the brief", "does")
    return (
        f'<p class="qa-invitation">Every answer is a quote from {what}. '
        f"When {what} {say} not say, you are told so.</p>{card}"
    )


def _files_html(shared: bool) -> str:
    whose = (
        "Everyone who visits this page sees them, and can remove them."
        if shared
        else "Only you see them here, and they are gone soon after you leave."
    )
    return (
        '<p class="qa-about">Add text, Markdown, saved web pages, PDF, Word, EPUB or mail. '
        f"{whose}</p>"
    )
