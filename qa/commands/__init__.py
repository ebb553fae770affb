"""What each command does: call the library and write lines.

    asking    questions: ask, retrieve, cite, verify, evaluate, chat
    keeping   documents: build, add, remove, list, clean, check

Options are read by `cli`.
"""

from qa.commands.asking import ask, chat, cite, evaluate, retrieve, verify
from qa.commands.keeping import add, build, check, clean, list_documents, remove

__all__ = [
    "add",
    "ask",
    "build",
    "chat",
    "check",
    "cite",
    "clean",
    "evaluate",
    "list_documents",
    "remove",
    "retrieve",
    "verify",
]
