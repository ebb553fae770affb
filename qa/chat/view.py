"""What the page shows: a chat, the text beside it, the documents, and letters to the browser.

Each method returns new values by their component. When they are wanted is left to `page`.
"""

import itertools
import json
from collections.abc import Sequence
from typing import Any

import gradio as gr

from qa.chat.gist import Gist
from qa.chat.layout import Layout, header_html, html, invitation_html
from qa.chat.library import Added, Library
from qa.chat.replies import earlier_html, turn_html
from qa.chat.shelf import added_html, documents_html, receipt_html, told_html
from qa.chat.source import choices, shown_document, source_html
from qa.chat.turns import Turn

__all__ = ["Letter", "Update", "View"]

MOST_SHOWN = 40
"""So many turns of a chat are shown, the last ones: all of them are sent with every reply."""

Update = dict[Any, Any]
"""New values by their component."""

Letter = dict[str, Any]
"""Something that `page.js` is told, by its `kind`."""


class View:
    """What each visitor is shown of a library."""

    def __init__(self, layout: Layout, library: Library, gist: Gist) -> None:
        """Show a library.

        Args:
            layout: the components.
            library: what each visitor can ask.
            gist: what was worked out of what everyone can ask.
        """
        self.at = layout
        self.library = library
        self._gists = {"": gist}
        self._sent = itertools.count()

    def forget(self, visitor: str) -> None:
        """Let go of what was worked out of a visitor's own documents."""
        if visitor:
            self._gists.pop(visitor, None)

    def card(self, visitor: str, document: str) -> Update:
        """Show who, what, when, where, why and how of a document, by its id."""
        index = self.library.index_of(visitor)
        shown = index.document(document) or index.documents[0]
        return {self.at.glance: self._gist(visitor).card(index, shown)}

    def turned(self, turns: list[Turn], turn: Turn, visitor: str, *letters: Letter) -> Update:
        """Show a chat with a turn just made, its text beside it, and let the browser keep it."""
        kept: list[Letter] = [] if "notice" in turn["answer"] else [{"kind": "keep", "turn": turn}]
        return {
            self.at.log: self.messages(turns, visitor),
            **self.text(visitor, turns),
            self.at.mail: self.mail(*letters, *kept),
        }

    def everything(self, turns: list[Turn], visitor: str) -> Update:
        """Show everything that depends on which documents there are."""
        index, gist = self.library.index_of(visitor), self._gist(visitor)
        text = self.text(visitor, turns)
        del text[self.at.tabs]  # whoever works on the documents stays there
        questions = itertools.chain(gist.questions(index), itertools.repeat(""))
        messages = self.messages(turns, visitor)
        invitation = invitation_html(index, gist.welcome(index))
        return {
            **text,
            self.at.header: header_html(index),
            self.at.log: gr.Chatbot(value=messages, placeholder=invitation),
            self.at.shelf: self.shelf(visitor),
            **{
                button: gr.Button(question, visible=bool(question))
                for button, question in zip(self.at.examples, questions, strict=False)
            },
        }

    def _gist(self, visitor: str) -> Gist:
        """Return what was worked out of what a visitor asks: everyone's, or their own."""
        own = self.library.index_of(visitor) is not self.library.index_of("")
        return self._gists.setdefault(visitor if own else "", Gist())

    def messages(self, turns: Sequence[Turn], visitor: str) -> list[Any]:
        """Return a chat's last turns as the messages of the log."""
        several = len(self.library.index_of(visitor).documents) > 1
        hidden = max(0, len(turns) - MOST_SHOWN)
        messages = [
            {"role": role, "content": html(shown)}
            for turn in turns[hidden:]
            for role, shown in zip(("user", "assistant"), turn_html(turn, several), strict=True)
        ]
        if hidden:
            messages.insert(0, {"role": "assistant", "content": html(earlier_html(hidden))})
        return messages

    def text(
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

    def mail(self, *letters: Letter) -> str:
        """Return letters to `page.js`, unlike the last ones, and never to be taken for HTML."""
        text = json.dumps({"number": next(self._sent), "letters": letters})
        return text.replace("<", "\\u003c")

    def shelf(
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
            news += f'<p class="qa-about qa-left">{left} more to read…</p>'
        return news + documents_html(index, receipts)

    def added(self, visitor: str, added: Sequence[Added], *, left: int = 0) -> Update:
        """Show, and say aloud, what became of files that are being added."""
        return {
            self.at.shelf: self.shelf(visitor, added, left=left),
            self.at.told: told_html(added, left),
        }
