"""Locks that the system gives up when their holder ends, however it ends."""

from __future__ import annotations


def try_lock(handle: int) -> bool:
    """Lock a file, without waiting.

    Args:
        handle: Of the open file; closing it gives the lock up.

    Returns:
        Whether nobody else holds it.
    """
    import fcntl  # no such thing on Windows

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
