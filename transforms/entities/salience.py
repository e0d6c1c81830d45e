"""How much an article is about an entity: from how early and how often it is named, and whether the headline has it."""

from collections.abc import Sequence
from math import log1p

MINOR = {"NORP": 0.4, "LANGUAGE": 0.4, "DATE": 0.5, "TIME": 0.5, "CARDINAL": 0.5, "ORDINAL": 0.5, "QUANTITY": 0.5}
"""Labels of which an article is rarely about, by what their salience is multiplied with; sums and shares too."""
MINOR |= {"MONEY": 0.5, "PERCENT": 0.5}


def score(starts: Sequence[int], chars: int, most: int, opening: int) -> float:
    """Salience in [0, 1] of an entity named at these sorted offsets of a text of so many characters.

    `most` is the number of mentions of the entity with most of them, `opening` where the headline or first paragraph
    ends. A third is how early the first mention stands, a half the count (logarithmic) against the most named, the rest
    whether the opening names it.

    >>> score([0, 100, 200], 1000, 3, 80)
    1.0
    >>> score([900], 1000, 3, 80) < score([100], 1000, 3, 80) < score([10], 1000, 3, 80)
    True
    """
    early = 1 / (1 + 20 * starts[0] / max(1, chars))
    often = min(1.0, log1p(len(starts)) / log1p(max(1, most)))
    return round(0.35 * early + 0.5 * often + (0.15 if starts[0] < opening else 0.0), 4)
