"""The pacing of starts, on a clock that only moves when somebody sleeps."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gong_source.api.limits import SPACING, Pacer
from gong_source.api.notebook import Notebook
from gong_source.errors import GongQuotaExceeded


class Time:
    """A clock and a sleep that moves it; sleeps may be cut short or last longer, as real ones do."""

    def __init__(self, sleep_factors: list[float] | None = None) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self._factors = iter(sleep_factors or [])
        self._seen = threading.local()

    def clock(self) -> float:
        self._seen.value = self.now
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.slept.append(seconds)
        self.now += seconds * next(self._factors, 1.0)

    @property
    def last_seen(self) -> float:
        """What the clock said to this thread the last time it looked."""
        value: float = self._seen.value
        return value


def pacer_on(time: Time) -> Pacer:
    return Pacer(time.clock, time.sleep)


def most_in_one_second(starts: list[float]) -> int:
    """The most starts in any [t, t + 1)."""
    return max((sum(first <= start < first + 1 for start in starts) for first in starts), default=0)


class TestPacer:
    @given(
        st.integers(1, 12),
        st.lists(
            st.tuples(st.just("wait"), st.just(0.0))
            | st.tuples(st.sampled_from(["pass", "pause"]), st.floats(0, 3, allow_subnormal=False)),
            max_size=60,
        ),
        st.lists(st.floats(0.3, 2.0), max_size=60),
    )
    def test_no_second_holds_more_starts_than_allowed(
        self, per_second: int, actions: list[tuple[str, float]], sleep_factors: list[float]
    ):
        time = Time(sleep_factors)
        pacer = pacer_on(time)
        starts: list[float] = []
        not_before = 0.0
        for action, seconds in actions:
            if action == "pass":
                time.now += seconds
            elif action == "pause":
                pacer.pause(seconds)
                not_before = max(not_before, time.now + seconds)
            else:
                pacer.wait(per_second)
                starts.append(time.now)
                assert time.now >= not_before
        assert most_in_one_second(starts) <= per_second

    def test_uses_the_whole_rate_but_a_few_per_cent(self):
        time = Time()
        pacer = pacer_on(time)
        for _ in range(31):
            pacer.wait(3)
        assert time.now - 1000.0 == pytest.approx(30 * SPACING / 3)
        assert 1.0 < SPACING <= 1.05

    def test_the_first_start_and_one_after_a_long_rest_do_not_wait(self):
        time = Time()
        pacer = pacer_on(time)
        pacer.wait(3)
        time.now += 10
        pacer.wait(3)
        assert time.slept == []

    def test_rest_is_not_saved_up(self):
        time = Time()
        pacer = pacer_on(time)
        pacer.wait(2)
        time.now += 10
        pacer.wait(2)
        pacer.wait(2)
        assert time.slept == [pytest.approx(SPACING / 2)]

    def test_no_limit_means_no_wait(self):
        time = Time()
        pacer = pacer_on(time)
        for _ in range(100):
            pacer.wait(0)
        assert time.slept == []

    def test_a_rate_below_one_spaces_by_more_than_a_second(self):
        time = Time()
        pacer = pacer_on(time)
        pacer.wait(0.5)
        pacer.wait(0.5)
        assert time.slept == [pytest.approx(2 * SPACING)]

    @pytest.mark.parametrize("per_second", [0, 100])
    def test_a_pause_holds_whatever_the_rate(self, per_second: float):
        time = Time()
        pacer = pacer_on(time)
        pacer.pause(7)
        pacer.wait(per_second)
        assert time.now == 1007.0

    def test_another_process_keeps_to_its_own_rate_and_nobody_waits_for_it(self):
        time, book = Time(), Notebook()
        slow, fast = (Pacer(time.clock, time.sleep, book) for _ in range(2))
        slow.wait(1e-9)
        fast.wait(2, most=60)
        assert time.slept == [pytest.approx(SPACING / 2)]
        slow.wait(0.25)
        assert time.now == pytest.approx(1000 + 4 * SPACING), "by the rate that it has now"
        fast.wait(2)
        slow.wait(0.25)
        assert time.now == pytest.approx(1000 + 8 * SPACING)

    def test_a_pause_is_kept_by_all_and_told(self):
        time, book, told = Time(), Notebook(), []
        one, other = (Pacer(time.clock, time.sleep, book) for _ in range(2))
        one.pause(50)
        with pytest.raises(GongQuotaExceeded, match="50 s are left"):
            other.wait(3, most=40)
        other.wait(3, most=60, on_wait=told.append)
        assert told == [50.0]
        assert time.now == 1050.0

    def test_a_shorter_pause_does_not_end_a_longer_one(self):
        time = Time()
        pacer = pacer_on(time)
        pacer.pause(7)
        pacer.pause(2)
        pacer.wait(3)
        assert time.now == 1007.0

    def test_threads_share_the_rate(self):
        time = Time([0.5, 1.5] * 40)
        pacer = pacer_on(time)
        gate = threading.Barrier(8, timeout=300)

        def work() -> list[float]:
            gate.wait()
            starts = []
            for _ in range(6):
                pacer.wait(4)
                starts.append(time.last_seen)
            return starts

        with ThreadPoolExecutor(8) as pool:
            futures = [pool.submit(work) for _ in range(8)]
            starts = sorted(itertools.chain.from_iterable(future.result(60) for future in futures))
        assert len(starts) == 48
        assert most_in_one_second(starts) <= 4
        assert min(later - start for start, later in itertools.pairwise(starts)) >= SPACING / 4 - 1e-9
