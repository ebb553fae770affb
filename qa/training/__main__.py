"""From data to weights in one command: `python -m qa.training DATA --out FOLDER`.

DATA holds `train/*.jsonl.gz` and `dev/*.jsonl.gz` (README of the model says what they are).
Every step is seeded; hours on two CPU cores. A run that was stopped goes on from its
checkpoint; `--start reader.onnx` begins with the weights of an earlier run in place of the
embedder's.
"""

import argparse
import json
import logging
from collections.abc import Mapping
from pathlib import Path

import torch

from qa.pairs import PairEncoder
from qa.reader import NetworkReader
from qa.training.calibration import cases, fit
from qa.training.examples import Example, acronyms, definitions, read_source, texts_of
from qa.training.exporting import export, restore
from qa.training.loop import train
from qa.training.network import ReaderNetwork
from qa.training.sampling import lessons
from qa.training.written import ASKED, TWISTED, WRITTEN, read_written
from qa.weights import file_sha256, find_weights

PASSES: Mapping[str, float] = {
    "squad1_train_part": 0.4,
    "squad2_b": 0.7,
    "squadshifts_new_wiki": 0.15,
    "squadshifts_reddit": 0.05,
    "squadshifts_amazon_reviews": 0.03,
    "qamr": 0.05,
    "nq": 0.2,
    "fairytaleqa": 0.1,
    "policyqa": 0.03,
    "acronyms": 0.1,
    "definitions": 0.1,
    "written": 0.4,
    "asked": 0.3,
    "twisted": 0.8,
}
"""How often each source's examples are seen in a round: long or noisy answers less often, and since
the fifth run all that the runs before it saw; the card tells of theirs."""
TOKENS = 19_000_000
KEPT = 0.9
"""How far towards an earlier run's weights `--start` goes: what it learnt by heart goes first,
and learning is easier than from where it ended (Ash and Adams 2020)."""
AVERAGED = 0.8
"""The earlier run's share in what comes of `--start`: both err in part on other questions, and
their mean on fewer (Wortsman et al. 2022, Model soups, section 3)."""
RETRIEVAL_WEIGHT = 40.0
"""How many log-odds a retrieval score of 1 is worth; chosen on the development data."""
SEED = 7


def read_data(folder: Path) -> dict[str, list[Example]]:
    """Read every source, and make the ones that come from texts alone."""
    files = [folder / f"{name}.jsonl.gz" for name in PASSES]
    sources = {f.name.partition(".")[0]: read_source(f) for f in files if f.is_file()}
    sources["written"] = read_written(WRITTEN)
    texts = texts_of([example for examples in sources.values() for example in examples])
    sources["asked"] = read_written(ASKED, texts=texts)
    sources["twisted"] = read_written(TWISTED, texts=texts)
    return sources | {"acronyms": list(acronyms(texts)), "definitions": list(definitions(texts))}


def main() -> None:
    """Read, train, export, calibrate; leave the files that are shipped in the folder."""
    parser = argparse.ArgumentParser(prog="python -m qa.training", description=__doc__)
    parser.add_argument("data", type=Path, help="the folder with train/ and dev/")
    parser.add_argument("--out", type=Path, required=True, help="where the weights go")
    parser.add_argument("--tokens", type=int, default=TOKENS, help="to learn from (%(default)s)")
    parser.add_argument("--start", type=Path, help="weights of an earlier run to begin with")
    parser.add_argument("--seed", type=int, default=SEED, help="of everything (%(default)s)")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.manual_seed(options.seed)
    weights = find_weights().folder
    assert weights is not None  # noqa: S101 - the default model is always a folder
    options.out.mkdir(parents=True, exist_ok=True)
    network = ReaderNetwork(weights)
    if options.start:
        mix(network, options.start, KEPT)
    train(
        network,
        lessons(read_data(options.data / "train"), PASSES, options.seed),
        PairEncoder(weights / "tokenizer.json"),
        tokens=options.tokens,
        checkpoint=options.out / "checkpoint.pt",
    )
    if options.start:
        mix(network, options.start, AVERAGED)
    finish(network, options.data / "dev" / "squad2_a.jsonl.gz", options.out)


def mix(network: ReaderNetwork, file: Path, share: float) -> None:
    """Move a network's weights that share of the way to those of an exported file."""
    own = {name: values.clone() for name, values in network.named_parameters()}
    restore(network, file)
    with torch.no_grad():
        for name, values in network.named_parameters():
            values.lerp_(own[name], 1 - share)


def finish(network: ReaderNetwork, questions: Path, out: Path, *, share: float = 0.2) -> None:
    """Export a trained network and fit its decision: reader.onnx, reader.json, report.json."""
    file = out / "reader.onnx"
    export(network, file, plain=out / "plain.onnx")
    settings = {"sha256": file_sha256(file), "retrieval_weight": RETRIEVAL_WEIGHT}
    (out / "reader.json").write_text(json.dumps(settings), "utf-8")
    decision, report = fit(cases(questions, NetworkReader(out), share=share))
    settings["decision"] = {
        "bias": decision.bias,
        "weights": list(decision.weights),
        "possible": decision.possible,
        "well_supported": decision.well_supported,
    }
    (out / "reader.json").write_text(json.dumps(settings, indent=1) + "\n", "utf-8")
    (out / "report.json").write_text(json.dumps(report, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
