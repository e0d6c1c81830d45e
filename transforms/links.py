"""Near duplicates among clean texts: shingles, MinHash candidates, and the exact similarity that decides.

Pure and deterministic: all hashing is BLAKE2b and fixed arithmetic modulo 2^64, so a text has the same signature on
every machine. Articles are known here by their index in a fixed order; a link points from the later to an earlier one.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

SHINGLE_WORDS = 5
"""Words in a shingle. Five is the practice for news: long enough that common phrases don't meet by chance."""

MIN_WORDS = 20
"""A text with fewer words is never linked: two flashes of ten words agree without one being a copy of the other."""

MIN_SIMILARITY = 0.8
"""Jaccard similarity of the shingle sets from which two texts count as near duplicates."""

BANDS = 25
ROWS = 5
"""Signature of BANDS x ROWS minima. Two texts of similarity s share a band with probability 1 - (1 - s^5)^25: at 0.8
all but 5 in 100,000 pairs do, at 0.3 one in 17."""

MAX_NEIGHBOURS = 16
"""Earlier texts with the same band that a text is compared with: the nearest in order. Bounds what a template sent
10,000 times costs; the first text of the band is always compared as well."""

MAX_CANDIDATES = 32
"""Candidates of one text whose similarity is computed exactly: those whose signatures agree most."""

MAX_LINKS = 8
"""Links that one text keeps: to the most similar earlier ones."""

MAX_GAP_US = 72 * 3600 * 1_000_000
"""Two texts received further apart than this are not compared: a story that returns next month is another story."""

_ESTIMATE_SLACK = 0.2
"""A pair is verified if its signatures agree in MIN_SIMILARITY less this: 5 standard deviations of the estimate."""

_WORD = re.compile(r"\w+")

U64 = NDArray[np.uint64]
U32 = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Link:
    """The text at index `article` repeats the earlier text at index `other`; `similarity` is their exact Jaccard."""

    article: int
    other: int
    similarity: float


def _constants(purpose: str, count: int) -> U64:
    digests = (blake2b(f"wirecopy links {purpose} {i}".encode(), digest_size=8).digest() for i in range(count))
    return np.array([int.from_bytes(digest, "big") for digest in digests], dtype=np.uint64)


_MULTIPLIERS = _constants("multiplier", BANDS * ROWS) | np.uint64(1)
_OFFSETS = _constants("offset", BANDS * ROWS)
_PLACES = _constants("place", SHINGLE_WORDS) | np.uint64(1)
_ROW_WEIGHTS = _constants("row", ROWS) | np.uint64(1)


@lru_cache(maxsize=1 << 16)
def _word_hash(word: str) -> int:
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _mixed(values: U64) -> U64:
    """Spread every bit over all 64 (the finalizer of SplitMix64), so that sums of word hashes look random."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def shingles(text: str) -> U64:
    """The set of a text's shingles as sorted 64-bit hashes; empty for a text under MIN_WORDS words.

    Words are runs of letters and digits without regard to case, so quote marks, dashes and layout make no difference.

    >>> one = shingles("Rain fell on " + "the harbour at Oster all night and " * 3)
    >>> two = shingles("RAIN fell, on " + "the harbour\\nat Oster all night -- and " * 3)
    >>> len(one), jaccard(one, two)
    (10, 1.0)
    """
    words = _WORD.findall(text.casefold())
    if len(words) < MIN_WORDS:
        return np.empty(0, dtype=np.uint64)
    hashes = np.fromiter((_word_hash(word) for word in words), dtype=np.uint64, count=len(words))
    count = len(words) - SHINGLE_WORDS + 1
    total = np.zeros(count, dtype=np.uint64)
    for place in range(SHINGLE_WORDS):
        total += _mixed(hashes[place : place + count] * _PLACES[place])
    return np.unique(_mixed(total))


def jaccard(one: U64, two: U64) -> float:
    """Share of common shingles in all shingles of two sets (sorted, without repeats); 0 where both are empty."""
    common = len(np.intersect1d(one, two, assume_unique=True))
    either = len(one) + len(two) - common
    return common / either if either else 0.0


def signature(shingle_set: U64) -> U32:
    """MinHash signature: BANDS x ROWS minima, each under another fixed permutation of the hashes."""
    minima = np.full(BANDS * ROWS, np.iinfo(np.uint32).max, dtype=np.uint32)
    # A block of 256 hashes makes a table of 256 KB, which stays in the cache of a core.
    for start in range(0, len(shingle_set), 256):
        block = shingle_set[start : start + 256]
        permuted = (_MULTIPLIERS[:, None] * block[None, :] + _OFFSETS[:, None]) >> np.uint64(32)
        np.minimum(minima, permuted.min(axis=1).astype(np.uint32), out=minima)
    return minima


def candidate_pairs(
    signatures: U32, received_us: Sequence[int], stories: Sequence[int], *, max_gap_us: int = MAX_GAP_US
) -> list[tuple[int, int]]:
    """Pairs (later, earlier) of indices worth verifying, sorted.

    `signatures` is (texts, BANDS x ROWS) in the order of `received_us`, which must not fall. Texts with the same number
    in `stories` are versions of one article and never paired. Linear in the texts but for the sort of each band.
    """
    total = len(signatures)
    if total < 2:
        return []
    received = np.asarray(received_us, dtype=np.int64)
    story = np.asarray(stories, dtype=np.int64)
    found: list[NDArray[np.int64]] = []
    for band in range(BANDS):
        rows = signatures[:, band * ROWS : (band + 1) * ROWS].astype(np.uint64)
        keys = _mixed((_mixed(rows) * _ROW_WEIGHTS).sum(axis=1, dtype=np.uint64))
        order = np.argsort(keys, kind="stable")
        same = keys[order]
        starts = np.flatnonzero(np.concatenate(([True], same[1:] != same[:-1])))
        first = np.repeat(starts, np.diff(np.append(starts, total)))
        places = np.arange(total)
        for back in range(1, MAX_NEIGHBOURS + 1):
            near = places[places - back >= first]
            if not len(near):
                break
            found.append(order[near] * total + order[near - back])
        far = places[places - first > MAX_NEIGHBOURS]
        found.append(order[far] * total + order[first[far]])
    coded = np.unique(np.concatenate(found))
    later, earlier = coded // total, coded % total
    fit = (received[later] - received[earlier] <= max_gap_us) & (story[later] != story[earlier])
    later, earlier = later[fit], earlier[fit]
    agreement = np.empty(len(later))
    for start in range(0, len(later), 8192):
        block = slice(start, start + 8192)
        agreement[block] = (signatures[later[block]] == signatures[earlier[block]]).mean(axis=1)
    likely = agreement >= MIN_SIMILARITY - _ESTIMATE_SLACK
    later, earlier, agreement = later[likely], earlier[likely], agreement[likely]
    ranked = np.lexsort((earlier, -agreement, later))
    later, earlier = later[ranked], earlier[ranked]
    heads = np.searchsorted(later, later, side="left")
    kept = np.arange(len(later)) - heads < MAX_CANDIDATES
    return sorted(zip(later[kept].tolist(), earlier[kept].tolist(), strict=True))


def verified_links(pairs: Iterable[tuple[int, int]], shingles_of: Mapping[int, U64]) -> list[Link]:
    """The pairs whose exact similarity reaches MIN_SIMILARITY, at most MAX_LINKS of each later text, sorted."""
    by_article: dict[int, list[Link]] = {}
    for article, other in pairs:
        similarity = jaccard(shingles_of[article], shingles_of[other])
        if similarity >= MIN_SIMILARITY:
            by_article.setdefault(article, []).append(Link(article, other, similarity))
    links: list[Link] = []
    for article in sorted(by_article):
        links += sorted(by_article[article], key=lambda link: (-link.similarity, link.other))[:MAX_LINKS]
    return links


def near_duplicates(texts: Sequence[str], received_us: Sequence[int], *, max_gap_us: int = MAX_GAP_US) -> list[Link]:
    """Links among texts given in the order of `received_us`: the whole of this module on what fits in memory.

    >>> story = "The ferry to Lund island will not sail on Friday because of the storm, the harbour office said "
    >>> near_duplicates([story + "on Thursday night.", story + "on Thursday.", "Other news. " * 20], [0, 0, 0])
    [Link(article=1, other=0, similarity=0.9411764705882353)]
    """
    sets = [shingles(text) for text in texts]
    longer = [index for index, shingle_set in enumerate(sets) if len(shingle_set)]
    if not longer:
        return []
    signatures = np.stack([signature(sets[index]) for index in longer])
    pairs = candidate_pairs(signatures, [received_us[index] for index in longer], longer, max_gap_us=max_gap_us)
    return verified_links(((longer[late], longer[early]) for late, early in pairs), dict(enumerate(sets)))
