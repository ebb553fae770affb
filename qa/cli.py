"""The commands: qa chat | ask | retrieve | cite | verify | build | clean | check | eval.

Errors become one sentence and exit code 2. What the commands do is done by `assistant`,
`checks`, `documents` and `chat`; this file only reads options and writes lines.
"""

import argparse
import contextlib
import json
import logging
import os
import sys
import textwrap
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

import qa
from qa.assistant import default_folder
from qa.citations import write_texts
from qa.duplicates import near_copies
from qa.engines import ENGINES
from qa.markup import mark_terminal
from qa.types import Answer, Hit, Span, hit_to_dict
from qa.weights import DEFAULT_MODEL
from qa.words import shared_spans

__all__ = ["main", "parser"]

SILENCE = "The brief does not say."
_SHOWN_HITS = 3
_SHOWN_CHARACTERS = 150
_BLOCK_FACTS = ("dropped", "heading", "caption", "page")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line, with the help of every command."""
    top = argparse.ArgumentParser(
        prog="qa", description="Ask a brief: the exact answer, or that the brief does not say."
    )
    top.add_argument("--version", action="version", version=f"brief-qa {qa.__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, help_: str, run: Any) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help_, description=help_)
        sub.set_defaults(run=run)
        return sub

    chat = command("chat", "Chat with a brief in the browser.", _chat)
    chat.add_argument("--host", default="127.0.0.1", help="address to serve on (%(default)s)")
    chat.add_argument("--port", type=int, help="port to serve on (the first free from 7860)")
    chat.add_argument("--auth", metavar="USER:PASSWORD", help="ask visitors for a password")
    chat.add_argument(
        "--open", action="store_true", help="let anyone who reaches a public address in"
    )
    ask = command("ask", "Answer a question with a quote, or say that there is none.", _ask)
    retrieve = command("retrieve", "Show the passages that match a question best.", _retrieve)
    cite = command("cite", "Cite the answer and the passages, as JSON to check later.", _cite)
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
        "verify", "Check citations against documents: exit code 0 if all hold.", _verify
    )
    verify.add_argument("citations", metavar="CITATIONS", help="from qa cite or qa ask --json")
    verify.add_argument(
        "documents", nargs="+", metavar="DOCUMENT", help="the file cited, or its text (cite --text)"
    )
    build = command("build", "Build an index of files and folders.", _build)
    build.add_argument("sources", nargs="+", metavar="PATH", help="a file or a folder")
    build.add_argument("--folder", default="index", help="where to save it (./%(default)s)")
    build.add_argument(
        "--model", default=DEFAULT_MODEL, help="a sentence-transformers model (%(default)s)"
    )
    build.add_argument("--engine", choices=ENGINES, default=ENGINES[0], help="(%(default)s)")
    clean = command("clean", "Show what is kept of a file, what is dropped, and why.", _clean)
    clean.add_argument("file", help="text, Markdown, a web page, PDF, .docx, EPUB or .eml")
    clean.add_argument("--json", action="store_true", help="write JSON for programs")
    check = command("check", "Prove an index: every hash, offset, id and vector.", _check)
    check.add_argument("folder", nargs="?", help="the index (the same as --index of ask)")
    evaluate = command("eval", "Measure how well questions with known answers are answered.", _eval)
    evaluate.add_argument("questions", metavar="QUESTIONS.jsonl", help="a question a line; README")
    evaluate.add_argument("--json", action="store_true", help="write JSON for programs")
    evaluate.add_argument(
        "--index", help="what is asked where a question names no text (as of ask)"
    )
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, 1 for a fault found, 2 for bad input."""
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
            print(f"qa: {_one_line(str(error))}", file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            return 130
        except BrokenPipeError:  # the reader of a pipe went away, as `head` does
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
    return code


def _one_line(text: str) -> str:
    """Return what a file's name or title says without the power to move the cursor."""
    return mark_terminal(text, [], colour=False).replace("\n", " ")


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    print(f"qa: {_one_line(str(message))}", file=sys.stderr)


def _colours(stream: TextIO) -> bool:
    return stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def _write_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def _ask(options: argparse.Namespace) -> int:
    index = qa.load(options.index)
    try:
        answer = qa.ask(options.question, k=options.k, index=index)
    except qa.ReaderError:
        if not options.json:  # what can be done without a reader is done
            print("The best-matching passages:")
            hits = qa.retrieve(options.question, k=options.k, index=index)
            _write_hits(hits[:_SHOWN_HITS], options.question, colour=_colours(sys.stdout))
        raise
    if options.json:
        _write_json(answer.to_dict())
    else:
        _write_answer(answer)
    return 0


def _write_answer(answer: Answer) -> None:
    colour = _colours(sys.stdout)
    if answer.text is None or answer.document is None or answer.span is None:
        print(SILENCE)
        if answer.missing:
            print(f"These words occur nowhere in it: {', '.join(answer.missing)}.")
        print("The nearest passages:")
    else:
        whole = Span(0, len(answer.text))
        print(mark_terminal(answer.text, [whole], colour=colour))
        name = _one_line(answer.document.title or answer.document.source)
        if page := answer.document.page_of(answer.span.start):
            name += f", p. {page}"
        print(f"({answer.band}; {name}, characters {answer.span.start}-{answer.span.end})")
        if answer.sentence and answer.sentence != answer.span:
            start = answer.sentence.start
            inside = Span(answer.span.start - start, answer.span.end - start)
            sentence = answer.sentence.of(answer.document.text)
            print(f"\n  {mark_terminal(sentence, [inside], colour=colour)}")
        print("\nThe best-matching passages:")
    _write_hits(answer.hits[:_SHOWN_HITS], answer.question, colour=colour)


def _write_hits(hits: Sequence[Hit], question: str, *, colour: bool) -> None:
    for number, hit in enumerate(hits, start=1):
        text = hit.passage.text
        print(f"\n[{number}] {mark_terminal(text, shared_spans(question, text), colour=colour)}")
        if hit.copies:
            print(f"(also in: {'; '.join(_name(copy.document) for copy in hit.copies)})")


def _name(document: qa.Document) -> str:
    return _one_line(document.title or document.source or document.id)


def _retrieve(options: argparse.Namespace) -> int:
    index = qa.load(options.index)
    hits = qa.retrieve(options.question, k=options.k, index=index)
    if options.json:
        _write_json([hit_to_dict(hit) for hit in hits])
    else:
        _write_hits(hits, options.question, colour=_colours(sys.stdout))
    return 0


def _cite(options: argparse.Namespace) -> int:
    answer = qa.ask(options.question, k=options.k, index=qa.load(options.index))
    if options.text:
        write_texts({hit.document: None for hit in answer.hits}, options.text)
    said = qa.cite(answer)
    if said is None:
        print(f"qa: {SILENCE} The nearest passages are cited.", file=sys.stderr)
    _write_json([*([said] if said else []), *(qa.cite(hit) for hit in answer.hits)])
    return 0


def _verify(options: argparse.Namespace) -> int:
    findings = qa.verify(options.citations, options.documents)
    for number, finding in enumerate(findings, start=1):
        print(f"{number} {finding}")
    return 0 if all(finding.holds for finding in findings) else 1


def _build(options: argparse.Namespace) -> int:
    index = qa.build(
        options.sources, folder=options.folder, model=options.model, engine=options.engine
    )
    print(f"{_count(index)} in {options.folder}")
    for first, *copies in near_copies(index.documents):
        print(f"Nearly the same text: {'; '.join(map(_name, (first, *copies)))}")
    if index.broken_sentences:
        print(f"Sentences longer than the model reads, cut at a word: {index.broken_sentences}")
    return 0


def _clean(options: argparse.Namespace) -> int:
    from qa.documents import read

    document, receipt = read(options.file)
    about = {name: getattr(document, name) for name in ("source", "title", "author", "date")}
    if options.json:
        blocks = [
            {name: getattr(block, name) for name in ("text", *_BLOCK_FACTS)}
            for block in receipt.blocks
        ]
        _write_json({**about, "pages": document.pages, "text": document.text, "blocks": blocks})
        return 0
    for name, value in about.items():
        if value:
            print(f"{name}: {_one_line(value)}")
    if document.pages:
        print(f"pages: {len(document.pages)}")
    print(f"blocks: {len(receipt.kept)} kept, {len(receipt.dropped)} dropped (each with - and why)")
    for block in receipt.blocks:
        text = _one_line(block.text)
        if block.dropped:
            print(f"- {block.dropped}: {textwrap.shorten(text, _SHOWN_CHARACTERS)}")
        else:
            mark = "# " if block.heading else "(caption) " if block.caption else ""
            print(f"\n{mark}{text}\n" if block.heading else f"  {mark}{text}")
    return 0


def _count(index: qa.Index) -> str:
    documents, passages = len(index.documents), len(index.passages)
    return (
        f"{documents} document{'s' * (documents != 1)}, {passages} passage{'s' * (passages != 1)}"
    )


def _check(options: argparse.Namespace) -> int:
    from qa.checks import check

    folder = Path(options.folder) if options.folder else default_folder()
    index, faults = check(folder)
    for fault in faults:
        print(f"qa: {fault}", file=sys.stderr)
    if faults:
        print(f"qa: {folder} is not sound; build it again with: qa build FILES", file=sys.stderr)
        return 1
    print(f"Sound: {_count(index)} in {folder}")
    return 0


def _eval(options: argparse.Namespace) -> int:
    from qa.evaluation import evaluate, indices, read_questions
    from qa.report import report_lines, report_values

    questions, documents = read_questions(Path(options.questions))
    index_of = indices(documents, Path(options.index) if options.index else None)
    outcomes = list(evaluate(questions, index_of, done=_counter(len(questions))))
    if options.json:
        _write_json(report_values(outcomes))
    else:
        for line in report_lines(outcomes):
            print(line)
    return 0


def _counter(total: int) -> Callable[[int], None]:
    """Return what shows on a terminal how far a long work has come."""

    def done(count: int) -> None:
        if sys.stderr.isatty() and (count % 10 == 0 or count == total):
            print(f"\rqa: {count} of {total}", end="\n" * (count == total), file=sys.stderr)

    return done


def _chat(options: argparse.Namespace) -> int:
    index = qa.load(options.index)
    from qa.chat import serve

    title = _one_line(index.title)
    serve(
        index,
        host=options.host,
        port=options.port,
        auth=options.auth,
        open_to_all=options.open,
        ready=lambda url: print(f"Chat with {title}: {url}  (Ctrl-C ends it)", flush=True),
    )
    return 0
