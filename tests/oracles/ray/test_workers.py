"""Workers of a cluster that is played: who is asked, who is let go of, and what the user is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from crossoracle.errors import InputError, NotInstalledError, VideoError
from crossoracle.nodes import DEATHS, WorkerDied, Workers, as_here, placed, spread, workers

TREE = {
    "RayTaskError": "RayError",
    "RayActorError": "RayError",
    "ActorUnavailableError": "RayActorError",
    "OutOfMemoryError": "RayError",
    "ObjectLostError": "RayError",
    "OwnerDiedError": "ObjectLostError",
    "ObjectStoreFullError": "RayError",
    "ActorUnschedulableError": "RayError",
}
DEADLY = ("RayActorError", "ActorUnavailableError", "OutOfMemoryError", "ObjectLostError", "OwnerDiedError")


def _exceptions() -> SimpleNamespace:
    found = {"RayError": type("RayError", (Exception,), {})}
    for name, above in TREE.items():
        found[name] = type(name, (found[above],), {})
    return SimpleNamespace(**found)


@dataclass
class Played:
    """What `crossoracle.nodes` calls of Ray; a promise is what it promises, and an error is raised."""

    exceptions: Any = field(default_factory=_exceptions)
    accelerators: int = 2
    killed: list[Any] = field(default_factory=list)
    made: list[Any] = field(default_factory=list)

    def get(self, found: Any) -> Any:
        if isinstance(found, Exception):
            raise found
        return found

    def put(self, value: Any) -> Any:
        return value

    def wait(self, promises: list[Any], timeout: float) -> tuple[list[Any], list[Any]]:
        return promises, []

    def kill(self, worker: Any) -> None:
        self.killed.append(worker)

    def cancel(self, task: Any) -> None:
        pass

    def cluster_resources(self) -> dict[str, float]:
        return {"GPU": float(self.accelerators), "CPU": 3.0}

    def nodes(self) -> list[dict[str, bool]]:
        return [{"Alive": True}, {"Alive": True}, {"Alive": True}, {"Alive": False}]

    def remote(self, kind: Any) -> Any:
        def options(**needs: Any) -> Any:
            def remote(*given: Any) -> Any:
                self.made.append((kind, needs, given))
                return kind(*given)

            return SimpleNamespace(remote=remote)

        return SimpleNamespace(options=options)

    def raised(self, name: str, *given: Any) -> Exception:
        return getattr(self.exceptions, name)(*given)

    def failed_task(self, cause: Exception) -> Exception:
        error = self.raised("RayTaskError", f"\x1b[36mray::work()\x1b[39m (pid=1)\n  File\n{cause!r}")
        error.cause = cause
        return error


class Actor:
    """One whose methods answer at once; ``fate`` is what it says of everything."""

    def __init__(self, fate: Any = "fine", ready: Any = True) -> None:
        self.fate = fate
        self.ready = SimpleNamespace(remote=lambda: ready)
        self.said = SimpleNamespace(remote=lambda *given: self.fate)


@pytest.fixture
def ray() -> Played:
    return Played()


def crew(ray: Played, *actors: Actor, count: int | None = None) -> Workers:
    coming = iter(actors)
    return Workers(ray, lambda: next(coming), count or len(actors)).begin()


@pytest.mark.parametrize("name", DEADLY)
def test_who_is_lost_is_killed_and_replaced(ray, name):
    lost, next_one = Actor(ray.raised(name, "gone")), Actor()
    found = crew(ray, lost, next_one, count=1)
    assert found.answer("said") == "fine"
    assert ray.killed == [lost], "or it would keep the accelerator that the next one needs"
    assert dict(found._live) == {next_one: 0}


def test_several_questions_of_one_that_dies_bring_one_replacement(ray):
    lost, next_one = Actor(), Actor()
    found = crew(ray, lost, next_one, count=1)
    assert [found.free(), found.free()] == [lost, lost]
    for _ in range(2):
        with pytest.raises(WorkerDied), found.asking(lost):
            raise ray.raised("RayActorError", "gone")
    assert found.answer("said") == "fine"
    assert ray.killed == [lost]
    assert dict(found._live) == {next_one: 0}


def test_the_one_with_the_least_to_do_is_asked(ray):
    one, other = Actor(), Actor()
    found = crew(ray, one, other)
    assert {found.free(), found.free()} == {one, other}
    with found.asking(one):
        pass
    assert found.free() is one


def test_who_dies_again_and_again_is_one_line(ray):
    told = "first line\n\tpid: 3\nout of luck"
    made = [Actor(ready=ray.raised("RayActorError", told)) for _ in range(2 * (1 + DEATHS) + 1)]
    coming = iter(made)
    with pytest.raises(
        InputError, match="no worker left: a worker of the cluster died: out of luck; see"
    ) as e:
        Workers(ray, lambda: next(coming), 2).begin()
    assert "\n" not in str(e.value)
    assert ray.killed == made[:-1], "of two, each is replaced three times"


def test_who_is_closed_begins_nobody(ray):
    one = Actor()
    found = crew(ray, one, count=1)
    found.close()
    assert ray.killed == [one]
    with pytest.raises(InputError, match="no worker left: all were let go, and run again"):
        found.answer("said")


def test_a_cluster_without_room_is_one_line(ray):
    ray.wait = lambda promises, timeout: ([], promises)
    with pytest.raises(InputError, match="the cluster brought no worker in 600 s; are its resources taken"):
        crew(ray, Actor())


@pytest.mark.parametrize(
    "cause", [InputError("found 1"), VideoError("no video"), NotInstalledError("get it")]
)
def test_what_is_wrong_is_told_as_it_is_here(ray, cause):
    found = crew(ray, Actor(ray.failed_task(cause)))
    with pytest.raises(type(cause)) as caught:
        found.answer("said")
    assert caught.value is cause
    assert ray.killed == []
    assert list(found._live.values()) == [0]


def test_a_fault_of_the_program_keeps_its_traceback(ray):
    with pytest.raises(ray.exceptions.RayTaskError, match="ray::work"), as_here(ray):
        raise ray.failed_task(ZeroDivisionError("division by zero"))


@pytest.mark.parametrize("name", ["ObjectStoreFullError", "ActorUnschedulableError"])
def test_what_else_ray_says_is_one_line(ray, name):
    found = crew(ray, Actor(ray.raised(name, "about objects\nthe store is full")))
    with pytest.raises(InputError, match=r"^the cluster cannot go on: the store is full; see to its nodes"):
        found.answer("said")
    assert ray.killed == []


def test_pieces_of_work_tell_the_same(ray):
    def work(piece: int) -> int:
        return piece

    def broken(piece: int) -> Exception:
        return ray.failed_task(InputError("found 1, expected 2"))

    def full(piece: int) -> Exception:
        return ray.raised("OutOfMemoryError", "memory is short")

    assert list(spread(ray, work, range(9))) == list(range(9))
    with pytest.raises(InputError, match=r"^found 1, expected 2$"):
        list(spread(ray, broken, range(9)))
    with pytest.raises(InputError, match=r"^a worker of the cluster died: memory is short; see to its nodes"):
        list(spread(ray, full, range(9)))


@pytest.mark.parametrize(("accelerators", "needs", "count"), [(2, "num_gpus", 2), (0, "num_cpus", 3)])
def test_models_share_accelerators_or_nodes(accelerators, needs, count):
    ray = Played(accelerators=accelerators)
    found = workers(ray, Actor, 4, "fine")
    assert found.count == count
    assert ray.made == [(Actor, {needs: 0.25, "scheduling_strategy": "SPREAD"}, ("fine",))] * count


class Kind:
    paths: ClassVar[tuple[str, ...]] = ("train",)
    places: ClassVar[tuple[str, ...]] = ("model",)


def test_only_what_is_declared_as_a_file_becomes_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("frames", "auto", "weights", "videos.csv"):
        (tmp_path / name).touch()
    given = {
        "media": "frames",
        "device": "auto",
        "seed": 0,
        "model": "weights",
        "train": ["videos.csv", "no"],
    }
    whole = {"model": str(tmp_path / "weights"), "train": [str(tmp_path / "videos.csv"), "no"]}
    assert placed(Kind, given) == given | whole
    assert placed(Kind, {"model": "owner/name", "train": None}) == {"model": "owner/name", "train": None}
    assert placed(object, given) == given
