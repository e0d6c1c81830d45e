"""Protects that only a whole article in another language goes untagged."""

import pytest

from transforms.language import detect

ENGLISH = (
    "The harbour council of Port Alder voted on Tuesday to widen the quay, after years of complaints by pilots. " * 3
)
FRENCH = (
    "Le conseil du port a voté mardi l'élargissement du quai, après des années de plaintes des pilotes du fleuve. " * 3
)
GERMAN = (
    "Der Hafenrat stimmte am Dienstag für die Verbreiterung des Kais, nachdem sich die Lotsen jahrelang beschwerten. "
    * 3
)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (ENGLISH, "en"),
        (FRENCH, "fr"),
        (GERMAN, "de"),
        ("理事会は火曜日に港の岸壁を広げることを決めた。" * 20, "ja"),
        ("Feux de forêt: 3 morts.", "en"),
        ("", "en"),
        (ENGLISH + FRENCH, "en"),
        (ENGLISH + "Moe 12 Lind 11 Nyberg 9 Brekke 7 Ode 5 Brun 3 " * 20, "en"),
        ("Moe 12, Lind 11; Nyberg 9. " * 30, "en"),
    ],
)
def test_detect(text: str, language: str) -> None:
    assert detect(text) == language


def test_english_is_another_language_to_a_german_model() -> None:
    assert detect(ENGLISH, "de") == "en"
