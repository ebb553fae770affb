"""The built wheel: its files, and that it answers from another folder without this checkout."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_the_package_the_brief_and_its_index(wheel: Path) -> None:
    names = {n for n in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in n}
    tracked = subprocess.run(
        ["git", "ls-files", "qa", "data", "index"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    expected = {name if name.startswith("qa/") else f"qa/{name}" for name in tracked}
    assert {n for n in expected if n.startswith("qa/index/generation-")}
    assert "qa/data/brief.md" in names
    assert names == expected


def test_the_installed_wheel_answers_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=False, symlinks=True)
    python = tmp_path / "env" / "bin" / "python"
    site = next((tmp_path / "env" / "lib").glob("python*")) / "site-packages"
    # The dependencies from here; this checkout's own link is not followed from there.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    zipfile.ZipFile(wheel).extractall(site)
    code = (
        "import qa, pathlib; print(pathlib.Path(qa.__file__).parent)\n"
        "print(qa.retrieve('When is the visit?')[0].passage.text[:47])\n"
        "print(qa.__version__)"
    )
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "QA_INDEX")}
    done = subprocess.run(
        [python, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    folder, passage, version = done.stdout.splitlines()
    assert Path(folder) == site / "qa"
    assert passage == "The visit, which lasts from May 27 to 29, comes"
    assert version == wheel.name.split("-")[1]
