"""The house itself: floors, the face, light imports, no network, and README's code."""

import ast
import doctest
import importlib
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import qa
from tests.conftest import ROOT

# Lower floors first; a module may import from its own floor only what stands left of it.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("version", "errors", "types", "verifier"),
    (
        "weights",
        "locks",
        "lines",
        "counts",
        "engines",
        "engines.exact",
        "engines.faiss",
        "sentences",
        "words",
        "wordindex",
        "markup",
        "questions",
        "contradiction",
        "measures",
        "abbreviations",
        "copies",
        "duplicates",
    ),
    (
        "embedder",
        "onnx",
        "twins",
        "documents",
        "passages",
        "pairs",
        "tokenscores",
        "reader",
        "decision",
    ),
    ("storage", "change", "parts", "rows", "index"),
    ("retrieval", "conversation", "checks", "citations", "gold"),
    ("defaults", "updates", "collection", "repair", "assistant", "evaluation", "report"),
    ("chat",),
    ("terminal", "commands", "cli", "__main__"),
    ("training",),
)
ASIDE = {"testing": 4, "": 6}
"""Floors of what stands aside: the fakes for tests, and the face (qa/__init__.py)."""


def place(module: str) -> tuple[int, int]:
    """Return a module's floor and its place on it; a package's modules stand where it does."""
    if module in ASIDE:
        return ASIDE[module], 99
    for floor, rooms in enumerate(FLOORS):
        for number, room in enumerate(rooms):
            if module == room:
                return floor, number
    package = module.rpartition(".")[0]
    assert package, f"{module} has no floor; give it one"
    return place(package)


def imports(path: Path, *, everywhere: bool = True) -> Iterator[str]:
    """Yield the modules of this package that a file imports: anywhere in it, or when loaded."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree) if everywhere else tree.body:
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] == "qa")
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "qa":
            for alias in node.names:
                inner = ROOT / (node.module + "." + alias.name).replace(".", "/")
                is_module = inner.with_suffix(".py").is_file() or inner.is_dir()
                yield f"{node.module}.{alias.name}" if is_module else node.module


FILES = {
    ".".join(path.relative_to(ROOT / "qa").with_suffix("").parts)
    .removesuffix("__init__")
    .rstrip("."): path
    for path in sorted((ROOT / "qa").rglob("*.py"))
}


@pytest.mark.parametrize("module", FILES)
def test_imports_only_run_down(module: str) -> None:
    for imported in imports(FILES[module]):
        below = imported.removeprefix("qa").lstrip(".")
        same_package = below.rpartition(".")[0] == module.rpartition(".")[0] or below == module
        if (
            module == "engines"
            or (same_package and "." in module)
            or below.startswith(f"{module}.")
        ):
            continue  # rooms of one package know each other; circles are looked for below
        assert place(below) < place(module), f"qa.{module} imports {imported}, which is above it"


def test_no_module_imports_itself_in_a_circle() -> None:
    loads = {
        module: {name.removeprefix("qa").lstrip(".") for name in imports(path, everywhere=False)}
        for module, path in FILES.items()
    }

    def walk(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, f"a circle: {' -> '.join((*path, module))}"
        for below in loads[module]:
            walk(below, (*path, module))

    for module in FILES:
        walk(module, ())


def test_the_face_is_what_all_names() -> None:
    public = {
        name
        for name, value in vars(qa).items()
        if not name.startswith("_") and not isinstance(value, type(sys))
    }
    assert public == set(qa.__all__)
    for name in qa.__all__:
        assert getattr(qa, name).__doc__ or name == "Band"


MODULES = [
    name for _, name, _ in pkgutil.walk_packages(qa.__path__, "qa.") if name != "qa.__main__"
]


@pytest.mark.parametrize("name", ["qa", *MODULES])
def test_examples_in_docstrings_hold(name: str, tmp_path: Path) -> None:
    module = importlib.import_module(name)
    results = doctest.testmod(module, extraglobs={"tmp": tmp_path})
    assert results.failed == 0


@pytest.mark.parametrize(
    "name",
    ["build", "add", "remove", "load", "retrieve", "ask", "cite", "verify", "Document"],
)
def test_everything_people_call_has_an_example(name: str) -> None:
    assert ">>>" in (getattr(qa, name).__doc__ or "")


HEAVY = (
    "torch",
    "transformers",
    "sentence_transformers",
    "gradio",
    "sklearn",
    "nupunkt",
    "markdown_it",
    "trafilatura",
    "lxml",
    "pypdfium2",
    "dateparser",
)


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_loads_nothing_heavy_and_asking_no_torch() -> None:
    qa.ask("When is the visit?")  # so that the light model is there
    loaded = "print([m for m in {} if m in sys.modules])"
    also = (*HEAVY, "faiss", "onnxruntime", "bm25s", "tokenizers")
    assert run("import sys, qa; " + loaded.format(also)) == "[]"
    code = "import sys, qa; assert qa.ask('When is the visit?'); qa.retrieve('trade'); "
    assert run(code + loaded.format(HEAVY)) == "[]"


def test_nothing_needs_a_network() -> None:
    code = """
import socket, qa
def refuse(*arguments, **options):
    raise AssertionError(f"a connection to {arguments}")
socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse
assert qa.ask("When is the visit?")
index = qa.build(qa.Document("The tram opens in June."), folder=__import__("tempfile").mkdtemp())
print(qa.ask("When does the tram open?", index=index).text)
"""
    assert run(code).removeprefix("in ") == "June"


README = (ROOT / "README.md").read_text("utf-8")


def test_readmes_python_runs_and_prints_what_it_says() -> None:
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert blocks
    for block in blocks:
        shown = [line.split("# -> ", 1)[1] for line in block.splitlines() if "# -> " in line]
        printed = run(block).splitlines()
        assert printed == shown


def test_readme_names_every_command_and_no_other() -> None:
    from qa.cli import parser

    action = next(a for a in parser()._actions if a.dest == "command")
    assert action.choices is not None
    named = set(re.findall(r"^\| `qa (\w+)", README, re.MULTILINE))
    assert named == set(action.choices)
    for name, sub in action.choices.items():  # type: ignore[attr-defined]
        assert sub.description, name
        assert all(a.help for a in sub._actions), name


def test_the_changelog_names_this_version() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    found = re.search(r'^version = "(.*)"', project, re.MULTILINE)
    assert found
    assert f"## {found[1]}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
