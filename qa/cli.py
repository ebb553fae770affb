"""The command line: one verb a command, the same as the library's.

Errors become one sentence and exit code 2. This file reads options; what each command does
is in `commands`.
"""

import argparse
import contextlib
import logging
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

import qa
from qa import commands as run
from qa.engines import ENGINES
from qa.terminal import one_line
from qa.weights import DEFAULT_MODEL

__all__ = ["main", "parser"]


_SOURCES = "a file, a folder, or a pattern in quotes"


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line, with the help of every command."""
    top = argparse.ArgumentParser(
        prog="qa", description="Ask a brief: the exact answer, or that the brief does not say."
    )
    top.add_argument("--version", action="version", version=f"brief-qa {qa.__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, help_: str, does: Any) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help_, description=help_)
        sub.set_defaults(run=does, refuse=sub.error)
        return sub

    chat = command("chat", "Chat with a brief in the browser.", run.chat)
    chat.add_argument("--host", default="127.0.0.1", help="address to serve on (%(default)s)")
    chat.add_argument("--port", type=int, help="port to serve on (the first free from 7860)")
    chat.add_argument("--auth", metavar="USER:PASSWORD", help="ask visitors for a password")
    chat.add_argument(
        "--open", action="store_true", help="let anyone who reaches a public address in"
    )
    chat.add_argument("--mcp", action="store_true", help="serve retrieve and ask as MCP tools too")
    chat.add_argument(
        "--shared-index",
        action="store_true",
        help="let visitors add and remove documents for everyone, in the index itself",
    )
    chat.add_argument(
        "--feedback",
        metavar="FILE",
        help="where thumbs up and down go, for eval ($QA_FEEDBACK, else in your data folder)",
    )
    ask = command("ask", "Answer a question with a quote, or say that there is none.", run.ask)
    retrieve = command("retrieve", "Show the passages that match a question best.", run.retrieve)
    cite = command("cite", "Cite the answer and the passages, as JSON to check later.", run.cite)
    cite.add_argument("--text", metavar="FOLDER", help="write the cited documents' texts there")
    for sub in (ask, retrieve, cite):
        sub.add_argument("question", help="the question, in quotes")
        sub.add_argument("-k", type=int, default=5, help="how many passages (%(default)s)")
    for sub in (ask, retrieve):
        sub.add_argument("--json", action="store_true", help="write JSON for programs")
    for sub in (chat, ask, retrieve, cite):
        sub.add_argument(
            "--index", help="the index to ask ($QA_INDEX, else ./index, else the bundled brief)"
        )
    verify = command(
        "verify", "Check citations against documents: exit code 0 if all hold.", run.verify
    )
    verify.add_argument(
        "citations", metavar="CITATIONS", help="from qa cite, qa ask --json or the page"
    )
    verify.add_argument(
        "documents", nargs="+", metavar="DOCUMENT", help="the file cited, or its text (cite --text)"
    )
    build = command("build", "Build an index of files and folders.", run.build)
    build.add_argument("sources", nargs="*", metavar="PATH", help=_SOURCES)
    build.add_argument("--folder", default="index", help="where to save it (./%(default)s)")
    build.add_argument(
        "--repair", action="store_true", help="mend a damaged index from its own documents"
    )
    build.add_argument(
        "--model", default=DEFAULT_MODEL, help="a sentence-transformers model (%(default)s)"
    )
    build.add_argument("--engine", choices=ENGINES, default=ENGINES[0], help="(%(default)s)")
    add = command("add", "Add files and folders to an index; changed files are replaced.", run.add)
    add.add_argument("sources", nargs="+", metavar="PATH", help=_SOURCES)
    remove = command("remove", "Remove documents from an index.", run.remove)
    remove.add_argument(
        "names", nargs="+", metavar="NAME", help="a source's name, an id, a path or a pattern"
    )
    for sub in (add, remove):
        sub.add_argument("--folder", help="the index to change ($QA_INDEX, else ./index)")
    listing = command(
        "list", "List the documents of an index, and near-copies.", run.list_documents
    )
    listing.add_argument("--json", action="store_true", help="write JSON for programs")
    listing.add_argument("--index", help="the index to list (the same as --index of ask)")
    clean = command("clean", "Show what is kept of a file, what is dropped, and why.", run.clean)
    clean.add_argument("file", help="text, Markdown, a web page, PDF, .docx, EPUB or .eml")
    clean.add_argument("--json", action="store_true", help="write JSON for programs")
    check = command("check", "Prove an index: every hash, offset, id and vector.", run.check)
    check.add_argument("folder", nargs="?", help="the index (the same as --index of ask)")
    evaluate = command("eval", "Measure how well questions are answered.", run.evaluate)
    evaluate.add_argument("questions", metavar="QUESTIONS.jsonl", help="a question a line; README")
    evaluate.add_argument("--json", action="store_true", help="write JSON for programs")
    evaluate.add_argument(
        "--index", help="what is asked where a question names no text (as of ask)"
    )
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0, 1 for a fault found or a file that failed, 2 for bad input, 130 for Ctrl-C.
    """
    for stream in (sys.stdout, sys.stderr):  # a narrow terminal encoding must not end in a trace
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    options = parser().parse_args(arguments)
    with _news_on(sys.stderr):
        return _run(options)


@contextlib.contextmanager
def _news_on(stream: TextIO) -> Iterator[None]:
    """Write what the library logs, such as a long wait, on a stream, a line each."""
    log, handler = logging.getLogger("qa"), logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("qa: %(message)s"))
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)


def _run(options: argparse.Namespace) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", qa.QAWarning)
        warnings.showwarning = _show_warning
        try:
            code: int = options.run(options)
            sys.stdout.flush()
        except qa.QAError as error:
            print(f"qa: {one_line(str(error))}", file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            return 130
        except BrokenPipeError:  # the reader of a pipe went away, as `head` does
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
    return code


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    print(f"qa: {one_line(str(message))}", file=sys.stderr)
