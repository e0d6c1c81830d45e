"""How much an article is about an entity: from how early and how often it is named."""

from collections.abc import Sequence


def score(starts: Sequence[int], chars: int, most: int) -> float:
    """Salience in [0, 1] of an entity first to last mentioned at these offsets of a text of so many characters.

    `most` is the number of mentions of the entity with most of them. Half of it is the place of the first mention (1 at
    the top, falling with the depth), half the count against the most named.

    >>> score([0, 100, 200], 1000, 3)
    1.0
    """
    depth = starts[0] / max(1, chars)
    early = 1 / (1 + 8 * depth)
    often = len(starts) / max(1, most)
    return round(0.5 * early + 0.5 * often, 4)
