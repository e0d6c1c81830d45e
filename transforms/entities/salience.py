"""How much an article is about an entity: how often and how early it is named, in the headline, in the lead."""

import re
from collections.abc import Iterable

MINOR = {"NORP": 0.4, "LANGUAGE": 0.4, "DATE": 0.5, "TIME": 0.5, "CARDINAL": 0.5, "ORDINAL": 0.5, "QUANTITY": 0.5}
"""Labels of which an article is rarely about, by what their salience is multiplied with; sums and shares too."""
MINOR |= {"MONEY": 0.5, "PERCENT": 0.5}

HALVING_CHARS = 1000
DEPTH_POWER = 0.3
"""Salience falls with the depth of the first mention as (1000 / (1000 + depth)) ** 0.3: to 0.81 at 1,000 characters."""

OUTSIDE_HEADLINE, OUTSIDE_LEAD = 0.55, 0.6
"""What is left of the salience of an entity that the headline, or the lead, does not name."""

PRESS = 0.3
"""What is left of a paper's, a broadcaster's or an agency's: it is nearly always the source and not the subject."""

_PRESS = re.compile(
    r"\b(?:\w*News|Times|Post|Herald|Tribune|Gazette|Courier|Journal|Chronicle|Observer|Telegraph|Daily|Weekly|Magazine"
    r"|Broadcasting|Press|Television|Radio|TV|[Nn]ews [Aa]gency|News (?:Service|Network))"
    r"(?: Corporation| Corp\.?| Agency)?$"
)


def score(count: int, most: int, first: int, *, in_headline: bool, in_lead: bool) -> float:
    """Salience in [0, 1] of an entity with so many mentions, the first at this offset of the text.

    `most` is the number of mentions of the entity with most of them. The features are those of Dunietz and Gillick
    (2014), "A new entity salience task with millions of training examples": mentions, place of the first one, headline.
    They are multiplied, so that what headline and lead pass over must be named three times as often.

    >>> score(3, 3, 0, in_headline=True, in_lead=True)
    1.0
    >>> score(3, 3, 900, in_headline=False, in_lead=False) < score(3, 3, 100, in_headline=False, in_lead=True)
    True
    """
    often = min(1.0, count / max(1, most))
    early: float = (HALVING_CHARS / (HALVING_CHARS + max(0, first))) ** DEPTH_POWER
    place = (1.0 if in_headline else OUTSIDE_HEADLINE) * (1.0 if in_lead else OUTSIDE_LEAD)
    return round(often * early * place, 4)


def is_press(names: Iterable[str]) -> bool:
    """Whether an organisation's names are those of a paper, a broadcaster or a news agency.

    >>> is_press(["Harbour Gazette"]), is_press(["Gazette of Bergen Club"]), is_press(["Norrland News Agency"])
    (True, False, True)
    """
    return any(_PRESS.search(name) for name in names)
