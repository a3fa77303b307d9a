"""The page in a real browser: nothing fails, nothing sticks out, and everything works from the keyboard."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.report.conftest import SIZES

pytestmark = pytest.mark.browser

RATIO = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")


@pytest.fixture
def at(opened, studied):
    return lambda size="laptop", **how: opened(studied / "report.html", size, **how)


def column(page, table, nth):
    return page.eval_on_selector_all(
        f"#{table} tbody tr:not([hidden]) td:nth-child({nth})", "all => all.map((one) => one.textContent)"
    )


def tab_to(page, wanted, most=400):
    """Press Tab until what is wanted has the focus, as somebody without a mouse would."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    raise AssertionError(f"no way to {wanted} by Tab")


def until(page, condition, tries=200):
    """Wait until a condition holds; the page's own policy forbids what `wait_for_function` does."""
    for _ in range(tries):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{condition}: not within {tries / 10} s")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_nothing_fails_and_nothing_sticks_out(at, size, dark):
    watched = at(size, dark=dark)
    page = watched.page
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert watched.overflow() == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    assert page.locator("#list > li").count() == 18
    assert page.locator("#count").inner_text() == "18 of 18 videos"
    assert watched.said == []
    assert {url.split(":")[0] for url in watched.asked} == {"file"}
    assert page.evaluate("[...document.images].every((one) => one.complete && one.naturalWidth > 0)")


@pytest.mark.parametrize("dark", [False, True])
def test_text_can_be_read_on_what_is_behind_it(at, dark):
    found = at(dark=dark).page.evaluate(RATIO)
    assert len(found) > 20
    assert {name: ratio for name, ratio in found.items() if ratio < 4.5} == {}


def test_dark_and_light_change_from_the_keyboard(at):
    page = at(dark=True).page
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    tab_to(page, "#theme")
    page.keyboard.press("Enter")
    assert page.evaluate(paper) != dark
    assert page.get_by_role("button", name="Dark").get_attribute("aria-pressed") == "false"


def test_a_table_is_sorted_from_the_keyboard(at):
    page = at().page
    tab_to(page, "#rows-flow th:nth-child(4) button")
    head = page.locator("#rows-flow th:nth-child(4)")
    for way, turned in (("ascending", False), ("descending", True)):
        page.keyboard.press("Enter")
        numbers = [int(text.replace(",", "")) for text in column(page, "rows-flow", 4)]
        assert head.get_attribute("aria-sort") == way
        assert numbers == sorted(numbers, reverse=turned)
        assert len(set(numbers)) > 3
    assert page.evaluate("document.activeElement.closest('th').getAttribute('aria-sort')") == "descending"


def test_numbers_that_are_not_there_come_last_and_intervals_sort_by_their_lower_bound(at):
    page = at().page
    heads = page.locator("#rows-differences th").all_inner_texts()
    for name, first in (("interval", r"\[(-?[\d.]+),"), ("b", r"(\d+)")):
        nth = heads.index(name) + 1
        page.locator(f"#rows-differences th:nth-child({nth}) button").press("Enter")
        cells = column(page, "rows-differences", nth)
        full = [float(re.match(first, cell).group(1)) for cell in cells if cell]
        assert full == sorted(full)
        assert cells[: len(full)] == [cell for cell in cells if cell]


def test_a_table_is_filtered_from_the_keyboard(at):
    page = at().page
    tab_to(page, "input[data-filters=rows-flow]")
    page.keyboard.type("oracle-a ORDERED exactly")
    rows = page.locator("#rows-flow tbody tr:visible").all_inner_texts()
    assert rows
    assert all("oracle-a" in row and "demo-ordered" in row for row in rows)
    assert page.locator("#rows-flow-count").inner_text() == f"{len(rows)} rows"
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    assert page.locator("#rows-flow tbody tr:visible").count() == page.locator("#rows-flow tbody tr").count()


def test_videos_are_found_by_dataset_label_agreement_and_outcome(at):
    page = at().page
    videos = json.loads(page.locator("#data").text_content())["videos"]

    def names(**chosen):
        for name in ("dataset", "label", "agreement", "outcome"):
            page.locator(f"#{name}").select_option(chosen.get(name, ""))
        assert page.locator("#count").inner_text() == f"{page.locator('#list > li').count()} of 18 videos"
        return page.locator("#list h3").all_text_contents()

    assert len(names()) == 18
    ordered = [one for one in videos if one["dataset"] == "demo-ordered"]
    assert len(names(dataset="demo-ordered")) == len(ordered) == 6
    labelled = [one["id"] for one in ordered if one["label"] == "action 2"]
    assert sorted(names(dataset="demo-ordered", label="action 2")) == sorted(labelled) != []
    known = [one["agreement"] for one in videos if one["agreement"] is not None]
    assert len(names(agreement="0.5 0.75")) == sum(0.5 <= one < 0.75 for one in known) > 0
    assert len(names(agreement="none")) == 18 - len(known)
    lost = [one["id"] for one in videos if "no" in {said[0] for said in one["outcomes"].values()}]
    assert sorted(names(outcome="no")) == sorted(lost)
    assert 0 < len(lost) < 18


def test_videos_are_sorted_by_disagreement(at):
    page = at().page
    videos = {
        (v["dataset"], v["id"]): v["agreement"]
        for v in json.loads(page.locator("#data").text_content())["videos"]
    }

    def order():
        cards = page.eval_on_selector_all(
            "#list > li",
            "all => all.map((one) => ['bdi', 'h3'].map((name) => one.querySelector(name).textContent))",
        )
        return [videos[tuple(card)] for card in cards]

    least = order()
    defined = [one for one in least if one is not None]
    assert defined == sorted(defined)
    assert least[: len(defined)] == defined
    page.locator("#sort").focus()
    page.keyboard.press("ArrowDown")
    most = [one for one in order() if one is not None]
    assert most == sorted(defined, reverse=True)


def test_a_video_is_played_at_a_segment_and_sought_from_the_keyboard(at):
    watched = at()
    page = watched.page
    page.locator("#dataset").select_option("demo-ordered")
    page.locator("#search").fill("video-01")
    tab_to(page, "#list .segment")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("Play 2-3 s")
    page.keyboard.press("Enter")
    film = "document.getElementById('film')"
    until(page, f"{film}.currentTime >= 2")
    assert page.evaluate(f"{film}.currentTime") < 3.5
    until(page, f"{film}.paused && {film}.currentTime >= 3")
    for key, there in (("ArrowRight", 3), ("ArrowRight", 4), ("ArrowLeft", 3), ("ArrowLeft", 2)):
        page.keyboard.press(key)
        assert page.locator("#playing").inner_text() == f"video-01, {there} to {there + 1} s"
        until(page, f"Math.abs({film}.currentTime - {there}.2) < 1")
    page.keyboard.press("Escape")
    assert page.evaluate(f"{film}.paused && !document.getElementById('player').open")
    assert page.evaluate("document.activeElement.matches('#list .segment')")
    assert watched.said == []
    assert {url.split(":")[0] for url in watched.asked} == {"file"}


def test_a_strip_is_one_stop_of_the_tab_key(at):
    page = at().page
    page.locator("#list button.segment").first.focus()
    strip = page.evaluate("document.activeElement.parentElement.getAttribute('aria-label')")
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.matches('button.segment:last-child')")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.parentElement.getAttribute('aria-label')") != strip
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.matches('button.segment:last-child')")


def test_what_has_the_focus_is_seen(at):
    page = at().page
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        tag, style, width = page.evaluate(
            "() => { const one = document.activeElement, look = getComputedStyle(one);"
            "return [one.tagName, look.outlineStyle, parseFloat(look.outlineWidth)]; }"
        )
        seen.add(tag)
        assert (style, width >= 1) != ("none", True), tag
        assert style != "none", tag
    assert {"A", "BUTTON", "INPUT", "SUMMARY", "DIV"} <= seen


def test_the_first_stop_skips_to_the_results(at):
    page = at().page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the results"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_headings_landmarks_and_names_are_there_for_those_who_listen(at):
    page = at().page
    levels = page.eval_on_selector_all("h1, h2, h3", "all => all.map((one) => Number(one.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    for role, count in (("banner", 1), ("main", 1), ("navigation", 1)):
        assert page.get_by_role(role).count() == count
    unnamed = page.evaluate(
        """() => [..."button,input,select,a,summary,video,img,[role=region]".split(",")]
            .flatMap((name) => [...document.querySelectorAll(name)])
            .filter((one) => !(one.labels?.length || one.textContent.trim() || ["alt", "aria-label",
                "aria-labelledby", "aria-describedby"].some((name) => one.hasAttribute(name))))
            .map((one) => one.outerHTML)"""
    )
    assert unnamed == []
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.evaluate("[...document.querySelectorAll('[id]')].length") == page.evaluate(
        "new Set([...document.querySelectorAll('[id]')].map((one) => one.id)).size"
    )
    assert page.eval_on_selector_all(
        "section", "all => all.every((one) => one.ariaLabelledByElements.length)"
    )


def test_paper_shows_every_table_whole_and_is_white(opened, studied):
    watched = opened(studied / "report.html", "laptop", dark=True)
    page = watched.page
    page.set_viewport_size({"width": 688, "height": 1000})  # A4 less margins of 14 mm
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("[...document.querySelectorAll('details')].every((one) => one.open)")
    cut = page.evaluate(
        """() => [...document.querySelectorAll("table, figure img, pre, .video")].filter((one) =>
            one.getBoundingClientRect().right > innerWidth + 1 || one.scrollWidth > one.clientWidth + 1
        ).map((one) => one.id || one.className || one.tagName)"""
    )
    assert cut == []
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate(RATIO)["H2."] > 10
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not page.evaluate("[...document.querySelectorAll('details')].every((one) => one.open)")


def test_it_prints_on_a_few_pages(opened, studied, tmp_path):
    watched = opened(studied / "report.html")
    watched.page.pdf(path=tmp_path / "page.pdf", format="A4")
    pages = re.findall(rb"/Type\s*/Page\b", (tmp_path / "page.pdf").read_bytes())
    assert 4 < len(pages) < 40
    assert watched.said == []
