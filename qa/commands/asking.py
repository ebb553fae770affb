"""The commands that ask: an answer, passages, citations and their proof, figures, the page.

What they do is done by `assistant`, `citations`, `evaluation` and `chat`.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import qa
from qa.citations import write_texts
from qa.markup import mark_terminal
from qa.terminal import bars, colours, counter, name_of, one_line, write_json
from qa.types import Answer, Hit, Span, hit_to_dict
from qa.words import shared_spans

__all__ = ["ask", "chat", "cite", "evaluate", "retrieve", "verify"]

SILENCE = "The brief does not say."
_SHOWN_HITS = 3


def ask(options: argparse.Namespace) -> int:
    """Answer a question, or write the passages alone when there is no reader."""
    index = qa.load(options.index)
    try:
        answer = qa.ask(options.question, k=options.k, index=index)
    except qa.ReaderError:
        if not options.json:  # what can be done without a reader is done
            print("The best-matching passages:")
            hits = qa.retrieve(options.question, k=options.k, index=index)
            _write_hits(hits[:_SHOWN_HITS], options.question, colour=colours(sys.stdout))
        raise
    if options.json:
        write_json(answer.to_dict())
    else:
        _write_answer(answer)
    return 0


def _write_answer(answer: Answer) -> None:
    colour = colours(sys.stdout)
    if answer.text is None or answer.document is None or answer.span is None:
        print(SILENCE)
        if answer.missing:
            print(f"These words occur nowhere in it: {', '.join(answer.missing)}.")
        print("The nearest passages:")
    else:
        whole = Span(0, len(answer.text))
        print(mark_terminal(answer.text, [whole], colour=colour))
        name = one_line(answer.document.title or answer.document.source)
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
            print(f"(also in: {'; '.join(name_of(copy.document) for copy in hit.copies)})")


def retrieve(options: argparse.Namespace) -> int:
    """Write the passages that match a question best."""
    index = qa.load(options.index)
    hits = qa.retrieve(options.question, k=options.k, index=index)
    if options.json:
        write_json([hit_to_dict(hit) for hit in hits])
    else:
        _write_hits(hits, options.question, colour=colours(sys.stdout))
    return 0


def cite(options: argparse.Namespace) -> int:
    """Cite the answer and the passages it was found in, for `verify`."""
    answer = qa.ask(options.question, k=options.k, index=qa.load(options.index))
    if options.text:
        write_texts({hit.document: None for hit in answer.hits}, options.text)
    said = qa.cite(answer)
    if said is None:
        print(f"qa: {SILENCE} The nearest passages are cited.", file=sys.stderr)
    write_json([*([said] if said else []), *(qa.cite(hit) for hit in answer.hits)])
    return 0


def verify(options: argparse.Namespace) -> int:
    """Check citations against documents; 1 when one does not hold."""
    findings = qa.verify(options.citations, options.documents)
    for number, finding in enumerate(findings, start=1):
        print(f"{number} {finding}")
    return 0 if all(finding.holds for finding in findings) else 1


def evaluate(options: argparse.Namespace) -> int:
    """Measure answers to questions with known answers."""
    from qa.evaluation import evaluate as measure
    from qa.evaluation import indices
    from qa.gold import read_questions
    from qa.report import report_lines, report_values

    questions, documents = read_questions(Path(options.questions))
    index_of = indices(documents, Path(options.index) if options.index else None)
    with bars() as progress:
        done = counter("asking", len(questions), progress)
        outcomes = list(measure(questions, index_of, done=done))
    if options.json:
        write_json(report_values(outcomes))
    else:
        for line in report_lines(outcomes):
            print(mark_terminal(line, [], colour=False))
    return 0


def chat(options: argparse.Namespace) -> int:
    """Serve the page until Ctrl-C."""
    index = qa.load(options.index)
    from qa.chat import serve

    title = one_line(index.title)
    serve(
        index,
        host=options.host,
        port=options.port,
        auth=options.auth,
        open_to_all=options.open,
        mcp=options.mcp,
        shared=options.shared_index,
        feedback=Path(options.feedback) if options.feedback else None,
        ready=lambda url: print(f"Chat with {title}: {url}  (Ctrl-C ends it)", flush=True),
    )
    return 0
