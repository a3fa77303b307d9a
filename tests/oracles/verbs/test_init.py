"""init: a file that is its own documentation, and means what the defaults mean."""

from __future__ import annotations

import sys
import tomllib
from dataclasses import fields
from importlib import import_module

import pytest

from crossoracle import Study
from crossoracle.cli import run
from crossoracle.config import SECTIONS as KNOWN
from crossoracle.errors import InputError, UnknownNameError
from crossoracle.figures.catalogue import OPTIONS
from crossoracle.options import changed
from crossoracle.oracles.catalogue import ADAPTERS, PRESETS, adapter
from crossoracle.oracles.documenting import declared, documented
from crossoracle.oracles.init import SECTIONS, SHORT, text
from crossoracle.oracles.reaching import options_of, reach, specified
from crossoracle.oracles.settings import OracleOptions, Settings, settings
from crossoracle.recognizers.catalogue import FAMILIES
from crossoracle.recognizers.reaching import options_of as options_of_recognizer


@pytest.fixture(scope="module")
def written() -> str:
    return text(FAMILIES, tuple(OPTIONS.values()))


def test_it_is_what_the_verb_writes(written, tmp_path):
    assert Study.init(tmp_path).read_text() == written


def test_it_has_every_section_that_a_study_may_have(written):
    commented = {"datasets", "recognizers"}
    assert tomllib.loads(written).keys() == set(KNOWN) - commented
    for name in commented:
        assert f"\n# [{name}." in written


def test_it_equals_the_defaults(written):
    found = settings(tomllib.loads(written), "study.toml")
    default = Settings()
    for name in ("frames", "score", "controls", "datasets"):
        assert getattr(found, name) == getattr(default, name)
    assert all(section.options == OracleOptions(preset=name) for name, section in found.oracles.items())
    parsed = tomllib.loads(written)
    for name, kind, _ in SECTIONS:
        assert changed(kind(), parsed[name], "") == kind()


def test_it_speaks_of_lists_and_not_of_the_command_line(written):
    assert "may be repeated" not in written
    assert "# Only this oracle; a list.\noracles = []" in written


def test_it_has_the_presets(written):
    found = settings(tomllib.loads(written), "study.toml").oracles
    assert list(found) == [preset.name for preset in PRESETS]
    for preset in PRESETS:
        assert specified(found[preset.name])[1] == dict(preset.settings)


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name, kind, _ in SECTIONS])
def test_every_option_stands_there_with_its_meaning(name, kind, written):
    lines = written.partition(f"\n[{name}]\n")[2].splitlines()
    for one in fields(kind):
        place = next(i for i, line in enumerate(lines) if line.lstrip("# ").startswith(f"{one.name} ="))
        assert lines[place - 1].startswith("# ")
        assert one.metadata.get("meaning"), one.name


@pytest.mark.parametrize("one", fields(OracleOptions), ids=lambda one: one.name)
def test_every_option_of_an_oracle_is_explained(one, written):
    assert f"#   {one.name} " in written
    assert one.metadata["meaning"].split(";")[0][:40] in " ".join(written.replace("\n# ", " ").split())


@pytest.mark.parametrize("spec", [spec for spec in ADAPTERS if spec.extra != "local"], ids=lambda s: s.name)
def test_every_option_of_an_adapter_is_explained(spec):
    assert documented(spec.load()).keys() >= options_of(spec.load()).keys()


@pytest.mark.parametrize("spec", [*ADAPTERS, *FAMILIES], ids=lambda spec: spec.name)
def test_options_are_listed_whether_their_extra_is_installed_or_not(spec, written, monkeypatch):
    for name in ("torch", "transformers", "llguidance"):
        monkeypatch.setitem(sys.modules, name, None)  # as if it were not installed
    options = declared(spec)
    of = "adapter" if spec in ADAPTERS else "family"
    below = written.partition(f"# Options of {of} {spec.name} (")[2].partition("\n\n")[0]
    for one in options:
        assert one.meaning, one.name
        if one.name != "classes":  # a recognizer gets them from the study
            assert f"\n#   {one.name} {one.default[:10]}" in below


def _of_models(spec):
    marks = [pytest.mark.local] if spec.extra == "local" else []  # its class cannot be had without torch
    return pytest.param(spec, id=spec.name, marks=marks)


@pytest.mark.parametrize("spec", [_of_models(spec) for spec in (*ADAPTERS, *FAMILIES)])
def test_listed_are_the_options_that_there_are(spec):
    if spec.extra == "local":
        import_module("tests.oracles.local.tiny").declare_torchvision_operators()
    options = options_of(spec.load()) if spec in ADAPTERS else options_of_recognizer(spec.load())
    given = set() if spec in ADAPTERS else {"classes"}  # a recognizer gets them from the study
    assert {one.name for one in declared(spec)} - given == options.keys()


def test_no_two_options_are_explained_in_the_same_words():
    meanings = documented(adapter("openai").load())
    assert meanings["logprobs"] != meanings["structured"]


def test_lines_are_not_too_long(written):
    assert max(map(len, written.splitlines())) <= 110


def test_a_file_is_never_overwritten(tmp_path, capsys):
    assert run(["init", str(tmp_path / "s")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 's' / 'study.toml'}\n"
    (tmp_path / "s" / "study.toml").write_text("[agree]\n")
    assert run(["init", str(tmp_path / "s")]) == 2
    assert "is there already: nothing was changed" in capsys.readouterr().err
    assert (tmp_path / "s" / "study.toml").read_text() == "[agree]\n"


def test_the_short_one_is_short_and_works(tmp_path):
    Study.init(tmp_path, short=True)
    assert (tmp_path / "study.toml").read_text() == SHORT
    assert len(SHORT.splitlines()) <= 32
    found = settings(tomllib.loads(SHORT), "study.toml", tmp_path)
    assert [reach(section, tmp_path).spec.name for section in found.oracles.values()] == ["openai"] * 3
    assert found.datasets == {}, "a section of a dataset that a study does not have would be refused"


def test_a_section_of_a_dataset_counts_for_that_dataset(tmp_path):
    shown = (
        SHORT.replace("# [datasets", "[datasets").replace("# step_s", "step_s").replace("# prompt", "prompt")
    )
    found = settings(tomllib.loads(shown), "study.toml", tmp_path)
    assert found.frames_of("kinetics400").step_s == 1.0
    assert found.frames_of("ssv2") == found.frames
    assert found.prompt_of(OracleOptions(), "kinetics400", "prompt") == "scoring_scene"
    assert found.prompt_of(OracleOptions(), "ssv2", "prompt") == "scoring_general"
    assert found.prompt_of(OracleOptions(prompt="x"), "kinetics400", "prompt") == "x"


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("[frames]\nstep = 1.0", "unknown option in study.toml [frames] 'step': did you mean 'step_s'?"),
        ("[frames]\nfps = 0", "study.toml [frames]: fps is 0; expected"),
        ("[frames]\nmax_frames = 1.5", "study.toml [frames]: max_frames is 1.5; expected a whole number"),
        ('[score]\nstrategy = "fast"', "strategy is 'fast'; expected one of direct, greedy"),
        ("[datasets.k400]\nsteps = 1", "unknown option in study.toml [datasets.k400] 'steps'"),
        ("[datasets]\nk400 = 1", "study.toml [datasets]: k400 is 1; expected a section [datasets.NAME]"),
        (
            "[oracles.gpt-5.5]\nin_flight = 2",
            "study.toml [oracles.gpt-5]: found a section 5 below it; if the oracle is called gpt-5.5, put "
            'the name in quotes: [oracles."gpt-5.5"]',
        ),
        ("[oracles.gemini-3.1-pro]", '[oracles."gemini-3.1-pro"]'),
        ('[oracles." a"]\nadapter = "center"', "study.toml: found an oracle called ' a'; expected a name"),
        ('[oracles."a "]\nadapter = "center"', "found an oracle called 'a '"),
        ('[oracles."a\\nb"]\nadapter = "center"', "found an oracle called 'a\\nb'"),
        ('[oracles.""]\nadapter = "center"', "found an oracle called ''"),
        ('[oracles."gpt-5.5"]\nin_flight = 0', 'study.toml [oracles."gpt-5.5"]: in_flight is 0'),
    ],
)
def test_a_wrong_setting_names_file_section_option_and_the_nearest(toml, told):
    with pytest.raises(InputError) as caught:
        settings(tomllib.loads(toml), "study.toml")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("toml", "kind", "told"),
    [
        ('[oracles."gpt-5.5"]\nmodle = "x"', UnknownNameError, "did you mean 'model'"),
        (
            '[oracles."gpt-5.5"]\ntimeout_s = "soon"',
            InputError,
            "timeout_s is 'soon'; input should be a valid number",
        ),
        ('[oracles.x]\nadapter = "openai"', InputError, "found no model; adapter openai needs it"),
        ("[oracles.x]\nin_flight = 2", InputError, "found neither preset nor adapter"),
        ('[oracles.x.y]\npreset = "gpt-5.5"', InputError, 'put the name in quotes: [oracles."x.y"]'),
        (
            '[oracles.x]\nadapter = "openai"\nmodel = "m"\nbase_url = "localhost:8000/v1"',
            InputError,
            "study.toml [oracles.x]: openai: base_url = 'localhost:8000/v1'; expected an address that begins",
        ),
        ('[oracles.x]\npreset = "gpt-5"', UnknownNameError, "did you mean 'gpt-5.5'"),
        ('[oracles.x]\nadapter = "opnai"', UnknownNameError, "did you mean 'openai'"),
        ('[oracles.x]\nadapter = "openai"\nmodel = "m"\nmedia = "film"', InputError, "media is 'film'"),
    ],
)
def test_a_wrong_oracle_is_told_when_it_is_reached(toml, kind, told):
    (section,) = settings(tomllib.loads(toml), "study.toml").oracles.values()
    with pytest.raises(kind) as caught:
        reach(section)
    assert told in str(caught.value)


def test_a_key_in_the_file_is_refused_and_not_shown():
    toml = '[oracles.x]\nadapter = "openai"\nmodel = "m"\napi_key_env = "sk-abc-123"'
    (section,) = settings(tomllib.loads(toml), "study.toml").oracles.values()
    with pytest.raises(InputError, match="not the name of an environment variable") as caught:
        reach(section)
    assert "sk-abc" not in str(caught.value)
