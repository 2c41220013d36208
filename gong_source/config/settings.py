"""Every setting of the source: what it accepts, its default and what it means."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Any, Literal

from dlt.common.configuration import configspec
from dlt.common.typing import TSecretStrValue

from gong_source.config.checks import Choice, Choices, Flag, Instant, Names, Number, Place, Text
from gong_source.config.credentials import GongCredentials
from gong_source.config.model import CheckedConfiguration, check_all, setting
from gong_source.config.urls import Url
from gong_source.errors import GongConfigError

SECTION = "sources.gong"

CALL_PARTS = (
    "parties",
    "context",
    "structure",
    "topics",
    "trackers",
    "brief",
    "outline",
    "highlights",
    "call_outcome",
    "key_points",
    "speakers",
    "interaction_stats",
    "video",
    "questions",
    "comments",
)
"""The parts of a call that can be asked for: everything but media, whose URLs differ in every answer."""

CONTEXT_TIMINGS = ("Now", "TimeOfCall")

MEDIA_KINDS = ("audio", "video")

WHAT, HOW_FAR, MEDIA, PERSONAL = "what", "how far", "recordings", "personal data"
QUOTA, REQUESTS = "quota", "requests"
"""The tables of docs/configuration.md."""

CENTURY = 36_500.0
"""Days."""

PII_KEY_LENGTH = 32


@configspec
class GongSettings(CheckedConfiguration):
    """Every setting of the source; docs/configuration.md is made of these."""

    credentials: GongCredentials = None  # type: ignore[assignment]  # required: dlt fills it in
    base_url: str = setting(
        "https://api.gong.io",
        Url(),
        "Gong's API. A tenant has a base URL of its own, shown in Gong's API settings; use that one where the general "
        "one answers 401 or redirects. Only https, save for loopback addresses; redirects to another host are never "
        "followed.",
        WHAT,
    )
    start_date: Any | None = setting(
        None,
        Instant(),
        "From when on to load. The state keeps the date of the first sync that is given no end, whether it was set or "
        "not, and syncs without one go on from it. Moved back, the next run loads just the gap; moved forward, nothing "
        "is removed.",
        WHAT,
        unset="90 days before the first run",
    )
    workspace_ids: Any | None = setting(
        None,
        Names("the id of a workspace", r"[\w-]{1,100}"),
        "Only calls of these workspaces with their transcripts, folders, permission profiles, targets, coaching. "
        "All else is the company's: users, logs, scorecards and their answers, trackers, statistics come of every one. "
        "One that the key does not see is refused; one that is added later is loaded from `start_date`. Without them, "
        "one that the key sees later is told of, with the command that loads its past.",
        WHAT,
        unset="all workspaces",
    )
    include_private_calls: bool = setting(
        True,
        Flag(),
        "`false` keeps private calls out of every table; a call that turns private leaves them when a sync sees it. "
        "What names a call that Gong does not show stays out until Gong shows it.",
        WHAT,
    )
    call_parts: Any | None = setting(
        None,
        Choices(CALL_PARTS, CALL_PARTS),
        "Parts of a call to ask for and load.",
        WHAT,
        unset="all of the list below",
    )
    context_timing: Any | None = setting(
        None,
        Choices(CONTEXT_TIMINGS, ("Now",)),
        "Which CRM values a call's context has: `Now`, `TimeOfCall` (as they were then), or both.",
        WHAT,
        unset="`Now`",
    )
    include_avatars: bool = setting(
        False, Flag(), "`true` lists Gong's synthetic users too; their ids may appear in other data.", WHAT
    )
    lookback_days: float = setting(
        7.0,
        Number(0.0, CENTURY, "days"),
        "How late a call may become visible, or be edited, and still be picked up by the next sync. Counted from when "
        "a range was read, so that a pause between runs forgets nothing. Raised, the next run reads the last days up "
        "to it once more; of streams of days and months the next one after `list_refresh_hours`.",
        HOW_FAR,
    )
    transcript_retry_days: float = setting(
        14.0,
        Number(0.0, CENTURY, "days"),
        "For how long the transcript of a call is asked for again until the call counts as one without. Raised, those "
        "of the last days up to it are awaited once more.",
        HOW_FAR,
    )
    transcript_lookback_days: float = setting(
        2.0,
        Number(0.0, CENTURY, "days"),
        "For how long after a call its transcript is asked for again although it is loaded, to find edits.",
        HOW_FAR,
    )
    list_refresh_hours: float = setting(
        24.0,
        Number(0.0, 24 * CENTURY, "hours"),
        "How old a list that hardly changes (settings, permission profiles), or a look-back of days and months, may be "
        "before it is read again; it is read up to a twentieth earlier, as no scheduler starts runs to the second.",
        HOW_FAR,
    )
    chunk_days: float = setting(
        30.0,
        Number(0.01, CENTURY, "days"),
        "The longest range that is read and committed as one. A kill costs at most one chunk; each commit costs about "
        "a second.",
        HOW_FAR,
    )
    media_folder: str | None = setting(
        None,
        Place(),
        "Where `call_media` downloads recordings to: a folder, or a bucket as `s3://bucket/folder`, `gs://...` or "
        "`az://...`, for which `s3fs`, `gcsfs` or `adlfs` has to be installed and finds its credentials in the "
        "environment. Every run that syncs, reconciles or purges must reach it.",
        MEDIA,
    )
    media_kinds: Any | None = setting(
        None, Choices(MEDIA_KINDS, ("audio",)), "Which recordings: `audio`, `video`, or both.", MEDIA, unset="`audio`"
    )
    media_parallel: int = setting(4, Number(1, 32), "Recordings that are downloaded side by side.", MEDIA)
    keep_media: bool = setting(
        False,
        Flag(),
        "`true` keeps the recordings of calls that a reconcile finds deleted in Gong. Those of private calls that are "
        "not wanted and of people who are purged go all the same.",
        MEDIA,
    )
    max_rejected_share: float = setting(
        0.01,
        Number(0.0, 1.0),
        "Which share of a stream's records in a run may be set aside in `_gong_rejected` because they can't be loaded; "
        "beyond it the stream stops with an error. Ten records may be in any case.",
        HOW_FAR,
    )
    pii: Literal["keep", "hash", "drop"] = setting(
        "keep",
        Choice(("keep", "hash", "drop")),
        "E-mail addresses, phone numbers, names and addresses: as they are, as a keyed hash that is the same in every "
        "table, or not at all.",
        PERSONAL,
    )
    pii_key: TSecretStrValue | None = setting(
        None,
        Text(least=PII_KEY_LENGTH),
        f'The key of the hash, needed with `pii = "hash"`: at least {PII_KEY_LENGTH} characters, such as `openssl '
        "rand -hex 32` makes. With another key, hashes don't match those that were loaded before.",
        PERSONAL,
    )
    transcripts: Literal["keep", "drop"] = setting(
        "keep", Choice(("keep", "drop")), "`drop` asks for no transcripts and keeps none that are there.", PERSONAL
    )
    exclude_columns: Any | None = setting(
        None,
        Names("a column, or table.column", r"\w+(\.\w+)?"),
        "Columns that are not loaded: `table.column`, or `column` for those of all tables. Keys, and what "
        "docs/tables.md says can't be excluded, are refused; a column that no table documents is noted in the report.",
        PERSONAL,
    )
    requests_per_second: float = setting(
        3.0,
        Number(0.0, 1000.0),
        "Requests started in any one second, over all processes of the machine that use the key. 0 is no limit.",
        QUOTA,
    )
    daily_requests: int = setting(
        10000,
        Number(0, 10**9),
        "Requests a UTC day, over all runs and processes of the machine. At the limit a run stops with exit code 75. "
        "0 is no limit.",
        QUOTA,
    )
    quota_share: float = setting(
        1.0,
        Number(0.001, 1.0),
        "Part of the two above that this machine may use, where several load at the same time: 0.25 on each of four. "
        "Processes of one machine share one pace by themselves.",
        QUOTA,
    )
    max_retry_wait: float = setting(
        300.0,
        Number(0.0, 86_400.0, "seconds"),
        "For how long Gong may answer nothing but 429, to one request or to all; then the quota counts as used up.",
        QUOTA,
    )
    retry_patience: float = setting(
        300.0,
        Number(0.0, 86_400.0, "seconds"),
        "For how long a read is sent again when the server fails (5xx, 408, 425) or its answer is lost. 0 asks once.",
        REQUESTS,
    )
    connect_timeout: float = setting(
        10.0, Number(0.01, 86_400.0, "seconds"), "How long to wait for a connection.", REQUESTS
    )
    read_timeout: float = setting(
        120.0, Number(0.01, 86_400.0, "seconds"), "How long to wait for the next bytes of an answer.", REQUESTS
    )

    def on_resolved(self) -> None:
        """Bring every value into its one form and refuse what makes no sense.

        Raises:
            GongConfigError: Naming the setting and what it accepts.
        """
        check_all(self, SECTION)
        if self.pii == "hash" and not self.pii_key:
            raise GongConfigError(
                f"{SECTION}.pii is hash, which needs {SECTION}.pii_key in .dlt/secrets.toml, or SOURCES__GONG__PII_KEY "
                f"in the environment: at least {PII_KEY_LENGTH} characters, such as `openssl rand -hex 32` makes."
            )

    @property
    def pace(self) -> float:
        """Requests that may be started here in a second; 0 for no limit."""
        return self.requests_per_second * self.quota_share

    @property
    def daily_budget(self) -> int:
        """Requests that may be made here in a UTC day; 0 for no limit."""
        return max(1, int(self.daily_requests * self.quota_share)) if self.daily_requests else 0

    @property
    def lookback(self) -> timedelta:
        """How late a row may arrive and still be found by the next run."""
        return timedelta(days=self.lookback_days)

    @property
    def transcript_patience(self) -> timedelta:
        """How long a transcript is awaited after it was first asked for."""
        return timedelta(days=self.transcript_retry_days)

    @property
    def chunk(self) -> timedelta:
        """The longest range read and committed as one."""
        return timedelta(days=self.chunk_days)

    def question(self) -> dict[str, Any]:
        """What decides which rows and columns a read brings: ranges read with another question are not covered.

        Fit for dlt's state, and equal for equal questions whatever the order of lists in the configuration.

        Returns:
            ``call_parts``, ``context_timing``, ``include_private_calls``, ``workspace_ids`` (empty for all),
            ``include_avatars``, ``media_kinds``, ``pii``, ``pii_key`` (a fingerprint of the key, never the key; None
            unless hashed), ``transcripts``, ``exclude_columns``.
        """
        return {
            "call_parts": sorted(self.call_parts or ()),
            "context_timing": sorted(self.context_timing or ()),
            "include_private_calls": self.include_private_calls,
            "workspace_ids": sorted(self.workspace_ids or ()),
            "include_avatars": self.include_avatars,
            "media_kinds": sorted(self.media_kinds or ()),
            "pii": self.pii,
            "pii_key": _fingerprint(self.pii_key) if self.pii == "hash" and self.pii_key else None,
            "transcripts": self.transcripts,
            "exclude_columns": sorted(self.exclude_columns or ()),
        }


def _fingerprint(key: str) -> str:
    """Tells one key from another; the key can't be found from it."""
    return hmac.new(key.encode(), b"gong_source pii_key", hashlib.sha256).hexdigest()[:16]
