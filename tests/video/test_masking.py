"""Segments hidden from view, frame by frame."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossoracle.errors import InputError, UnknownNameError
from crossoracle.video.masking import OPERATORS, applied, black, blur, mask, mean
from tests.video.filming import texture

SEGMENT_OF = [0, 0, 1, 1, 2, 2, 3]
FRAMES = "abcdefg"


@pytest.mark.parametrize(
    ("removed", "operator", "expected"),
    [
        ({1}, "cut", [(0, ""), (1, ""), (4, ""), (5, ""), (6, "")]),
        ({0, 1, 2, 3}, "cut", []),
        (
            {1, 3},
            "black",
            [(0, ""), (1, ""), (2, "black"), (3, "black"), (4, ""), (5, ""), (6, "black")],
        ),
        ({2}, "blur", [(0, ""), (1, ""), (2, ""), (3, ""), (4, "blur"), (5, "blur"), (6, "")]),
        ({3}, "mean", [(0, ""), (1, ""), (2, ""), (3, ""), (4, ""), (5, ""), (6, "mean")]),
        ({1, 3}, "freeze", [(i, "") for i in (0, 1, 1, 1, 4, 5, 5)]),
        ({1, 2}, "freeze", [(i, "") for i in (0, 1, 1, 1, 1, 1, 6)]),
        ({0, 1}, "freeze", [(i, "") for i in (4, 4, 4, 4, 4, 5, 6)]),
    ],
)
def test_what_is_shown(removed, operator, expected):
    assert mask(FRAMES, SEGMENT_OF, removed, operator) == expected


@pytest.mark.parametrize("operator", OPERATORS)
def test_nothing_removed_nothing_changed(operator):
    assert mask(FRAMES, SEGMENT_OF, [], operator) == [(i, "") for i in range(7)]
    assert mask("", [], [0], operator) == []


@given(
    st.lists(st.integers(0, 5), min_size=1).map(sorted),
    st.sets(st.integers(0, 5)),
    st.sampled_from([*OPERATORS]),
)
def test_no_removed_frame_is_seen_as_it_was(segment_of, removed, operator):
    if operator == "freeze" and set(segment_of) <= removed:
        return
    shown = mask(segment_of, segment_of, removed, operator)
    assert all(operation or segment_of[source] not in removed for source, operation in shown)
    assert operator == "cut" or len(shown) == len(segment_of)


def test_freezing_needs_a_frame():
    with pytest.raises(InputError, match="every frame removed"):
        mask(FRAMES, SEGMENT_OF, range(4), "freeze")


def test_each_frame_has_a_segment():
    with pytest.raises(InputError, match="7 segments of 2 frames"):
        mask("ab", SEGMENT_OF, [0], "cut")


def test_unknown_names_are_refused():
    with pytest.raises(UnknownNameError, match="did you mean 'black'"):
        mask(FRAMES, SEGMENT_OF, [0], "blackk")
    with pytest.raises(UnknownNameError, match="unknown operation"):
        applied(texture(), "freeze")


def test_every_operation_can_be_applied():
    for operator in OPERATORS.values():
        assert operator.meaning
        assert applied(texture(), operator.operation).shape == texture().shape


def test_pictures_stay_as_they_are_without_an_operation():
    picture = texture()
    for operation in ("black", "blur", "mean", ""):
        applied(picture, operation)
    np.testing.assert_array_equal(applied(picture, ""), texture())


def test_black():
    assert not black(texture()).any()
    assert black(texture()).shape == texture().shape


def test_mean_keeps_the_mean_colour_alone():
    picture = texture()
    flat = mean(picture)
    assert len(np.unique(flat.reshape(-1, 3), axis=0)) == 1
    np.testing.assert_allclose(flat[0, 0], picture.reshape(-1, 3).mean(axis=0), atol=0.5)


@pytest.mark.parametrize("size", [(96, 128), (448, 252)])
def test_blur_leaves_nothing_fine(size):
    picture = texture(size=size)
    blurred = blur(picture)
    assert blurred.astype(float).std() <= picture.astype(float).std() / 3
    np.testing.assert_allclose(blurred.mean(), picture.mean(), atol=12)


@pytest.mark.parametrize("size", [(40, 60), (252, 448), (448, 251), (720, 1280)])
def test_blur_is_a_gaussian_of_a_twelfth(size):
    picture = texture(size=size)
    exact = cv2.GaussianBlur(picture.astype(np.float64), (0, 0), max(size) / 12)
    np.testing.assert_allclose(blur(picture), exact, atol=1.6)


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (16, 16), (3, 400)])
def test_small_pictures_keep_their_size(size):
    picture = np.full((*size, 3), 7, np.uint8)
    for operation in ("black", "blur", "mean"):
        assert applied(picture, operation).shape == picture.shape
    np.testing.assert_array_equal(blur(picture), picture)


def test_blur_is_relative_to_the_size():
    edge = np.zeros((60, 120, 3), np.uint8)
    edge[:, 60:] = 255
    large = np.repeat(np.repeat(edge, 3, axis=0), 3, axis=1)
    np.testing.assert_allclose(blur(large)[1::3, 1::3].astype(int), blur(edge).astype(int), atol=3)
