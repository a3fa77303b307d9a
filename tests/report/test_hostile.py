"""Names that mean something to HTML, to SVG, to LaTeX or to a file system: they are text everywhere."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from xml.etree import ElementTree

import duckdb
import pytest

from crossoracle.cli import run
from crossoracle.provenance import Provenance
from crossoracle.tables import write
from tests.report.studies import whole

SCRIPT = "</script><script>alert('x')</script><img src=x onerror=\"alert(1)\">"
ORACLES = {
    "oracle-a": f"models/a\\b {SCRIPT}",
    "oracle-b": "\N{HEBREW LETTER SHIN}\N{HEBREW LETTER LAMED} \N{RIGHT-TO-LEFT OVERRIDE}evil & <b>",
    "oracle-c": "\N{CLAPPER BOARD} 'single' \"double\" `back` $x_1^2$ 100% #1 ~ {}",
    "oracle-d": "long " * 60,
}
LABELS = {
    "action 1": SCRIPT,
    "action 2": "\N{ARABIC LETTER BEH}\N{ARABIC LETTER ALEF} \N{RIGHT-TO-LEFT MARK}\N{RUNNER}",
    "action 3": "x" * 300,
    "action 4": "a \"b\" 'c' & <d> \\input{/etc/passwd} %",
}
TITLE = f"title {SCRIPT}"
FIGURES = ["agreement-matrix", "precheck-flow", "contrasts", "timelines"]
DATASET = "d <i>&amp;</i>/../x"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Return a study of such names that went through the verbs."""
    home = whole(tmp_path_factory.mktemp("hostile") / "a <b> & 'c' %20#", names=ORACLES, filmed=1)
    for name in ("videos", "scores", "prechecks", "predictions"):
        rows = duckdb.read_parquet(str(home / f"{name}.parquet")).df()
        rows["dataset"] = rows["dataset"].replace("demo-ordered", DATASET)
        rows["video_id"] = rows["video_id"].replace("video-02", f"v {SCRIPT}")
        if name == "videos":
            rows["label"] = rows["label"].map(lambda label: LABELS.get(label, label))
        if name == "scores":
            rows["reason"] = SCRIPT
        if name == "prechecks":
            rows["detail"] = SCRIPT
        if name == "predictions":
            rows["recognizer"] = f"r/{SCRIPT}"
        write(name, rows, home / f"{name}.parquet", provenance=Provenance("test"))
    (home / "study.toml").write_text(f"[draw]\nfigures = {json.dumps(FIGURES)}\n")
    few = ("--replicates", "19")
    for verb, *more in (
        ("precheck",),
        ("agree", *few),
        ("compare", *few),
        ("draw",),
        ("report", "--title", TITLE),
    ):
        assert run([verb, str(home), *more]) == 0
    return home


@pytest.mark.browser
def test_names_are_text_in_the_page_and_nothing_runs(hostile, opened):
    watched = opened(hostile / "report.html", "phone")
    page = watched.page
    page.locator("#more").dispatch_event("click")
    page.wait_for_timeout(200)
    assert (watched.dialogs, watched.said) == ([], [])
    assert page.locator("img[src=x]").count() == 0
    assert page.locator("h1").text_content() == TITLE
    names = page.eval_on_selector_all("#legend bdi", "all => all.map((one) => one.textContent)")
    assert sorted(names) == sorted(ORACLES.values())
    assert set(ORACLES.values()) <= set(page.locator("#flow thead th").all_text_contents())
    labels = page.eval_on_selector_all("#label option", "all => all.map((one) => one.value)")
    assert set(LABELS.values()) <= set(labels)
    said = page.eval_on_selector_all("#list > li p bdi", "all => all.map((one) => one.textContent)")
    assert {DATASET, *LABELS.values()} <= set(said)
    assert f"v {SCRIPT}" in page.locator("#list h3").all_text_contents()
    assert watched.overflow() == []


@pytest.mark.browser
def test_such_a_video_is_found_by_its_label_and_plays(hostile, opened):
    watched = opened(hostile / "report.html")
    page = watched.page
    page.locator("#label").select_option(SCRIPT)
    page.locator("#list button.segment").first.press("Enter")
    for _ in range(100):
        if page.evaluate("document.getElementById('film').readyState") > 1:
            break
        page.wait_for_timeout(100)
    assert page.evaluate("document.getElementById('film').error") is None
    assert page.evaluate("document.getElementById('film').duration") > 1
    assert watched.said == []


def test_every_svg_is_xml_without_a_script(hostile):
    files = list((hostile / "figures").glob("*.svg"))
    assert len(files) == len(FIGURES)
    for file in files:
        tags = {one.tag.rpartition("}")[2] for one in ElementTree.parse(file).iter()}
        assert not tags & {"script", "foreignObject"}


def test_files_stay_in_their_directory(hostile):
    assert {file.parent.name for file in hostile.rglob("*.tex")} == {"tables"}
    assert not [file for file in hostile.parent.iterdir() if file != hostile]


def test_what_the_page_holds_is_what_was_named(hostile):
    text = (hostile / "report.html").read_text(encoding="utf-8")
    held = json.loads(re.search(r'id="data">(.*?)</script>', text, re.S).group(1))
    assert set(held["oracles"]) == set(ORACLES.values())
    assert "<script>alert" not in text


@pytest.mark.skipif(shutil.which("lualatex") is None, reason="needs lualatex on the path")
def test_latex_sets_them(hostile, tmp_path):
    body = "\n".join(file.read_text(encoding="utf-8") for file in (hostile / "tables").glob("*.tex"))
    assert "\\input" not in body
    paper = (
        f"\\documentclass{{article}}\n\\usepackage{{booktabs}}\n\\begin{{document}}\n{body}\\end{{document}}"
    )
    (tmp_path / "paper.tex").write_text(paper, encoding="utf-8")
    words = ["lualatex", "-halt-on-error", "-interaction=nonstopmode", "--no-shell-escape", "paper.tex"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stdout[-2000:]
