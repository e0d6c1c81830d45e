"""Names that are functions of content alone, so that a rerun gives every row the id it had."""

import hashlib

ID_CHARS = 32
"""Length of an id: 128 bits of SHA-256 in hex, enough for 10^15 rows without a clash."""


def stable_id(*parts: str | int) -> str:
    """Hash the parts into an id of `ID_CHARS` hex digits.

    Each part is prefixed by its length in bytes, so ("ab", "c") and ("a", "bc") differ.

    >>> stable_id("ab", "c") == stable_id("a", "bc")
    False
    """
    digest = hashlib.sha256()
    for part in parts:
        data = str(part).encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()[:ID_CHARS]


def sha256_hex(data: bytes) -> str:
    """SHA-256 of bytes as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()
