"""Studies that come from somebody else: names, paths, prompts and videos that mean harm do none."""

from __future__ import annotations

import ast
import socket
import threading
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossoracle.cli import run
from crossoracle.errors import CrossoracleError, InputError, VideoError
from crossoracle.importers.run import import_
from crossoracle.oracles.clip import Clip
from crossoracle.oracles.prompts.prompt import Prompt
from crossoracle.provenance import Provenance
from crossoracle.tables import connect, read, write
from crossoracle.video.decode import frames_at, probe
from tests.fuzz.seeds import SCORES

PACKAGE = Path(__file__).parents[2] / "crossoracle"
KEY = "sk-planted-0123456789abcdef"
RUNS_CODE = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
CALLS = {"eval", "exec", "compile", "__import__"}
METHODS = {
    "os.system",
    "os.popen",
    "tempfile.mktemp",
    "torch.load",
    "pd.read_pickle",
    "yaml.load",
    "yaml.unsafe_load",
    "shutil.unpack_archive",
}
UNPACKING = {"extractall", "read_pickle", "to_pickle"}


def dangers(source: str) -> list[str]:
    """Return what in a source could run what stands in a file, or unpack it to anywhere."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = (
                [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            )
            found += [name for name in names if name.partition(".")[0] in RUNS_CODE]
        if isinstance(node, ast.Call):
            found += _of_a_call(node)
    return found


def _of_a_call(node: ast.Call) -> list[str]:
    name = ast.unparse(node.func)
    keywords = {word.arg: ast.unparse(word.value) for word in node.keywords}
    found = [name] if name in CALLS | METHODS or name.rpartition(".")[2] in UNPACKING else []
    found += [
        f"{name}({word})" for word in ("shell", "trust_remote_code") if keywords.get(word, "False") != "False"
    ]
    if name in ("np.load", "numpy.load") and keywords.get("allow_pickle") != "False":
        found.append(name)
    return found


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.relative_to(PACKAGE).as_posix()
)
def test_nothing_that_is_read_is_run(path):
    assert dangers(path.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import load",
        "eval('1')",
        "torch.load(path)",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "subprocess.run('ls', shell=True)",
        "kind.from_pretrained(name, trust_remote_code=True)",
        "tar.extractall(path)",
        "yaml.load(text)",
    ],
)
def test_what_is_dangerous_is_found(source):
    assert dangers(source)
    assert dangers("model.eval()\nnp.load(file, allow_pickle=False)\njson.loads(text)") == []


ODD = """o'dd "dir" [x]*? ;-- {a} $HOME %s \\ é"""
NAMES = [
    "<script>alert(1)</script>",
    '"); DROP TABLE scores; --',
    "\\input{/etc/passwd}",
    "$x_{",
    "a'b\"c",
    "{{ 7 * 7 }}",
]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Return a study in a directory of an odd name, whose oracles, videos and labels mean harm."""
    place = tmp_path_factory.mktemp("hostile") / ODD
    rng = np.random.default_rng(3)
    rows = [
        {
            "dataset": "d<b>",
            "video_id": f"{video} {NAMES[video % len(NAMES)]}",
            "oracle": oracle,
            "segment": s,
        }
        | {"start_s": float(s), "end_s": s + 1.0, "score": rng.random(), "kept": bool(rng.random() < 0.5)}
        | {"label": NAMES[video % 2]}
        for video in range(6)
        for oracle in NAMES
        for s in range(4)
    ]
    place.mkdir()
    pd.DataFrame(rows).to_csv(place / "ratings '1'.csv", index=False)
    import_("table", place / "ratings '1'.csv", place)
    (place / "study.toml").write_text(
        '[agree]\nreplicates = 20\ncoefficients = ["cohen_kappa", "spearman_within"]\n'
        '[draw]\nfigures = ["agreement-matrix", "kept-share"]\n'
    )
    return place


def test_odd_paths_and_names_are_names_and_nothing_else(hostile, capsys):
    assert run(["run", str(hostile)]) in (0, 1)
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    with connect() as con:
        rows = read(con, "scores", hostile / "scores.parquet")
        assert {name for (name,) in rows.project("oracle").distinct().fetchall()} == set(NAMES)
    page = (hostile / "report.html").read_text()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    for file in hostile.rglob("*.svg"):
        tags = {element.tag.rpartition("}")[2] for element in ElementTree.parse(file).iter()}
        assert "script" not in tags
    sheets = list(hostile.rglob("*.tex"))
    assert sheets
    for file in sheets:
        assert "\\input{" not in file.read_text()


@settings(max_examples=15, deadline=None)
@given(st.text(min_size=1, max_size=20).filter(lambda name: name.strip() and "\0" not in name))
def test_any_name_comes_back(tmp_path_factory, name):
    try:
        name.encode()
    except UnicodeEncodeError:
        return
    path = tmp_path_factory.mktemp("any") / "scores.parquet"
    write("scores", SCORES.head(1).assign(oracle=name, video_id=name), path, provenance=Provenance("test"))
    with connect() as con:
        assert read(con, "scores", path).project("oracle, video_id").fetchall() == [(name, name)]


@pytest.fixture
def server():
    """Listen on the loopback, and remember whether anybody came."""
    came = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.1)
        over = threading.Event()

        def accept():
            while not over.is_set():
                try:
                    connection, _ = listening.accept()
                except TimeoutError:
                    continue
                came.append(connection)
                connection.close()

        thread = threading.Thread(target=accept)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", came
        over.set()
        thread.join()


@pytest.mark.parametrize("name", ["list.m3u8", "list.mp4", "list.ffconcat", "list.mpd", "list.sdp"])
def test_a_video_file_that_points_elsewhere_fetches_nothing(name, server, tmp_path):
    url, came = server
    secret = tmp_path / "secret"
    secret.write_text("not for anybody")
    lists = {
        "list.ffconcat": f"ffconcat version 1.0\nfile '{url}/a.mp4'\nfile '{secret}'\n",
        "list.mpd": f'<?xml version="1.0"?><MPD><Period><BaseURL>{url}/a.mp4</BaseURL></Period></MPD>',
        "list.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n",
    }
    text = f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{url}/a.ts\n#EXTINF:9,\n{secret}\n#EXT-X-ENDLIST\n"
    path = tmp_path / name
    path.write_text(lists.get(name, text))
    with pytest.raises(VideoError):
        probe(path)
    with pytest.raises(VideoError) as caught:
        list(frames_at(path, [0.0]))
    assert "not for anybody" not in str(caught.value)
    assert came == []


def test_an_address_in_the_place_of_a_path_is_no_video(server):
    url, came = server
    for path in (f"{url}/a.mp4", f"concat:{url}/a.mp4", "/dev/zero", "pipe:0", "/etc/passwd"):
        with pytest.raises(VideoError):
            probe(path)
    assert came == []


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ label.__init__.__globals__ }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}{{ os }}",
        "{{ attributes.update({'a': 1}) }}",
        "{{ self.__init__.__globals__ }}",
    ],
)
def test_a_prompt_reaches_nothing_but_its_clip(text):
    clip = Clip("d", "v", "jump", ((0.0, 1.0),), (), attributes={"object": "a cup"})
    with pytest.raises(CrossoracleError):
        Prompt("theirs", "own", text, "0" * 64).render(clip)


@pytest.mark.parametrize(
    "line", [f'api_key = "{KEY}"', f'headers = "{KEY}"', f'api_key = ["{KEY}"]', f'token = "{KEY}"']
)
def test_a_key_in_study_toml_is_refused_and_not_shown(line, tmp_path, capsys):
    (tmp_path / "study.toml").write_text(f'[oracles.mine]\nadapter = "openai"\nmodel = "m"\n{line}\n')
    write(
        "videos",
        pd.DataFrame({"dataset": ["d"], "video_id": ["v"], "label": ["l"], "path": ["v.mp4"]}),
        tmp_path / "videos.parquet",
        provenance=Provenance("test"),
    )
    assert run(["score", str(tmp_path), "--dry-run"]) == 2
    told = capsys.readouterr()
    assert line.partition(" ")[0] in told.err
    assert KEY not in told.err + told.out
    assert not [
        file for file in tmp_path.iterdir() if KEY.encode() in file.read_bytes() and file.suffix != ".toml"
    ]


def test_an_import_writes_nowhere_but_into_its_study(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    rows = SCORES.assign(dataset="../../outside/x", oracle="../outside/y", video_id="/etc/passwd")
    rows.drop_duplicates(["segment"]).to_csv(tmp_path / "r.csv", index=False)
    import_("table", tmp_path / "r.csv", tmp_path / "study")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["outside", "r.csv", "study"]
    assert list(outside.iterdir()) == []


def test_a_link_in_the_place_of_a_table_is_replaced_and_not_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / "s.parquet").symlink_to(victim)
    write("scores", SCORES, tmp_path / "s.parquet", provenance=Provenance("test"))
    assert victim.read_text() == "mine"
    assert not (tmp_path / "s.parquet").is_symlink()
    with pytest.raises(InputError):
        import_("table", tmp_path / "dangling", tmp_path / "study")
