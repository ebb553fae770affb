"""The page as Gradio wires it: what happens when something is asked, picked, added or kept.

Only wiring: the components are in `layout`, what is said in `replies`, the text beside it in
`source`, a visitor's documents in `library`. What the browser does by itself, keeping the
chat among it, is in `page.js`, whose events have the names of the methods below. Who may
reach the page is left to `web`.
"""

import functools
import itertools
import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gradio as gr

from qa.chat.export import conversation_html, conversation_json
from qa.chat.feedback import Feedback
from qa.chat.gist import Gist
from qa.chat.layout import (
    Layout,
    header_html,
    html,
    invitation_html,
    lay_out,
)
from qa.chat.library import Added, Library
from qa.chat.presence import Presence
from qa.chat.programs import add_api
from qa.chat.replies import notice_html, turn_html
from qa.chat.shelf import added_html, documents_html, receipt_html
from qa.chat.source import choices, shown_document, source_html
from qa.chat.turns import Turn, ask_turn, put, read_turns
from qa.errors import QAError
from qa.version import VERSION

__all__ = ["build_page"]

AT_ONCE = 8
"""So many questions are answered at once; asking is thread-safe and takes milliseconds."""

STRAY = 600
"""Seconds after which an uploaded file that nobody added is deleted; others are at once."""

Update = dict[Any, Any]
"""New values by their component."""

Letter = dict[str, Any]
"""Something that `page.js` is told, by its `kind`."""


def build_page(
    library: Library, *, gist: Gist | None = None, feedback: Feedback | None = None
) -> gr.Blocks:
    """Return the page of what a library holds, ready to be served.

    Args:
        library: what visitors ask, and programs over REST (`retrieve`, `ask`).
        gist: what was worked out of its documents already; None for nothing.
        feedback: where thumbs up and down are written; None for nowhere.

    Returns:
        The page; its looks are given when it is served (see `web`).
    """
    index, gist = library.index_of(""), gist or Gist()
    blocks = gr.Blocks(
        title=f"{index.title} · brief-qa",
        analytics_enabled=False,
        fill_width=True,
        delete_cache=(STRAY, STRAY),
    )
    with blocks:
        card = gist.welcome(index)
        layout = lay_out(index, gist.questions(index), card=card, shared=library.shared)
        _Desk(layout, library, gist, feedback).wire(blocks)
        add_api(library)
    blocks.queue(default_concurrency_limit=AT_ONCE)
    return blocks


class _Desk:
    """What happens on the page, a method an event; each returns what is shown anew."""

    def __init__(
        self, layout: Layout, library: Library, gist: Gist, feedback: Feedback | None
    ) -> None:
        self.at = layout
        self.library = library
        self.gist = gist
        self.feedback = feedback
        self.presence = Presence(self.forget)
        self._own_gists: dict[str, Gist] = {}
        self._sent = itertools.count()

    def wire(self, blocks: gr.Blocks) -> None:
        """Let the components call the methods."""
        at, page = self.at, self.at.source  # `page.js` runs in the source, and calls from there
        chat = [at.turns, at.visitor]
        handlers: tuple[tuple[Any, Callable[..., Update], list[Any]], ...] = (
            (page.come, self.come, []),
            (at.question.submit, self.reply, [at.question, *chat]),
            *((button.click, self.reply, [button, *chat]) for button in at.examples),
            (page.alone, self.alone, chat),
            (page.like, self.like, chat),
            (page.export, self.export, chat),
            (at.log.clear, self.clear, [at.visitor]),
            (at.picker.input, self.pick, [at.picker, *chat]),
            (page.open, self.open, chat),
            (page.remove, self.remove, chat),
            (page.restore, self.restore, chat),
            (page.receipt, self.receipt, [at.visitor]),
            (at.glance_tab.select, self.glance, [at.picker, at.visitor]),
        )
        for event, does, inputs in handlers:
            self._on(event, self._noticed(does), inputs)
        blocks.unload(self.leave)
        self._on(at.files.upload, self.add, [at.files, *chat], concurrency_limit=2)

    def _on(
        self, event: Any, does: Callable[..., Any], inputs: Sequence[Any], **options: Any
    ) -> None:
        event(
            does,
            list(inputs),
            self.at.outputs(),
            api_visibility="private",
            show_progress="hidden",
            **options,
        )

    # The chat

    def come(self, event: gr.EventData, request: gr.Request) -> Update:
        """Receive a browser: show what it kept of the chat, and ask what its address asks."""
        visitor = self.presence.arrive(str(request.session_hash), _told(event, "visitor"))
        turns = read_turns(_kept(event))
        shown = self._all_shown(turns, visitor)
        shown |= {self.at.visitor: visitor, self.at.question: _told(event, "draft")}
        letter: Letter = {"kind": "visitor", "name": visitor}
        shown[self.at.mail] = self._mail(letter)
        asked = _told(event, "asked").strip()
        if not asked or (turns and turns[-1]["question"] == asked):  # it was loaded again
            return shown
        try:
            return shown | self.reply(asked, turns, visitor, letter)
        except QAError as error:
            return shown | {self.at.notice: notice_html(str(error))}

    def leave(self, request: gr.Request) -> None:
        """Note that a tab was closed."""
        self.presence.leave(str(request.session_hash))

    def forget(self, visitor: str) -> None:
        """Let go of all that is known of a visitor who left for good."""
        self.library.forget(visitor)
        self._own_gists.pop(visitor, None)

    def reply(self, asked: str, turns: list[Turn], visitor: str, *letters: Letter) -> Update:
        """Answer a question; one that cannot be asked stays where it was typed."""
        turn = ask_turn(self.library.index_of(visitor), asked, turns)
        return self._turned([*turns, turn], turn, visitor, *letters) | {self.at.question: ""}

    def alone(self, event: gr.EventData, turns: list[Turn], visitor: str) -> Update:
        """Ask a turn's question again, without what earlier turns supplied."""
        turn = _named(turns, event)
        again = ask_turn(self.library.index_of(visitor), turn["question"], name=turn["id"])
        return self._turned(put(turns, again), again, visitor)

    def like(self, event: gr.EventData, turns: list[Turn], visitor: str) -> Update:
        """Note that a reply was right or wrong."""
        turn = _named(turns, event)
        liked, answer = _told(event, "way") == "up", turn["answer"]
        cited = {hit["document"]["id"] for hit in answer["hits"]}
        private = any(self.library.owns(visitor, document) for document in cited)
        said = "Thank you; noted for this chat alone, as it is about a document of yours."
        if self.feedback is not None and not private:
            self.feedback.add(answer, liked=liked)
            said = "Thank you, noted."
        marked: Turn = {**turn, "liked": liked}
        turns = put(turns, marked)
        kept: Letter = {"kind": "keep", "turn": marked}
        noted: Letter = {"kind": "done", "turn": turn["id"], "said": said}
        return {
            self.at.turns: turns,
            self.at.log: self._messages(turns, visitor),
            self.at.mail: self._mail(kept, noted),
        }

    def export(self, event: gr.EventData, turns: list[Turn], visitor: str) -> Update:
        """Give the chat to the browser, to be saved as a file there."""
        title, now = self.library.index_of(visitor).title, datetime.now(UTC)
        kept = [turn for turn in turns if "notice" not in turn["answer"]]
        if not kept:
            raise QAError("There is no answer to save yet; ask something first.")
        name = f"{_file_name(title)} {now:%Y-%m-%d}"
        if _told(event, "form") == "json":
            text = conversation_json(kept, title=title, when=now, version=VERSION)
            file: Letter = {"name": f"{name}.json", "type": "application/json", "text": text}
        else:
            text = conversation_html(kept, title=title, when=now, version=VERSION)
            file = {"name": f"{name}.html", "type": "text/html", "text": text}
        return {self.at.mail: self._mail({"kind": "file", **file})}

    def clear(self, visitor: str) -> Update:
        """Begin a new chat."""
        text, mail = self._text_shown(visitor), self._mail({"kind": "clear"})
        return {self.at.turns: [], self.at.mail: mail, **text}

    # The text

    def pick(self, document: str, turns: list[Turn], visitor: str) -> Update:
        """Show another document's text."""
        text = self._text_shown(visitor, turns, document=document)
        del text[self.at.tabs]  # who leaves the picker for another tab stays there
        return text

    def open(self, event: gr.EventData, turns: list[Turn], visitor: str) -> Update:
        """Show the text that a passage stands in, and go there."""
        document = _told(event, "document")
        if self.library.index_of(visitor).document(document) is None:
            raise QAError("That document is not here any more; its quote stays in the chat.")
        letter = {"kind": "go", "place": _told(event, "place"), "turn": _told(event, "turn")}
        cited = [turn for turn in turns if turn["id"] == letter["turn"]]
        text = self._text_shown(visitor, cited or turns, document=document)
        return text | {self.at.mail: self._mail(letter)}

    def glance(self, document: str, visitor: str) -> Update:
        """Show who, what, when, where, why and how of the document whose text is shown."""
        index = self.library.index_of(visitor)
        shown = index.document(document) or index.documents[0]
        return {self.at.glance: self._gist(visitor).card(index, shown)}

    # The documents

    def add(self, files: list[str] | None, turns: list[Turn], visitor: str) -> Iterator[Update]:
        """Add files, and tell of each as it is done."""
        done: list[Added] = []
        yield {self.at.notice: "", self.at.files: None, self.at.shelf: self._shelf(visitor, done)}
        for added in self.library.add(visitor, [Path(file) for file in files or []]):
            done.append(added)
            if left := len(files or []) - len(done):
                yield {self.at.shelf: self._shelf(visitor, done, left=left)}
        yield self._all_shown(turns, visitor) | {self.at.shelf: self._shelf(visitor, done)}

    def remove(self, event: gr.EventData, turns: list[Turn], visitor: str) -> Update:
        """Remove a document."""
        self.library.remove(visitor, _told(event, "document"))
        return self._all_shown(turns, visitor)

    def receipt(self, event: gr.EventData, visitor: str) -> Update:
        """Show what was kept and dropped of a document, or the list again."""
        return {self.at.shelf: self._shelf(visitor, opened=_told(event, "document"))}

    def restore(self, event: gr.EventData, turns: list[Turn], visitor: str) -> Update:
        """Keep a block of a document that was dropped."""
        block = _told(event, "block")
        document = self.library.restore(
            visitor, _told(event, "document"), int(block) if block.isdecimal() else -1
        )
        shelf = self._shelf(visitor, opened=document.id)
        return self._all_shown(turns, visitor) | {self.at.shelf: shelf}

    def _shelf(
        self, visitor: str, added: Sequence[Added] = (), *, left: int = 0, opened: str = ""
    ) -> str:
        """Return what the documents' tab shows."""
        index, receipts = self.library.index_of(visitor), self.library.receipts(visitor)
        document = index.document(opened)
        if document and opened in receipts:
            back = '<button type="button" class="qa-back">Back to the documents</button>'
            return back + receipt_html(document, receipts[opened])
        news = added_html(added) if added else ""
        if left:
            news += f'<p class="qa-about" role="status">{left} more to read…</p>'
        return news + documents_html(index, receipts)

    # What is shown

    def _turned(self, turns: list[Turn], turn: Turn, visitor: str, *letters: Letter) -> Update:
        """Show a chat with a turn just made, its text beside it, and let the browser keep it."""
        kept: list[Letter] = [] if "notice" in turn["answer"] else [{"kind": "keep", "turn": turn}]
        return {
            self.at.turns: turns,
            self.at.log: self._messages(turns, visitor),
            **self._text_shown(visitor, turns),
            self.at.mail: self._mail(*letters, *kept),
        }

    def _all_shown(self, turns: list[Turn], visitor: str) -> Update:
        """Show everything that depends on which documents there are."""
        index, gist = self.library.index_of(visitor), self._gist(visitor)
        text = self._text_shown(visitor, turns)
        del text[self.at.tabs]  # whoever works on the documents stays there
        questions = itertools.chain(gist.questions(index), itertools.repeat(""))
        messages = self._messages(turns, visitor)
        invitation = invitation_html(index, gist.welcome(index))
        return {
            **text,
            self.at.turns: turns,
            self.at.header: header_html(index),
            self.at.log: gr.Chatbot(value=messages, placeholder=invitation),
            self.at.shelf: self._shelf(visitor),
            **{
                button: gr.Button(question, visible=bool(question))
                for button, question in zip(self.at.examples, questions, strict=False)
            },
        }

    def _gist(self, visitor: str) -> Gist:
        """Return what was worked out of what a visitor asks: everyone's, or their own."""
        if self.library.index_of(visitor) is self.library.index_of(""):
            return self.gist
        return self._own_gists.setdefault(visitor, Gist())

    def _messages(self, turns: Sequence[Turn], visitor: str) -> list[Any]:
        several = len(self.library.index_of(visitor).documents) > 1
        return [
            {"role": role, "content": html(shown)}
            for turn in turns
            for role, shown in zip(("user", "assistant"), turn_html(turn, several), strict=True)
        ]

    def _text_shown(
        self, visitor: str, turns: Sequence[Turn] = (), *, document: str | None = None
    ) -> Update:
        """Show a document, or the one that the last answer rests on, as that answer marks it."""
        index, answer = self.library.index_of(visitor), turns[-1]["answer"] if turns else None
        wanted = index.document(document) if document else shown_document(index, answer)
        shown = wanted or index.documents[0]
        several = len(index.documents) > 1
        return {
            self.at.source: source_html(index, shown, answer),
            self.at.picker: gr.Dropdown(choices(index), value=shown.id, visible=several),
            self.at.tabs: gr.Tabs(selected="text"),
        }

    def _mail(self, *letters: Letter) -> str:
        """Return letters to `page.js`, unlike the last ones, and never to be taken for HTML."""
        text = json.dumps({"number": next(self._sent), "letters": letters})
        return text.replace("<", "\\u003c")

    def _noticed(self, does: Callable[..., Update]) -> Callable[..., Update]:
        """Return what does the same, or shows in words why it cannot be done."""

        @functools.wraps(does)
        def tried(*arguments: Any) -> Update:
            try:
                return {self.at.notice: ""} | does(*arguments)
            except QAError as error:
                return {self.at.notice: notice_html(str(error))}

        return tried


def _told(event: gr.EventData, name: str) -> str:
    """Return a word that the browser gave with an event; empty if it gave none."""
    data = event._data if isinstance(event._data, dict) else {}
    value = data.get(name)
    return value if isinstance(value, str) else ""


def _kept(event: gr.EventData) -> object:
    return event._data.get("turns") if isinstance(event._data, dict) else None


def _named(turns: Sequence[Turn], event: gr.EventData) -> Turn:
    """Return the turn that an event is about."""
    name = _told(event, "turn")
    if (turn := next((turn for turn in turns if turn["id"] == name), None)) is None:
        raise QAError("That question is not in the chat any more; ask it again.")
    return turn


def _file_name(title: str) -> str:
    """Return a title as a file's name that every system takes."""
    return " ".join(re.sub(r"[^\w-]+", " ", title).split())[:60] or "brief"
