"""The texts: declared variables, nothing that gives the answer away, errors that say what to do."""

from __future__ import annotations

import hashlib
import json

import pytest

from crossoracle.errors import InputError, UnknownNameError
from crossoracle.oracles.clip import Clip, Frame
from crossoracle.oracles.prompts.catalogue import HERE, PROMPTS, known, prompt
from crossoracle.oracles.prompts.prompt import VARIABLES, Prompt
from crossoracle.replies import SCORE_SCHEMA, VERIFY_SCHEMA

SCORING = [one.name for one in PROMPTS if one.kind == "score"]
EVERY = [(one.name, one.kind) for one in PROMPTS]


def _clip(n: int = 4, label: str = "folding a towel", **attributes) -> Clip:
    frames = tuple(Frame(i + 0.25, i, f"picture {i}", lambda: b"") for i in range(n))
    borders = tuple((float(i), i + 1.0) for i in range(n))
    return Clip("secret-dataset", "secret-video", label, borders, frames, attributes)


@pytest.mark.parametrize(("name", "kind"), EVERY)
def test_a_text_names_the_action_and_nothing_that_gives_the_answer_away(name, kind):
    text = prompt(name, kind).render(_clip())
    assert "folding a towel" in text
    assert "secret" not in text
    assert "{{" not in text
    assert "{%" not in text
    assert "{#" not in text


@pytest.mark.parametrize(("name", "kind"), EVERY)
def test_the_digest_is_that_of_the_file(name, kind):
    declared = known(kind)[name]
    file = HERE / f"{declared.full_name}.jinja"
    assert prompt(name, kind).digest == hashlib.sha256(file.read_bytes()).hexdigest()


def test_every_file_is_declared():
    assert {path.name for path in HERE.glob("*.jinja")} == {f"{one.full_name}.jinja" for one in PROMPTS}


@pytest.mark.parametrize("name", SCORING)
def test_scoring_asks_for_the_keys_of_the_schema_in_order(name):
    text = prompt(name, "score").render(_clip())
    keys = [f'"{key}":' for key in SCORE_SCHEMA["properties"]]
    places = [text.rindex(key) for key in keys]
    assert places == sorted(places)
    segment = SCORE_SCHEMA["$defs"]["SegmentReply"] if "$defs" in SCORE_SCHEMA else _items()
    assert all(f'"{key}":' in text for key in segment["properties"])


def _items() -> dict:
    return SCORE_SCHEMA["properties"]["segments"]["items"]


def test_verification_asks_for_the_decision_first():
    text = prompt("verification", "verify").render(_clip())
    places = [text.index(f'"{key}":') for key in VERIFY_SCHEMA["properties"]]
    assert places == sorted(places)
    assert next(iter(VERIFY_SCHEMA["properties"])) == "decision"


@pytest.mark.parametrize("name", SCORING)
def test_scoring_lists_every_segment_from_0_with_its_borders(name):
    text = prompt(name, "score").render(_clip(3))
    for number in range(3):
        assert f"- segment {number}: {number}.000 s to {number + 1}.000 s" in text
    assert "- segment 3" not in text


@pytest.mark.parametrize("name", SCORING)
def test_scoring_says_what_the_numbers_mean_and_that_places_do_not_count(name):
    text = prompt(name, "score").render(_clip())
    bands = ["0 to 20", "21 to 40", "41 to 60", "61 to 80", "81 to 100"]
    places = [text.index(f"- {band}:") for band in bands]
    assert places == sorted(places)
    assert "do not favour the middle" in text
    assert "smallest set" in text
    assert text.index("(presence)") < text.index("(importance)") < text.index("smallest set")


@pytest.mark.parametrize("name", SCORING)
def test_a_clip_of_one_segment_reads_well(name):
    assert "into 1 segment, numbered" in prompt(name, "score").render(_clip(1))


def test_the_text_of_a_verification_does_not_change_when_segments_are_removed():
    whole = _clip(5)
    text = prompt("verification", "verify").render(whole)
    for gone in ({0}, {1, 3}, {0, 1, 2, 3}):
        assert prompt("verification", "verify").render(whole.without(gone, "cut")) == text


def test_a_wrong_label_changes_nothing_but_the_label():
    right, wrong = (prompt("verification", "verify").render(_clip(label=label)) for label in ("X-1", "Y-2"))
    assert right.replace("X-1", "Y-2") == wrong


@pytest.mark.parametrize(("given", "shown"), [(["cup", "shelf"], "cup, shelf"), ("cup", "cup")])
def test_placeholders_are_told_where_the_video_has_them(given, shown):
    text = prompt("scoring_hand_object", "score").render(_clip(placeholders=given))
    assert f"handled: {shown}\n" in text
    assert "handled" not in prompt("scoring_hand_object", "score").render(_clip())


def test_a_label_is_data_and_no_template():
    text = prompt("verification", "verify").render(_clip(label="{{ attributes }} {% raw %}"))
    assert '"{{ attributes }} {% raw %}"' in text


def test_versions_can_be_named():
    assert prompt("verification.v1", "verify") == prompt("verification", "verify")
    assert prompt("verification", "verify").version == "v1"


def test_an_unknown_name_names_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'scoring_scene'"):
        prompt("scoring_scen", "score")


def test_the_other_question_is_refused():
    with pytest.raises(InputError, match="'verification' asks to verify; expected one that asks to score"):
        prompt("verification", "score")


def test_an_own_file_is_found_beside_the_study(tmp_path):
    (tmp_path / "mine.jinja").write_text(
        "Rate {{ n_segments }} parts of {{ label }}, by {{ attributes.who }}."
    )
    mine = prompt("mine.jinja", "score", tmp_path)
    assert mine.render(_clip(2, who="hand")) == "Rate 2 parts of folding a towel, by hand."
    assert mine.version == "own"
    with pytest.raises(InputError, match=r"secret-video: .*no attribute 'who'.*column attributes"):
        mine.render(_clip(2))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{{ lable }}", "unknown variable in prompt .*'lable': did you mean 'label'"),
        ("one\n{% if %}", "line 2: .*expected a Jinja2 template"),
        ("{% include 'other.jinja' %}", "secret-video"),
        ("{{ ''.__class__.__mro__ }}", "secret-video"),
    ],
)
def test_a_bad_own_file_is_one_clear_line(text, told, tmp_path):
    (tmp_path / "bad.jinja").write_text(text)
    with pytest.raises(InputError, match=told) as caught:
        prompt("bad.jinja", "score", tmp_path).render(_clip())
    assert len(str(caught.value).splitlines()) == 1


def test_a_missing_or_binary_file_is_one_clear_line(tmp_path):
    with pytest.raises(InputError, match=r"none\.jinja: found no such file"):
        prompt("none.jinja", "score", tmp_path)
    (tmp_path / "binary.jinja").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not UTF-8"):
        prompt("binary.jinja", "score", tmp_path)


def test_every_declared_variable_can_be_used():
    text = "".join(f"{{{{ {name} }}}}|" for name in VARIABLES)
    rendered = Prompt("all", "own", text, "").render(_clip(1))
    assert len(rendered.split("|")) == len(VARIABLES) + 1
    assert json.dumps(1.0) in rendered
