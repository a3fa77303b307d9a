"""An oracle that another package brings: built and installed by pip, found by its entry point, asked."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import numpy as np
import pytest

from crossoracle.errors import InputError, NotInstalledError, UnknownNameError
from crossoracle.oracles.catalogue import ADAPTERS, GROUP, adapter, adapters
from crossoracle.oracles.clip import Clip, Frame
from crossoracle.oracles.oracle import AdapterSpec, Question
from crossoracle.oracles.paying import free
from crossoracle.oracles.settings import settings
from crossoracle.replies import SCORE_SCHEMA, VERIFY_SCHEMA, read_score, read_verify
from crossoracle.video.encode import jpeg

EXAMPLE = Path(__file__).parent / "example"
MODULES = ("crossoracle_example_oracle", "crossoracle_example_oracle.bright")


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """A directory of installed packages that holds the example."""
    source, target = (tmp_path_factory.mktemp(name) for name in ("source", "site"))
    copy = shutil.copytree(EXAMPLE, source / "example")  # a build must leave nothing in the repository
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
    command += ["--no-deps", "--no-build-isolation", "--target", str(target), str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return target


@pytest.fixture
def installed(site, monkeypatch):
    monkeypatch.syspath_prepend(site)
    yield site
    for name in MODULES:
        sys.modules.pop(name, None)


@pytest.fixture
def clip():
    def frame(segment):
        picture = np.full((16, 16, 3), 255 if segment == 1 else 10, dtype=np.uint8)
        return Frame(segment + 0.5, segment, f"{segment}", lambda: jpeg(picture))

    return Clip("d", "v", "a light", tuple((k, k + 1.0) for k in range(3)), tuple(map(frame, range(3))))


def test_not_there_before_it_is_installed():
    assert "bright" not in adapters()


def test_found_without_being_imported(installed):
    assert [point.name for point in entry_points(group=GROUP)] == ["bright"]
    assert adapter("bright").meaning == "the brighter a segment, the more it counts"
    assert "crossoracle_example_oracle.bright" not in sys.modules


def test_built_in_adapters_are_still_there(installed):
    assert list(adapters()) == [*(spec.name for spec in ADAPTERS), "bright"]


def test_what_does_not_say_that_it_is_free_may_cost_something(installed, tmp_path):
    known = settings({"oracles": {"bright": {}, "center": {}}}, "study.toml", tmp_path)
    assert (free(known, "bright"), free(known, "center")) == (False, True)
    paid = {spec.name for spec in ADAPTERS if spec.paid}
    assert paid == {"openai", "gemini", "anthropic", "narrative-reader"}


def test_loaded_with_its_options_and_asked(installed, clip):
    oracle = adapter("bright").load()(least=90.0)
    question = Question("score", clip, "", "", SCORE_SCHEMA)
    answer = oracle.read(asyncio.run(oracle.ask(question)), question)
    read = read_score(answer.text, 3, finish=answer.finish)
    assert read.outcome == "yes"
    assert read.scores == (0.04, 1.0, 0.04)
    assert read.kept == (False, True, False)
    question = Question("verify", clip, "", "", VERIFY_SCHEMA)
    assert read_verify(oracle.read(asyncio.run(oracle.ask(question)), question).text).outcome == "yes"


def test_two_of_one_name_are_refused(installed, tmp_path, monkeypatch):
    other = tmp_path / "another-1.0.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: another\nVersion: 1.0\n")
    (other / "entry_points.txt").write_text(f"[{GROUP}]\nbright = another_oracle:SPEC\n")
    (tmp_path / "another_oracle.py").write_text(
        "from crossoracle.oracles.oracle import AdapterSpec\n"
        "SPEC = AdapterSpec('bright', 'another', 'another_oracle:Other')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "another_oracle", raising=False)
    with pytest.raises(InputError, match=r"'bright': found two \(.*\), expected one; uninstall"):
        adapters()


def test_a_name_that_nobody_brings(installed):
    with pytest.raises(UnknownNameError, match="did you mean 'bright'"):
        adapter("brigt")


@pytest.mark.parametrize(
    ("extra", "advice"), [(None, "pip install 'no_such_module_at_all'"), ("local", "crossoracle[local]")]
)
def test_a_missing_module_tells_what_to_install(extra, advice):
    spec = AdapterSpec("needy", "needs more", "no_such_module_at_all.part:Needy", extra=extra)
    with pytest.raises(NotInstalledError, match="found no module no_such_module_at_all") as caught:
        spec.load()
    assert advice in str(caught.value)
