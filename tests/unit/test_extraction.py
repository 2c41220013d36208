"""Reading ahead: order, failures, bounds and an end, with jobs that wait for each other and never for a clock."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from gong_source.streams.read_ahead import Closed, Emit, Failed, Job, ReadAhead

LONG = 60.0
"""Seconds after which a test that hangs fails."""
BRIEF = 0.3
"""Seconds in which something that must not happen would have happened."""


@contextmanager
def extraction(buffer: int = 24, **lanes: int | tuple[int, Callable[[], int]]) -> Iterator[ReadAhead]:
    """A reader with lanes by name: the number of threads, or threads and width."""
    given = {name: lane if isinstance(lane, tuple) else (lane, lambda lane=lane: lane) for name, lane in lanes.items()}
    reader = ReadAhead(given, buffer)
    try:
        yield reader
    finally:
        reader.close()


def telling(*events: Any) -> Job:
    def job(emit: Emit) -> None:
        for event in events:
            emit(event)

    return job


def all_of(reader: ReadAhead) -> list[Any]:
    events = []
    while (event := reader.take()) is not None:
        events.append(event)
    return events


class Gauge:
    """How many jobs are at work at one time; each stays until it is let go."""

    def __init__(self) -> None:
        self.now = 0
        self.most = 0
        self.let_go = threading.Event()
        self._changed = threading.Condition()

    def job(self, emit: Emit) -> None:
        with self._changed:
            self.now += 1
            self.most = max(self.most, self.now)
            self._changed.notify_all()
        assert self.let_go.wait(LONG)
        with self._changed:
            self.now -= 1
        emit("done")

    def reaches(self, number: int, seconds: float = LONG) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self.now >= number, seconds)


class TestEvents:
    def test_no_job_no_event(self):
        with extraction(a=2) as reader:
            assert reader.take() is None
            assert reader.take() is None

    def test_come_in_order_from_each_job_and_all_of_them(self):
        with extraction(buffer=3, a=3, b=2) as reader:
            for number in range(12):
                reader.submit("ab"[number % 2], telling(*((number, step) for step in range(20))))
            events = all_of(reader)
        assert sorted(events) == [(number, step) for number in range(12) for step in range(20)]
        for number in range(12):
            assert [step for job, step in events if job == number] == list(range(20))

    def test_falsy_events_are_events(self):
        with extraction(a=1) as reader:
            reader.submit("a", telling(0, [], ""))
            assert [reader.take() for _ in range(3)] == [0, [], ""]
            assert reader.take() is None

    def test_jobs_of_a_lane_start_in_the_order_they_were_added(self):
        with extraction(a=1) as reader:
            for number in range(10):
                reader.submit("a", telling(number))
            assert all_of(reader) == list(range(10))

    def test_jobs_that_tell_nothing_end_too(self):
        with extraction(a=2) as reader:
            for _ in range(5):
                reader.submit("a", telling())
            assert reader.take() is None

    def test_what_is_added_on_the_way_is_waited_for(self):
        with extraction(a=2, b=1) as reader:
            reader.submit("a", telling("first"))
            assert reader.take() == "first"
            reader.submit("b", telling("second"))
            reader.submit("b", telling("third"))
            assert all_of(reader) == ["second", "third"]
            reader.submit("a", telling("after the end"))
            assert all_of(reader) == ["after the end"]


class TestFailures:
    @pytest.mark.parametrize("error", [ValueError("bad page"), KeyboardInterrupt()], ids=repr)
    def test_are_events_after_those_of_the_job(self, error: BaseException):
        def job(emit: Emit) -> None:
            emit("before")
            raise error

        with extraction(a=1) as reader:
            reader.submit("a", job)
            assert all_of(reader) == ["before", Failed("a", error)]

    def test_do_not_stop_other_jobs_of_the_same_thread(self):
        def job(emit: Emit) -> None:
            raise ValueError

        with extraction(a=1, b=1) as reader:
            for _ in range(5):
                reader.submit("a", job)
            reader.submit("a", telling("a"))
            reader.submit("b", telling("b"))
            events = all_of(reader)
        assert [event.lane for event in events if isinstance(event, Failed)] == ["a"] * 5
        assert sorted(event for event in events if not isinstance(event, Failed)) == ["a", "b"]


class TestDrop:
    def test_forgets_what_has_not_begun_and_nothing_else(self):
        gauge = Gauge()
        with extraction(a=1, b=1) as reader:
            reader.submit("a", gauge.job)
            assert gauge.reaches(1)
            for _ in range(5):
                reader.submit("a", telling("never"))
            reader.submit("b", telling("other lane"))
            reader.drop("a")
            gauge.let_go.set()
            assert sorted(all_of(reader)) == ["done", "other lane"]
            reader.submit("a", telling("later"))
            assert all_of(reader) == ["later"]


class TestBounds:
    def test_jobs_wait_for_room(self):
        handed: list[int] = []
        finished = threading.Event()

        def job(emit: Emit) -> None:
            for number in range(10):
                emit(number)
                handed.append(number)
            finished.set()

        with extraction(buffer=3, a=1) as reader:
            reader.submit("a", job)
            assert not finished.wait(BRIEF)
            for number in range(10):
                assert len(handed) <= number + 3
                assert reader.take() == number
            assert reader.take() is None
            assert finished.is_set()

    def test_no_more_jobs_at_once_than_the_width_of_the_moment(self):
        gauge, width = Gauge(), [2]
        with extraction(a=(5, lambda: width[0])) as reader:
            for _ in range(8):
                reader.submit("a", gauge.job)
            assert gauge.reaches(2)
            assert not gauge.reaches(3, BRIEF)
            width[0] = 4
            assert gauge.reaches(4)
            assert not gauge.reaches(5, BRIEF)
            gauge.let_go.set()
            assert all_of(reader) == ["done"] * 8
        assert gauge.most == 4

    def test_no_more_jobs_at_once_than_threads(self):
        gauge = Gauge()
        with extraction(a=(2, lambda: 100)) as reader:
            for _ in range(4):
                reader.submit("a", gauge.job)
            assert gauge.reaches(2)
            assert not gauge.reaches(3, BRIEF)
            gauge.let_go.set()
            assert all_of(reader) == ["done"] * 4

    def test_a_lane_that_waits_does_not_hold_up_another(self):
        gauge = Gauge()
        with extraction(a=1, b=1) as reader:
            reader.submit("a", gauge.job)
            assert gauge.reaches(1)
            reader.submit("b", telling("b"))
            assert reader.take() == "b"
            gauge.let_go.set()
            assert all_of(reader) == ["done"]


class TestFewThreads:
    @pytest.fixture
    def one_more(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A machine that has one thread to give."""
        start, given = threading.Thread.start, []

        def limited(thread: threading.Thread) -> None:
            if given:
                raise RuntimeError("can't start new thread")
            given.append(thread)
            start(thread)

        monkeypatch.setattr(threading.Thread, "start", limited)

    @pytest.mark.usefixtures("one_more")
    def test_those_that_are_there_do_all(self):
        with extraction(a=3, b=1) as reader:
            for number in range(20):
                reader.submit("a", lambda emit, number=number: emit(number))
            assert [reader.take() for _ in range(20)] == [*range(20)]
            with pytest.raises(RuntimeError, match="can't start"):
                reader.submit("b", lambda emit: emit("never"))
            assert reader.take() is None


class TestClose:
    def test_frees_jobs_that_wait_for_room_and_ends_the_threads(self):
        before = set(threading.enumerate())
        seen: list[BaseException] = []
        begun = threading.Barrier(4, timeout=LONG)

        def job(emit: Emit) -> None:
            begun.wait()
            try:
                for number in range(100):
                    emit(number)
            except BaseException as error:
                seen.append(error)
                raise

        with extraction(buffer=1, a=3, idle=2) as reader:
            assert set(threading.enumerate()) == before, "no thread without a job"
            for _ in range(3):
                reader.submit("a", job)
            begun.wait()
            own = set(threading.enumerate()) - before
            assert len(own) == 3
            assert reader.take() == 0
        for thread in own:
            thread.join(LONG)
        assert not any(thread.is_alive() for thread in own)
        assert [type(error) for error in seen] == [Closed] * len(seen)
        assert seen

    def test_starts_no_further_job(self):
        gauge = Gauge()
        begun = threading.Event()
        before = set(threading.enumerate())
        with extraction(a=1) as reader:
            reader.submit("a", gauge.job)
            own = set(threading.enumerate()) - before
            assert gauge.reaches(1)
            reader.submit("a", lambda emit: begun.set())
        gauge.let_go.set()
        for thread in own:
            thread.join(LONG)
        assert not any(thread.is_alive() for thread in own)
        assert not begun.is_set()


def test_weight_and_not_number_bounds_the_buffer():
    """A job goes on once enough was taken; the one event that is too heavy is let in."""
    reader = ReadAhead({"a": (1, lambda: 1)}, 10, lambda event: event)
    with closing(reader):
        reader.submit("a", telling(4, 4, 40, 1))
        assert [reader.take() for _ in range(2)] == [4, 4]
        assert reader.take() == 40
        assert reader.take() == 1
        assert reader.take() is None
        assert not reader.crowded
