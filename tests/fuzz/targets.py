"""Everything that reads what others wrote, and what it is fed with.

A reader may say what is wrong by an error of crossoracle, in words; it may do nothing else. `found` are
inputs that once made it do something else.
"""

from __future__ import annotations

import gzip
import json
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from crossoracle.errors import CrossoracleError
from tests.fuzz import seeds
from tests.fuzz.mutating import changed_texts, mutated


@dataclass(frozen=True)
class Target:
    """A reader under fire.

    Parameters
    ----------
    name : str
        What it reads.
    inputs : callable
        Makes the strategy; called late, as some seeds are videos.
    feed : callable
        Reads one input; a return is well, an error of crossoracle too.
    found : tuple
        Inputs that once broke it.
    """

    name: str
    inputs: Callable[[], st.SearchStrategy[Any]]
    feed: Callable[[Any], object]
    found: tuple[Any, ...] = ()

    def try_(self, given: Any) -> bool:
        """Feed one input and return whether it was taken; raise what should never have been raised."""
        try:
            self.feed(given)
        except CrossoracleError as error:
            if not str(error).strip():
                raise ValueError(f"{self.name}: an error without words ({type(error).__name__})") from error
            return False
        return True


def in_a_file(name: str, read: Callable[[Path], object]) -> Callable[[bytes], object]:
    """Return what reads content from a file of this name, in a directory that goes away."""

    def feed(content: bytes) -> object:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / name
            path.write_bytes(content)
            return read(path)

    return feed


def _reply(given: tuple[str, int, str]) -> None:
    from crossoracle.replies import read_score, read_verify

    text, n, finish = given
    read = read_score(text, n, finish=finish)
    if not len(read.scores) == len(read.kept) == n:
        raise ValueError(f"{n} segments, but {len(read.scores)} scores")
    if any(score is not None and not 0 <= score <= 1 for score in read.scores):
        raise ValueError(f"scores out of range: {read.scores}")
    read_verify(text, finish=finish)


def _rows(table: str, path: Path) -> None:
    from crossoracle.tables import connect, read

    with connect("1GB", threads=1) as con:
        read(con, table, path).fetchall()


def _beside(sidecar: bytes) -> None:
    """Read and extend a table whose sidecar is odd."""
    from crossoracle.oracles.recording import history_of
    from crossoracle.provenance import Provenance, sidecar_path
    from crossoracle.tables import upsert

    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "scores.parquet"
        path.write_bytes(seeds.parquet()[0])
        sidecar_path(path).write_bytes(sidecar)
        _rows("scores", path)
        history_of(path, Provenance("score"))
        upsert("scores", seeds.SCORES.head(1).assign(run="9"), path, provenance=Provenance("test"))


def _imported(format: str, options: dict[str, Any], path: Path) -> None:
    from crossoracle.importers.run import import_

    str(import_(format, path, path.parent / "study", **options))


def _condition(name: str) -> None:
    from crossoracle.sampling.catalogue import parse

    condition = parse(name)
    if parse(str(condition)) != condition:
        raise ValueError(f"{name!r} is written as {condition}, which is read as something else")


def _study(path: Path) -> None:
    """Read study.toml as every verb does."""
    from crossoracle import options
    from crossoracle.config import SECTIONS, Study
    from crossoracle.oracles.paying import free
    from crossoracle.oracles.settings import settings
    from crossoracle.workflow import Home, _named

    sections = options.read_sections(path, SECTIONS)
    list(_named(sections, path.parent))
    study = Study(path.parent)
    for verb in ("precheck", "agree", "predict", "compare", "floor", "power"):
        kind = getattr(options, f"{verb.capitalize()}Options")
        try:
            study._options(verb, kind(), {})
        except CrossoracleError:
            continue
    known = settings(sections, str(path), path.parent)
    known.frames_of("kinetics400")
    for name in known.oracles:
        free(known, name)
    Home(path.parent, sections).has("scores")


def _record(path: Path) -> None:
    from crossoracle.workflow import STEPS, _Record

    known = _Record.of(path.parent)
    for step in STEPS:
        known.holds(step.name, "0" * 64)
    known.keep(STEPS[0], "1" * 64, [path])


def _prompt(text: str) -> None:
    from crossoracle.oracles.clip import Clip
    from crossoracle.oracles.prompts.prompt import Prompt

    clip = Clip("d", "v", "jump", ((0.0, 0.5), (0.5, 1.0)), (), attributes={"object": "a cup"})
    Prompt("mine", "own", text, "0" * 64).render(clip)


def _film(path: Path) -> None:
    from crossoracle.video.decode import frames_at, probe

    probe(path)
    list(frames_at(path, [0.0, 0.2, 0.4]))


SEGMENTS = [{"segment": 0, "importance": 40, "phase": "p", "reason": "r"}, {"segment": 1, "importance": None}]
ANSWER = {"presence": "YES", "confidence": 70, "evidence": "e", "segments": SEGMENTS, "important": [0]}
REPLIES = [
    json.dumps(ANSWER),
    f"<think>hm</think>\n```json\n{json.dumps(ANSWER, indent=1)}\n```",
    '{"decision": "NO", "confidence": 0.5}',
]
CONDITIONS = [
    "full",
    "led@0.25+shuffled",
    "inverted@0",
    "random@0.3#2",
    "random#7",
    "threshold@1e-3",
    "bottom",
]
VALUES = (
    *("1", "0", "-1", "nan", "inf", "-inf", "true", '""', '"x"', '"../a"', "[]", "[1]", '["a", 1]', "{}"),
    *("1e400", "9" * 30, "1979-05-27", "07:32:00", "{a = 1}", '"\\u0000"', '"a\\nb"', "[[]]", "[nan]"),
)
"""Values of TOML that an option may not expect."""

PROMPTS = [
    "Is {{ label }} seen? {% for s in segments %}{{ s.number }}: {{ s.start_s }}{% endfor %}",
    "{% if attributes.object is defined %}{{ attributes.object | upper }}{% endif %}",
    "{{ ''.__class__.__mro__ }}{{ range(3) | list }}{{ 1 / n_segments }}{{ label * 3 }}",
]


def _texts(contents: list[str]) -> st.SearchStrategy[str]:
    return mutated([text.encode() for text in contents]).map(lambda content: content.decode(errors="replace"))


def _shallow_prompts() -> st.SearchStrategy[str]:
    """Draw prompts without brackets within brackets: the parser of templates is a recursive one."""
    return _texts(PROMPTS).map(lambda text: re.sub(r"\[{20,}", "[", text))


def _of(*contents: bytes) -> Callable[[], st.SearchStrategy[bytes]]:
    return lambda: mutated(contents)


def _table(table: str, suffix: str, seed: Callable[[], Any], *found: bytes) -> Target:
    feed = in_a_file(f"rows{suffix}", partial(_rows, table))
    return Target(f"{table}{suffix}", lambda: mutated(seed()), feed, found)


def _importer(format: str, suffix: str, seed: Callable[[], Any], *found: bytes, **options: Any) -> Target:
    feed = in_a_file(f"given{suffix}", partial(_imported, format, options))
    return Target(f"import {format} {suffix}", lambda: mutated(seed()), feed, found)


TARGETS = (
    Target(
        "replies",
        lambda: st.tuples(
            st.text() | _texts(REPLIES),
            st.integers(0, 4),
            st.sampled_from(["stop", "length", "refused", "empty", "else"]),
        ),
        _reply,
    ),
    _table("scores", ".csv", lambda: [seeds.csv(seeds.SCORES)]),
    _table("scores", ".jsonl", lambda: [seeds.lines(seeds.SCORES)]),
    _table("scores", ".parquet", seeds.parquet),
    _table("predictions", ".csv", lambda: [seeds.csv(seeds.PREDICTIONS)]),
    Target(
        "sidecars",
        lambda: mutated([seeds.SIDECAR]) | _documents("sha256", "validated", "options", "history", "inputs"),
        _beside,
        (b"[" * 100_000, b'{"history": 5}', b'{"options": []}'),
    ),
    _importer(
        "table",
        ".csv",
        lambda: [seeds.csv(seeds.SCORES)],
        b"dataset,video_id,oracle,segment,start_s,end_s,score\nd",
    ),
    _importer("table", ".jsonl", lambda: [seeds.lines(seeds.SCORES)]),
    _importer(
        "predictions",
        ".csv",
        lambda: [seeds.csv(seeds.PREDICTIONS)],
        b"video_id,condition,correct1\na",
        dataset="d",
    ),
    _importer("qvhighlights", ".jsonl", lambda: [seeds.queries()]),
    _importer("tvsum", ".mat", lambda: [seeds.matlab()]),
    _importer("mm", ".json", seeds.labels, oracle="qwen"),
    _importer("mm", ".tar", lambda: [seeds.archive(seeds.labels())], oracle="qwen"),
    Target(
        "import mm .tar.gz",
        lambda: (
            mutated([seeds.archive(seeds.labels())]).map(gzip.compress)
            | mutated([gzip.compress(seeds.archive(seeds.labels()))])
            | mutated(seeds.labels()).map(lambda label: gzip.compress(seeds.archive([label])))
        ),
        in_a_file("given.tar.gz", partial(_imported, "mm", {"oracle": "qwen"})),
    ),
    _importer("mm", ".parquet", seeds.labels_in_parquet, oracle="qwen"),
    _importer("mm-eval", ".json", seeds.records, oracle="qwen"),
    _importer(
        "sweeps",
        ".csv",
        lambda: [seeds.csv(seeds.COUNTS)],
        b"dataset,family,x,right,videos\nd,led,0,70,100\nd",
        b"dataset,family,x,right,videos\nd,led,:,70,100\n",
        b"dataset,family,x,right,videos\nd,led,0,nan,100\n",
        b"dataset,family,x,right,videos\n",
        recognizer="net",
    ),
    Target("conditions", lambda: changed_texts(CONDITIONS, "led@#+.0123456789e-"), _condition),
    Target(
        "study.toml",
        _of(seeds.STUDY.encode()),
        in_a_file("study.toml", _study),
        (b"[agree]\nlevels = " + b"[" * 5000,),
    ),
    Target("study.toml options", lambda: _options(), in_a_file("study.toml", _study)),
    Target(
        "run.json",
        lambda: mutated([seeds.RECORD]) | _documents("score", "agree", "draw", "else"),
        in_a_file("run.json", _record),
        (
            b'{"score": null}',
            b'{"agree": {"made": 3}}',
            b'{"agree": {"made": {"\\u0000": ""}}}',
            b"[" * 100_000,
        ),
    ),
    Target("prompts", _shallow_prompts, _prompt),
    Target("videos", lambda: mutated(seeds.films()), in_a_file("film.mp4", _film)),
)


def _documents(*names: str) -> st.SearchStrategy[bytes]:
    """Draw JSON with fields of these names, and any values."""
    value = st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["from", "made", "shared", "a"]), inner, max_size=3)
        ),
        max_leaves=6,
    )
    fields = st.dictionaries(st.sampled_from(names), value, max_size=3)
    return (fields | value).map(lambda document: json.dumps(document).encode())


def _options() -> st.SearchStrategy[bytes]:
    """Draw the study of the seeds with values of any kind in the place of one or two of its own."""
    rows = seeds.STUDY.splitlines()
    given = [number for number, row in enumerate(rows) if "=" in row]
    values = st.sampled_from(VALUES)

    def changed(pairs: list[tuple[int, str]]) -> bytes:
        mine = list(rows)
        for number, value in pairs:
            mine[number] = f"{mine[number].partition('=')[0]}= {value}"
        return "\n".join(mine).encode()

    return st.lists(st.tuples(st.sampled_from(given), values), min_size=1, max_size=3).map(changed)
