"""Group commit: one thread stores whatever has arrived meanwhile in one transaction, with one fsync."""

from __future__ import annotations

import logging
import queue
import threading
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field

from gong_source.webhook.inbox.model import InboxError, Received
from gong_source.webhook.inbox.store import Inbox

logger = logging.getLogger("gong_source.webhook")

MOST_AT_ONCE = 512


@dataclass
class _Order:
    event: Received | None
    done: Future[bool] = field(default_factory=Future)


class InboxWriter:
    """Takes events from any thread; their futures are done once they are on the disk."""

    def __init__(self, inbox: Inbox) -> None:
        """Prepare; nothing is stored before :meth:`start`.

        Args:
            inbox: Used by the writer's thread alone from then on.
        """
        self._inbox = inbox
        self._orders: queue.SimpleQueue[_Order | None] = queue.SimpleQueue()
        self._failing = False
        self._thread = threading.Thread(target=self._work, name="inbox", daemon=True)

    def start(self) -> None:
        """Begin to store."""
        self._thread.start()

    def stop(self) -> None:
        """Store what was submitted, and end."""
        self._orders.put(None)
        self._thread.join()

    def submit(self, event: Received) -> Future[bool]:
        """Store an event.

        Args:
            event: What was received.

        Returns:
            Done when the event is durable, with whether it is new; or failed with :class:`InboxError`.
        """
        order = _Order(event)
        self._orders.put(order)
        return order.done

    def probe(self) -> Future[str]:
        """Whether events can be stored; where the last one could not, by trying to write.

        Returns:
            What is wrong, or an empty text.
        """
        order, answer = _Order(None), Future[str]()
        order.done.add_done_callback(lambda done: answer.set_result("" if not done.exception() else "can't store"))
        self._orders.put(order)
        return answer

    def _work(self) -> None:
        while (first := self._orders.get()) is not None:
            orders = [first]
            while len(orders) < MOST_AT_ONCE and not self._orders.empty():
                following = self._orders.get()
                if following is None:
                    self._orders.put(None)  # after these the thread ends
                    break
                orders.append(following)
            self._store([order for order in orders if order.done.set_running_or_notify_cancel()])

    def _store(self, orders: list[_Order]) -> None:
        events = [order.event for order in orders if order.event is not None]
        try:
            if self._failing and not events:
                self._inbox.probe()
            new = iter(self._inbox.put(events))
            self._failing = False
        except BaseException as error:
            self._failing = True
            known = isinstance(error, InboxError)
            told = str(error) if known else f"The inbox failed ({type(error).__name__})."
            for order in orders:
                order.done.set_exception(InboxError(told))
            with suppress(Exception):  # what is raised where the log goes, as by another program's handlers
                logger.error("%s", told, exc_info=None if known else error)
        else:
            for order in orders:
                order.done.set_result(next(new) if order.event is not None else True)
