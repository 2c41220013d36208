"""Content hashes as they are stored and compared.

A hash is an even number. It is stored as the odd number above it where the record was loaded once more as it was,
because what other pipelines loaded at the same time may have got into its lists; and a stored hash that may still be
wrong about them is handed to who compares as that odd number (:mod:`gong_source.warehouse.overlaps` tells when).
"""

from __future__ import annotations


def even(digest: bytes) -> int:
    """A digest as a content hash.

    Args:
        digest: Eight bytes.
    """
    return int.from_bytes(digest, "big", signed=True) & ~1


def is_repeated(stored: int) -> bool:
    """Whether a record was loaded once more as it was.

    Args:
        stored: Its hash as the destination holds it.
    """
    return bool(stored & 1)


def plain(stored: int) -> int:
    """The content hash that a stored one tells.

    Args:
        stored: As the destination holds it.
    """
    return stored & ~1


def odd(value: int) -> int:
    """A content hash as it is told where it is doubted, and stored where a record is loaded once more.

    Args:
        value: Even, or odd already.
    """
    return value | 1


def hash_to_store(value: int, known: int | None) -> int | None:
    """The hash that a record's row gets; None where the destination holds the record as it is.

    Args:
        value: The record's content hash.
        known: What the destination holds, odd where that is doubted; None where it holds nothing that is known.
    """
    if known == value:
        return None
    return odd(value) if known == odd(value) else value
