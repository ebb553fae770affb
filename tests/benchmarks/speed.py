"""Measure speed and memory beside a peer: `python -m tests.benchmarks.speed [PEER_PYTHON]`.

Whole processes, interleaved with the peer's so that both meet the same machine: cold `qa ask`
from process start to exit, retrieval p50 and p95, passages built a second, and peak memory.
PEER_PYTHON is an interpreter with LangChain, FAISS and the same model (see `peer.py`); without
it only our own figures are printed.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.evaluation import MISSING, QuestionSet, present

ROOT = Path(__file__).parents[2]
COLD_RUNS = 7
WARM = """
import json, sys, time, statistics, qa
index = qa.load(sys.argv[1])
questions = [json.loads(line)["question"] for line in open(sys.argv[2])]
for verb in (qa.retrieve, qa.ask):
    for question in questions[:10]:
        verb(question, index=index)
    times = []
    for question in questions:
        began = time.perf_counter()
        verb(question, index=index)
        times.append(1000 * (time.perf_counter() - began))
    cuts = statistics.quantiles(times, n=20)
    print(json.dumps({"p50_ms": statistics.median(times), "p95_ms": cuts[-1]}))
status = open("/proc/self/status").read()
print(int(status.split("VmHWM:")[1].split()[0]) / 1024)
"""
BUILD = """
import json, sys, time, qa
from qa.embedder import SentenceTransformersEmbedder
from qa.weights import find_weights
documents = [qa.Document(json.loads(line)["text"]) for line in open(sys.argv[1])]
embedder = SentenceTransformersEmbedder(find_weights())
began = time.perf_counter()
index = qa.Index.build(documents, embedder=embedder)
print(len(index.passages) / (time.perf_counter() - began))
qa.build(documents, folder=sys.argv[2])
"""
COLD = """
import sys
from qa.cli import main
code = main(["ask", sys.argv[2], "--index", sys.argv[1]])
names = ("torch", "transformers", "sentence_transformers", "gradio")
heavy = [m for m in names if m in sys.modules]
status = open("/proc/self/status").read()
print("heavy:", heavy, int(status.split("VmHWM:")[1].split()[0]) / 1024)
"""


def run(*command: str | Path) -> str:
    """Run a process and return what it printed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


def first_line(*command: str | Path) -> float:
    """Return the seconds from a process's start to its first line of output."""
    began = time.perf_counter()
    with subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        seconds = time.perf_counter() - began
        process.stdout.read()
    return seconds


def row(name: str, *cells: str) -> None:
    print(f"{name:44}" + "".join(f"{cell:>22}" for cell in cells), flush=True)


def main() -> None:
    """Print the table."""
    if not present():
        sys.exit(MISSING)
    peer = sys.argv[1] if len(sys.argv) > 1 else None
    questions = QuestionSet("dev/xquad_en")
    ids = {text: str(n) for n, text in enumerate(questions.paragraphs)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus, asked = folder / "corpus.jsonl", folder / "questions.jsonl"
        corpus.write_text("".join(json.dumps({"id": i, "text": t}) + "\n" for t, i in ids.items()))
        asked.write_text(
            "".join(
                json.dumps({"question": q.question, "gold": ids[q.context]}) + "\n"
                for q in questions.asked
            )
        )
        _compare(folder, corpus, asked, questions.asked[0].question, peer)


def _compare(folder: Path, corpus: Path, asked: Path, question: str, peer: str | None) -> None:
    ours_at, peer_at = folder / "ours", folder / "peer"
    script = Path(__file__).with_name("peer.py")
    rate = float(run(sys.executable, "-c", BUILD, corpus, ours_at))
    theirs: dict[str, Any] = json.loads(run(peer, script, "build", corpus, peer_at)) if peer else {}
    row("240 paragraphs of XQuAD-en", "brief-qa", *(["LangChain + FAISS"] if peer else []))
    peer_rate = [f"{theirs['count'] / theirs['build_s']:.1f}"] if peer else []
    row("build: passages a second", f"{rate:.1f}", *peer_rate)
    ours, others = [], []
    for _ in range(COLD_RUNS):
        ours.append(first_line(sys.executable, "-m", "qa", "ask", question, "--index", ours_at))
        if peer:
            others.append(first_line(peer, script, "cold", peer_at, question))
    both = [ours, others] if peer else [ours]
    row("cold, to the first answer or passage: s", *(f"{statistics.median(t):.2f}" for t in both))
    memory = run(sys.executable, "-c", COLD, ours_at, question).splitlines()[-1]
    cold = [json.loads(run(peer, script, "cold", peer_at, question))] if peer else []
    row("  peak memory: MB", memory.split()[-1][:6], *(f"{c['peak_mb']:.0f}" for c in cold))
    row("  heavy imports", memory.removeprefix("heavy: ").rpartition(" ")[0])
    lines = run(sys.executable, "-c", WARM, ours_at, asked).splitlines()
    retrieve, ask = json.loads(lines[0]), json.loads(lines[1])
    warm = [json.loads(run(peer, script, "warm", peer_at, asked))] if peer else []
    for cut in ("p50_ms", "p95_ms"):
        row(f"retrieve: {cut}", f"{retrieve[cut]:.1f}", *(f"{w[cut]:.1f}" for w in warm))
    row("whole answer: p50_ms / p95_ms", f"{ask['p50_ms']:.1f} / {ask['p95_ms']:.1f}")
    row("warm peak memory: MB", f"{float(lines[2]):.0f}", *(f"{w['peak_mb']:.0f}" for w in warm))


if __name__ == "__main__":
    main()
