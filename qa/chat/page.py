"""The page as Gradio wires it: what happens when something is asked, picked, added or kept.

Only wiring: the components are in `layout`, what they show in `view`, a visitor's documents in
`library`. What the browser does by itself, keeping the
chat among it, is in `page.js`, whose events have the names of the methods below. Who may
reach the page is left to `web`.
"""

import functools
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gradio as gr

from qa.chat.export import conversation_html, conversation_json
from qa.chat.feedback import Feedback
from qa.chat.gist import Gist
from qa.chat.layout import lay_out
from qa.chat.library import Added, Library
from qa.chat.presence import Presence
from qa.chat.programs import add_api
from qa.chat.replies import cleared_html, notice_html
from qa.chat.turns import Turn, ask_turn, is_of, put, read_turns
from qa.chat.view import Letter, Update, View
from qa.errors import QAError

__all__ = ["build_page"]

AT_ONCE = 8
"""So many questions are answered at once; asking is thread-safe and takes milliseconds."""

STRAY = 600
"""Seconds after which an uploaded file that nobody added is deleted; others are at once."""

NOT_READY = "The page was not ready for that; do it once more."
LOST = (
    "The documents that you added are gone, for you were away too long; add them again to ask them."
)

MAX_TABS = 1000
"""So many tabs are known at once, those used last; a program's would never be closed."""


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
        _Desk(View(layout, library, gist), library, feedback).wire(blocks)
        add_api(library)
    blocks.queue(default_concurrency_limit=AT_ONCE)
    blocks.state_session_capacity = MAX_TABS
    return blocks


class _Desk:
    """What happens on the page, a method an event; each returns what is shown anew.

    Two events of a tab may run at once, so its `turns` are one list that each changes in place:
    what both return would be the chat without what the other one added.
    """

    def __init__(self, view: View, library: Library, feedback: Feedback | None) -> None:
        self.at = view.at
        self.view = view
        self.library = library
        self.feedback = feedback
        self.presence = Presence(self.forget)

    def wire(self, blocks: gr.Blocks) -> None:
        """Let the components call the methods."""
        self.blocks = blocks
        at, page = self.at, self.at.source  # `page.js` runs in the source, and calls from there
        chat = [at.turns, at.visitor]
        handlers: tuple[tuple[Any, Callable[..., Update], list[Any]], ...] = (
            (page.come, self.come, [at.turns]),
            (at.question.submit, self.reply, [at.question, *chat]),
            *((button.click, self.reply, [button, *chat]) for button in at.examples),
            (page.alone, self.alone, chat),
            (page.like, self.like, chat),
            (page.export, self.export, chat),
            (at.log.clear, self.clear, chat),
            (at.picker.input, self.pick, [at.picker, *chat]),
            (page.open, self.open, chat),
            (page.remove, self.remove, chat),
            (page.restore, self.restore, chat),
            (page.receipt, self.receipt, [at.visitor]),
            (at.glance_tab.select, self.glance, [at.picker, at.visitor]),
        )
        for event, does, inputs in handlers:
            self._on(event, self._noticed(self._known(does)), inputs)
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

    def come(self, event: gr.EventData, turns: list[Turn], request: gr.Request) -> Update:
        """Receive a browser: show what it kept of the chat, and ask what it is to ask."""
        visitor = self.presence.arrive(str(request.session_hash), _told(event, "visitor"))
        kept = read_turns(_kept(event))
        for turn in turns:  # asked before this was done
            put(kept, turn)
        turns[:] = kept
        shown = self.view.everything(turns, visitor)
        shown |= {self.at.visitor: visitor, self.at.question: _told(event, "draft")}
        letter: Letter = {"kind": "visitor", "name": visitor}
        shown[self.at.mail] = self.view.mail(letter)
        asked = _told(event, "asked").strip()
        if self.library.lost(visitor):
            return shown | self._lost(asked)
        if _told(event, "again"):
            shown[self.at.notice] = notice_html(NOT_READY)
        if not asked or (turns and turns[-1]["question"] == asked):  # it was loaded again
            return shown
        try:
            alone = _told(event, "link") != ""  # a link means the same to everyone
            return shown | self.reply(asked, turns, visitor, letter, alone=alone)
        except QAError as error:
            return shown | {self.at.notice: notice_html(str(error)), self.at.question: asked}

    def leave(self, request: gr.Request) -> None:
        """Note that a tab was closed; what Gradio holds of what it showed goes at once."""
        tab, held = str(request.session_hash), self.blocks.state_holder
        self.presence.leave(tab)
        held.session_data.pop(tab, None)
        held.time_last_used.pop(tab, None)

    def forget(self, visitor: str) -> None:
        """Let go of all that is known of a visitor who left for good."""
        self.library.forget(visitor)
        self.view.forget(visitor)

    def reply(
        self, asked: str, turns: list[Turn], visitor: str, *letters: Letter, alone: bool = False
    ) -> Update:
        """Answer a question; one that cannot be asked stays where it was typed."""
        history = [] if alone else list(turns)
        turn = ask_turn(self.library.index_of(visitor), asked, history)
        put(turns, turn)
        return self.view.turned(turns, turn, visitor, *letters) | {self.at.question: ""}

    def alone(self, event: gr.EventData, turns: list[Turn], visitor: str) -> Update:
        """Ask a turn's question again, without what earlier turns supplied."""
        turn = _named(turns, event)
        again = ask_turn(self.library.index_of(visitor), turn["question"], name=turn["id"])
        put(turns, again)
        return self.view.turned(turns, again, visitor)

    def like(self, event: gr.EventData, turns: list[Turn], visitor: str) -> Update:
        """Note that a reply was right or wrong."""
        turn = _named(turns, event)
        liked, answer = _told(event, "way") == "up", turn["answer"]
        said = "Thank you; noted for this chat alone, for not everyone has its documents."
        if self.feedback is not None and is_of(self.library.index_of(""), answer):
            self.feedback.add(answer, liked=liked)
            said = "Thank you, noted."
        marked: Turn = {**turn, "liked": liked}
        put(turns, marked)
        kept: Letter = {"kind": "keep", "turn": marked}
        noted: Letter = {"kind": "done", "turn": turn["id"], "said": said}
        return {
            self.at.log: self.view.messages(turns, visitor),
            self.at.mail: self.view.mail(kept, noted),
        }

    def export(self, event: gr.EventData, turns: list[Turn], visitor: str) -> Update:
        """Give the chat to the browser, to be saved as a file there."""
        title, now = self.library.index_of(visitor).title, datetime.now(UTC)
        kept = [turn for turn in turns if "notice" not in turn["answer"]]
        if not kept:
            raise QAError("There is no answer to save yet; ask something first.")
        name = f"{_file_name(title)} {now:%Y-%m-%d}"
        if _told(event, "form") == "json":
            text = conversation_json(kept, title=title, when=now)
            file: Letter = {"name": f"{name}.json", "type": "application/json", "text": text}
        else:
            text = conversation_html(kept, title=title, when=now)
            file = {"name": f"{name}.html", "type": "text/html", "text": text}
        return {self.at.mail: self.view.mail({"kind": "file", **file})}

    def clear(self, turns: list[Turn], visitor: str) -> Update:
        """Begin a new chat."""
        turns.clear()
        text, mail = self.view.text(visitor), self.view.mail({"kind": "clear"})
        return {self.at.mail: mail, self.at.notice: cleared_html(), **text}

    # The text

    def pick(self, document: str, turns: list[Turn], visitor: str) -> Update:
        """Show another document's text."""
        text = self.view.text(visitor, turns, document=document)
        del text[self.at.tabs]  # who leaves the picker for another tab stays there
        return text

    def open(self, event: gr.EventData, turns: list[Turn], visitor: str) -> Update:
        """Show the text that a passage stands in, and go there."""
        document = _told(event, "document")
        if self.library.index_of(visitor).document(document) is None:
            raise QAError("That document is not here any more; its quote stays in the chat.")
        letter = {"kind": "go", "place": _told(event, "place"), "turn": _told(event, "turn")}
        cited = [turn for turn in turns if turn["id"] == letter["turn"]]
        text = self.view.text(visitor, cited or turns, document=document)
        return text | {self.at.mail: self.view.mail(letter)}

    def glance(self, document: str, visitor: str) -> Update:
        """Show who, what, when, where, why and how of the document whose text is shown."""
        return self.view.card(visitor, document)

    # The documents

    def add(self, files: list[str] | None, turns: list[Turn], visitor: str) -> Iterator[Update]:
        """Add files, and tell of each as it is done."""
        done: list[Added] = []
        lost = notice_html(LOST) if self.library.lost(visitor) else ""
        yield {self.at.notice: lost, self.at.files: None, **self.view.added(visitor, done)}
        for added in self.library.add(visitor, [Path(file) for file in files or []]):
            done.append(added)
            if left := len(files or []) - len(done):
                yield self.view.added(visitor, done, left=left)
        if not visitor:  # each was refused
            yield self.view.added(visitor, done) | self._come_again()
            return
        yield self.view.everything(turns, visitor) | self.view.added(visitor, done)

    def remove(self, event: gr.EventData, turns: list[Turn], visitor: str) -> Update:
        """Remove a document."""
        self.library.remove(visitor, _told(event, "document"))
        return self.view.everything(turns, visitor)

    def receipt(self, event: gr.EventData, visitor: str) -> Update:
        """Show what was kept and dropped of a document, or the list again."""
        return {self.at.shelf: self.view.shelf(visitor, opened=_told(event, "document"))}

    def restore(self, event: gr.EventData, turns: list[Turn], visitor: str) -> Update:
        """Keep a block of a document that was dropped."""
        block = _told(event, "block")
        document = self.library.restore(
            visitor, _told(event, "document"), int(block) if block.isdecimal() else -1
        )
        shelf = self.view.shelf(visitor, opened=document.id)
        return self.view.everything(turns, visitor) | {self.at.shelf: shelf}

    def _known(self, does: Callable[..., Update]) -> Callable[..., Update]:
        """Return what does the same for a visitor who is known, with all that they had.

        Others are received anew: their tab only just came, or was away until it was given up, or
        the server began anew; or what they added is gone.
        """

        @functools.wraps(does)
        def met(*arguments: Any) -> Update:
            *given, visitor = arguments  # a request instead, where a browser only just comes
            asked = given[0] if does == self.reply else ""
            if visitor == "":
                return self._come_again(asked)
            if does in (self.reply, self.alone, self.remove, self.restore) and self.library.lost(
                visitor
            ):
                return self.view.everything(given[1], visitor) | self._lost(asked)
            return does(*arguments)

        return met

    def _come_again(self, asked: str = "") -> Update:
        letter: Letter = {"kind": "come", "asked": asked}
        return {self.at.mail: self.view.mail(letter if asked else letter | {"again": "yes"})}

    def _lost(self, asked: str) -> Update:
        kept = {self.at.question: asked} if asked else {}
        return {self.at.notice: notice_html(LOST), **kept}

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
