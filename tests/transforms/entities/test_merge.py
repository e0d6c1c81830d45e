"""Protects which mentions of an article are one entity, its name, and its key across articles."""

import pytest

from transforms.entities.merge import merge, normalise
from transforms.entities.salience import is_press, score


def keys(*names: tuple[str, str]) -> list[str]:
    return [key for _, key in merge(names)]


def test_surname_first_name_and_title_are_one_person() -> None:
    found = merge([("Ida Brekke", "PERSON"), ("Brekke", "PERSON"), ("Mrs. Brekke", "PERSON"), ("IDA BREKKE", "PERSON")])
    assert found == [("Ida Brekke", "ida brekke")] * 4


def test_a_surname_of_two_people_is_neither() -> None:
    ida, jon, bare = keys(("Ida Brekke", "PERSON"), ("Jon Brekke", "PERSON"), ("Brekke", "PERSON"))
    assert bare not in (ida, jon)


@pytest.mark.parametrize(
    ("full", "short"),
    [
        (("Northern Fisheries Council", "ORG"), ("NFC", "ORG")),
        (("Halden Corp.", "ORG"), ("Halden", "ORG")),
        (("Oberon Shipping", "ORG"), ("Oberon", "ORG")),
        (("United States", "GPE"), ("U.S.", "GPE")),
        (("Kenya", "GPE"), ("Kenyan", "NORP")),
        (("Bogotá", "GPE"), ("Bogota", "GPE")),
        (("Ana de la Torre", "PERSON"), ("de la Torre", "PERSON")),
        (("Tamils", "NORP"), ("Tamil", "NORP")),
        (("Chechnya", "GPE"), ("Chechens", "NORP")),
        (("Federal Fisheries Board", "ORG"), ("Fed", "ORG")),
        (("U.S. Fisheries Department", "ORG"), ("Fisheries Department", "ORG")),
        (("Harbour Court", "ORG"), ("Court", "ORG")),
    ],
)
def test_short_forms(full: tuple[str, str], short: tuple[str, str]) -> None:
    a, b = merge([full, short])
    assert a == b
    assert a[0] == full[0].removesuffix(".") or a[0] == full[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Kenya", "GPE"), ("Kenyans", "NORP")),
        (("Oslo Chamber", "ORG"), ("Oslo", "GPE")),
        (("Ida Brekke", "PERSON"), ("Ida Moe", "PERSON")),
        (("Halden Shipping", "ORG"), ("Halden Insurance", "ORG")),
        (("Ida Brekke", "PERSON"), ("Ida Brekke", "WORK_OF_ART")),
        (("Halden", "GPE"), ("Halden", "EVENT")),
        (("New Halden", "GPE"), ("NH", "ORG")),
        (("U.S. Treasury", "PERSON"), ("Treasury", "PERSON")),
    ],
)
def test_kept_apart(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert len(set(keys(one, other))) == 2


def test_a_key_depends_on_the_name_alone() -> None:
    alone = keys(("Ida Brekke", "PERSON"))
    among = keys(("Moe", "PERSON"), ("Brekke", "PERSON"), ("Ida Brekke", "PERSON"))
    assert alone[0] == among[2] == among[1] == normalise("Ida Brekke", "PERSON")


def test_salience_falls_with_depth_and_rises_with_count_headline_and_lead() -> None:
    def of(count: int, first: int, headline: bool = False, lead: bool = False) -> float:
        return score(count, 8, first, in_headline=headline, in_lead=lead)

    assert of(2, 500) > of(2, 900) > of(1, 900)
    assert of(2, 500, headline=True) > of(2, 500) < of(2, 500, lead=True)
    assert 0 <= of(1, 10**6) <= of(8, 0, True, True) == 1


def test_a_paper_is_the_source_and_not_the_subject() -> None:
    assert is_press(["Harbour Gazette"])
    assert is_press(["Norrland news agency"])
    assert not is_press(["Harbour Club", "Postal Union"])
