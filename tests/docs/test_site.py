"""The site of the docs: no warning, nothing loaded from elsewhere, every page fits; pictures are small."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.docs.pages import ROOT, pages

PICTURES = ROOT / "docs" / "pictures"
LOADED = re.compile(
    r"<(?:script|img|iframe|source)[^>]+src=\"?(https?:[^\"\s>]+)|<link[^>]+href=\"?(https?:[^\"\s>]+)"
)
SHOWN = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    if find_spec("mkdocs") is None:
        pytest.skip(
            "mkdocs is not installed: `make lint` and `make site` install it, and build the site strictly"
        )
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(out)]
    quiet = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env=quiet, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def test_every_page_is_in_the_site(site):
    docs = ROOT / "docs"
    for page in docs.rglob("*.md"):
        assert (site / page.relative_to(docs)).with_suffix(".html").is_file(), page


def test_nothing_is_loaded_from_elsewhere(site):
    for page in site.rglob("*.html"):
        assert not LOADED.findall(page.read_text(encoding="utf-8")), page
    for style in site.rglob("*.css"):
        assert not re.search(r"(?:url\(|@import )[\"']?https?:", style.read_text(encoding="utf-8")), style


def test_what_only_builds_the_docs_is_not_in_the_site(site):
    assert not list(site.rglob("*.py"))


def _shown() -> set[Path]:
    found = set()
    for page in pages():
        for text, target in SHOWN.findall(page.read_text(encoding="utf-8")):
            assert len(text) > 10, f"{page}: {target} wants a text for those who cannot see it"
            found.add((page.parent / target).resolve())
    return found


def test_pictures_are_those_that_are_drawn_and_small(drawer):
    drawn = {PICTURES / f"{figure}.png" for figure in drawer.FIGURES}
    assert _shown() == drawn == set(PICTURES.glob("*.png"))
    assert all(path.stat().st_size < 150_000 for path in drawn)


@pytest.fixture(scope="module")
def drawer():
    spec = spec_from_file_location("docs_draw", ROOT / "docs" / "draw.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_pictures_are_made_from_the_figures_of_a_study(drawer, reader, tmp_path):
    made = drawer.make(reader / "demo", tmp_path / "pictures")
    assert [path.stem for path in made] == list(drawer.FIGURES)
    assert all(1_000 < path.stat().st_size < 150_000 for path in made)
    assert drawer.make(reader / "demo", tmp_path / "again")[0].read_bytes() == made[0].read_bytes()


@pytest.fixture(scope="module")
def served(site) -> Iterator[str]:
    """Return the address of the site on the loopback."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    where = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if where is None or find_spec("playwright") is None:
        pytest.skip("no Chromium, or no playwright: the pages are not looked at in a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=where, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.mark.parametrize(
    ("width", "height"),
    [
        pytest.param(390, 844, id="phone", marks=pytest.mark.slow),
        pytest.param(1366, 768, id="laptop", marks=pytest.mark.slow),
    ],
)
def test_pages_fit_and_are_quiet(site, served, browser, width, height):
    page = browser.new_page(viewport={"width": width, "height": height})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "request", lambda asked: None if asked.url.startswith((served, "data:")) else said.append(asked.url)
    )
    for file in sorted(site.rglob("*.html")):
        page.goto(served + file.relative_to(site).as_posix())
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, file.name
        assert page.locator("h1").count() == 1, file.name
        assert not said, (file.name, said)
    page.close()


def test_search_finds_a_coefficient(served, browser):
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    page.goto(served + "index.html")
    page.keyboard.press("/")
    page.keyboard.type("Gwet")
    first = page.locator(".md-search-result__link").first
    first.wait_for(state="visible", timeout=20_000)
    assert "reference/" in (first.get_attribute("href") or "")
    page.close()
