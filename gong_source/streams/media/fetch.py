"""One recording after the other from its address into its file."""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from mimetypes import guess_extension
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from gong_source.api.download import ENDPOINT, Downloaded, Downloads
from gong_source.errors import (
    GongConnectionError,
    GongFolderError,
    GongForbiddenError,
    GongNotFoundError,
    GongRequestError,
)
from gong_source.streams.calls.parts import is_private, without_media
from gong_source.streams.calls.rows import call_fault
from gong_source.streams.context import ReadContext
from gong_source.streams.faults import NO_OBJECT, not_asked
from gong_source.streams.media.events import Fetched, is_odd
from gong_source.streams.stream import Stream
from gong_source.tables.arrow import JsonDict, Shaped, as_text, shape
from gong_source.warehouse.files import Folder, name_of
from gong_source.warehouse.own_parts import OwnParts

ADDRESSES = {"exposedFields": {"media": True}}
"""Content selector that asks for addresses of recordings."""

STALE = timedelta(days=1)
"""How old a part gets that nobody goes on with."""


@dataclass(frozen=True)
class Odd:
    """What came in place of a call and tells no address.

    Attributes:
        record: Any JSON value, without addresses.
        reason: What is odd, in words.
        call_id: Id of the call, or empty where it is not known.
    """

    record: Any
    reason: str
    call_id: str


class Recordings:
    """Downloads into the configured folder. For several threads.

    Attributes:
        folder: That folder.
        kinds: Of the recordings that are wanted.
        replaced: Files of those that are downloaded once more, as columns of their rows were emptied; by call and kind.
    """

    def __init__(self, stream: Stream, context: ReadContext) -> None:
        """Nothing is asked yet.

        Args:
            stream: The one that loads recordings.
            context: With a ``media_folder`` in its settings.

        Raises:
            GongConfigError: The folder is of a kind for which something has to be installed.
        """
        self._stream = stream
        self._context = context
        self.folder = Folder(str(context.settings.media_folder))
        self._opening = threading.Lock()
        self._parts: OwnParts | None = None
        self.kinds = tuple(context.settings.media_kinds or ())
        self.replaced: dict[tuple[str, str], str] = {}

    def addresses(self, call_ids: Sequence[str]) -> tuple[dict[str, dict[str, str]], list[Odd]]:
        """Signed addresses, valid for some hours, by call and kind; calls that Gong does not show are left out.

        Args:
            call_ids: At most a batch.

        Returns:
            The addresses, and what came beside them and tells none.

        Raises:
            GongError: Gong can't be asked.
        """
        body: JsonDict = {"filter": {"callIds": list(call_ids)}, "contentSelector": ADDRESSES}
        found: dict[str, dict[str, str]] = {}
        odd: list[Odd] = []
        window = f"{len(call_ids)} call ids"
        pages = self._context.client.pages(self._stream.endpoint, body=body, window=window, keep_others=True)
        for call in (item for page in pages for item in page.items):
            if reason := self._fault(call, call_ids):
                odd.append(_odd(call, reason))
                continue
            basic, media = call["metaData"], call.get("media") or {}
            if self._context.settings.include_private_calls or not is_private(basic):
                urls = {kind: media.get(f"{kind}Url") for kind in self.kinds}
                found[as_text(basic["id"])] = {kind: url for kind, url in urls.items() if url}
        return found, odd

    def _fault(self, call: Any, asked: Container[str]) -> str:
        """What keeps an item of POST calls/extensive from telling the addresses of a call's recordings."""
        if not isinstance(call, dict):
            return NO_OBJECT
        if reason := call_fault(call) or not_asked("id", asked)(call["metaData"]):
            return reason
        media = call.get("media") or {}
        if not isinstance(media, dict):
            return "its media is no object"
        urls = (f"{kind}Url" for kind in self.kinds)
        return next((f"its {name} is no text" for name in urls if not isinstance(media.get(name) or "", str)), "")

    def fetch_all(self, call_id: str, urls: Mapping[str, str], is_purged: Callable[[str], bool]) -> Fetched:
        """Download the recordings of a call; what is not to be had of one keeps no other back, unless the host fails.

        Args:
            call_id: Of the call.
            urls: Addresses by kind.
            is_purged: Whether a call has to leave.

        Raises:
            GongFolderError: One can't be written.
        """
        parts: list[Shaped] = []
        gone: list[str] = []
        error: GongRequestError | None = None
        for kind, url in urls.items():
            if is_purged(call_id):
                break
            try:
                parts.append(self._fetch(call_id, kind, url))
            except GongRequestError as failed:
                if failed.endpoint == ENDPOINT and isinstance(failed, GongNotFoundError):
                    gone.append(str(failed))
                    continue
                error = failed
                if not is_odd(failed):
                    break
        return Fetched(call_id, parts, error, " ".join(gone))

    def _fetch(self, call_id: str, kind: str, url: str) -> Shaped:
        """The row of a recording, once it is downloaded, from another address where the first has become too old."""
        name = name_of(call_id, kind)
        found = self._download(call_id, kind, url, name)
        path = self.folder.put(found.part, name + _suffix(url, found))
        if (old := self.replaced.get((call_id, kind), path)) != path:  # in another folder: no row will name it
            Folder.delete(old)
        row: dict[str, Sequence[Any]] = {
            "call_id": [call_id],
            "kind": [kind],
            "path": [path],
            "size_bytes": [found.size],
            "sha256": [found.sha256],
            "content_type": [found.content_type],
            "downloaded_at": [self._context.clock()],
        }
        return shape(self._stream.tables[0], [{}], row)

    def _download(self, call_id: str, kind: str, url: str, name: str) -> Downloaded:
        what = f"{kind} of call {call_id}"
        try:
            try:
                return self._loader().load(url, name, what)
            except GongForbiddenError:
                urls: Mapping[str, str] = self.addresses([call_id])[0].get(call_id, {})
                if kind not in urls:
                    raise
            return self._loader().load(urls[kind], name, what)
        except OSError as error:
            raise GongFolderError(f"Can't write to {self.folder.parts}: {error.strerror or error}.") from error

    def _loader(self) -> Downloads:
        with self._opening:
            if self._parts is None:
                self._parts = OwnParts(self.folder.parts)
                told = self._context.client.exchange.tell_of_wait
                self._downloads = Downloads(self._context.settings, self._parts.path, told)
            return self._downloads

    def on_disk(self) -> set[str]:
        """Ids of the calls of which the folder holds anything, also what a run left that was killed.

        Raises:
            GongFolderError: The folder can't be listed.
        """
        return self.folder.calls()

    def close(self) -> None:
        """Let other runs go on with the parts of what was not loaded."""
        if self._parts is not None:
            self._parts.close()

    def forget_parts(self) -> None:
        """Delete what is left of downloads that nobody goes on with."""
        self.folder.forget_parts(STALE.total_seconds())


def not_had(errors: Sequence[GongRequestError]) -> GongRequestError:
    """What is told of recordings that could not be had; no notice, as the key may do all that is needed.

    Args:
        errors: One of each.
    """
    first = errors[0]
    return GongConnectionError(
        f"{len(errors)} recordings could not be downloaded; the first: {str(first).rstrip('.')}",
        endpoint=ENDPOINT,
        status=first.status,
        advice="The next run tries them again.",
    )


def _odd(call: Any, reason: str) -> Odd:
    """Whoever has an address has the recording: it is kept nowhere."""
    if not isinstance(call, dict):
        return Odd(None, reason, "")
    record = without_media(call)
    return Odd(record, reason, "" if call_fault(record) else as_text(record["metaData"]["id"]))


def _suffix(url: str, found: Downloaded) -> str:
    """The ending of a file's name: as in its address, or by its content type."""
    told = PurePosixPath(urlsplit(url).path).suffix.lower()
    plain = told[1:].isalnum() and told.isascii() and len(told) <= 6
    return told if plain else guess_extension(found.content_type) or ""
