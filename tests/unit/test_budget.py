"""The daily budget, on a calendar that a test turns."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from gong_source.api.limits import DailyBudget, quota_of
from gong_source.errors import GongQuotaExceeded


class Calendar:
    """Today, as a test wants it."""

    def __init__(self) -> None:
        self.day = "2024-02-29"

    def __call__(self) -> str:
        return self.day


class TestDailyBudget:
    def test_refuses_beyond_the_budget_and_counts_nothing_then(self):
        budget = DailyBudget(Calendar())
        for _ in range(3):
            budget.spend(3)
        for _ in range(2):
            with pytest.raises(GongQuotaExceeded, match=r"3 requests made on 2024-02-29 .*daily_requests allows 3"):
                budget.spend(3)
        assert budget.used() == ("2024-02-29", 3)

    def test_a_larger_budget_goes_on(self):
        budget = DailyBudget(Calendar())
        budget.spend(1)
        budget.spend(2)
        assert budget.used() == ("2024-02-29", 2)

    def test_zero_means_no_limit_and_still_counts(self):
        budget = DailyBudget(Calendar())
        for _ in range(50):
            budget.spend(0)
        assert budget.used()[1] == 50

    def test_begins_anew_at_midnight(self):
        today = Calendar()
        budget = DailyBudget(today)
        budget.spend(1)
        today.day = "2024-03-01"
        assert budget.used() == ("2024-03-01", 0)
        budget.spend(1)
        with pytest.raises(GongQuotaExceeded):
            budget.spend(1)

    def test_midnight_in_the_middle_of_spending(self):
        today = Calendar()
        budget = DailyBudget(today)
        budget.spend(1)
        today.day = "2024-03-01"
        budget.spend(1)
        assert budget.used() == ("2024-03-01", 1)

    def test_takes_over_what_was_used_before(self):
        budget = DailyBudget(Calendar())
        budget.seed("2024-02-29", 9)
        budget.spend(10)
        with pytest.raises(GongQuotaExceeded):
            budget.spend(10)

    def test_never_forgets_requests_for_an_older_count(self):
        budget = DailyBudget(Calendar())
        for _ in range(5):
            budget.spend(0)
        budget.seed("2024-02-29", 2)
        assert budget.used() == ("2024-02-29", 5)

    @pytest.mark.parametrize("day", ["2024-02-28", "2024-03-01", ""])
    def test_ignores_the_count_of_another_day(self, day: str):
        budget = DailyBudget(Calendar())
        budget.seed(day, 9000)
        assert budget.used() == ("2024-02-29", 0)

    def test_a_count_of_yesterday_is_ignored_after_midnight(self):
        today = Calendar()
        budget = DailyBudget(today)
        today.day = "2024-03-01"
        budget.seed("2024-02-29", 9000)
        assert budget.used() == ("2024-03-01", 0)

    def test_a_count_of_today_is_taken_over_even_if_today_has_just_begun(self):
        today = Calendar()
        budget = DailyBudget(today)
        today.day = "2024-03-01"
        budget.seed("2024-03-01", 9)
        assert budget.used() == ("2024-03-01", 9)

    def test_threads_share_it_to_the_last_request(self):
        budget = DailyBudget(Calendar())
        gate = threading.Barrier(8, timeout=300)

        def work() -> int:
            gate.wait()
            done = 0
            for _ in range(20):
                try:
                    budget.spend(100)
                    done += 1
                except GongQuotaExceeded:
                    pass
            return done

        with ThreadPoolExecutor(8) as pool:
            futures = [pool.submit(work) for _ in range(8)]
            assert sum(future.result(60) for future in futures) == 100
        assert budget.used()[1] == 100

    def test_counts_days_in_utc_as_iso_text(self):
        day, used = DailyBudget().used()
        assert [len(part) for part in day.split("-")] == [4, 2, 2]
        assert used == 0


class TestQuotaOf:
    def test_is_one_per_host(self):
        one = quota_of("https://one.quota.test")
        assert quota_of("https://one.quota.test") is one
        other = quota_of("https://other.quota.test")
        assert other.pacer is not one.pacer
        assert other.budget is not one.budget
