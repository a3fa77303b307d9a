"""Files that appear whole or not at all."""

from __future__ import annotations

import pytest

from crossoracle.atomic import Together, replace_text


def names(directory):
    return sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file())


def test_files_appear_together_at_the_end_of_the_block(tmp_path):
    with Together() as files:
        files.staged(tmp_path / "a.txt").write_text("a")
        files.staged(tmp_path / "deep" / "b.mp4", ".mp4").write_text("b")
        files.spare(tmp_path / "a.txt").write_text("of no use later")
        assert not {"a.txt", "deep/b.mp4"} & set(names(tmp_path))
        assert all(name.rsplit("/", 1)[-1].startswith(".") for name in names(tmp_path))
        assert sorted(path.suffix for path in tmp_path.rglob(".*")) == [".mp4", ".tmp", ".tmp"]
    assert names(tmp_path) == ["a.txt", "deep/b.mp4"]
    assert (tmp_path / "a.txt").read_text() == "a"


@pytest.mark.parametrize(
    "failure", [OSError("the disk is full"), KeyboardInterrupt()], ids=["error", "Ctrl-C"]
)
def test_a_block_that_fails_leaves_what_was_there(tmp_path, failure):
    replace_text(tmp_path / "a.txt", "old")

    def work():
        with Together() as files:
            files.staged(tmp_path / "a.txt").write_text("new")
            files.staged(tmp_path / "b.txt").write_text("new")
            raise failure

    with pytest.raises(type(failure)):
        work()
    assert names(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_a_text_is_replaced_whole(tmp_path):
    assert replace_text(tmp_path / "new" / "a.txt", "ä\n") == tmp_path / "new" / "a.txt"
    assert (tmp_path / "new" / "a.txt").read_bytes() == "ä\n".encode()
    with pytest.raises(UnicodeEncodeError):
        replace_text(tmp_path / "new" / "a.txt", "\ud800")
    assert names(tmp_path) == ["new/a.txt"]
    assert (tmp_path / "new" / "a.txt").read_bytes() == "ä\n".encode()
