"""What the page serves to programs, over REST and to Gradio's clients: retrieve and ask.

The visitors' page itself is wired in `page`.
"""

from typing import Any

import gradio as gr
from gradio.events import api

from qa import assistant
from qa.chat.library import Library
from qa.errors import QAError
from qa.types import hit_to_dict

__all__ = ["add_api"]


def add_api(library: Library) -> None:
    """Give the page that is being made `retrieve` and `ask`, of what every visitor can ask."""

    def retrieve(question: str, k: int = 5) -> list[dict[str, Any]]:
        """Return the k passages that match a question best, with offsets and scores."""
        try:
            hits = assistant.retrieve(question, k=k, index=library.index_of(""))
        except QAError as error:
            raise gr.Error(str(error), print_exception=False) from error
        return [hit_to_dict(hit) for hit in hits]

    def ask(question: str, k: int = 5) -> dict[str, Any]:
        """Answer a question with a quote, or with silence; k passages come beside it."""
        try:
            return assistant.ask(question, k=k, index=library.index_of("")).to_dict()
        except QAError as error:
            raise gr.Error(str(error), print_exception=False) from error

    api(retrieve, api_name="retrieve")
    api(ask, api_name="ask")
