"""Dates as feeds write them, and bytes of any declared encoding."""

import codecs

import pytest

from transforms.parsing.dates import DATE_FLAGS, read_date

NOON = 1_709_121_600_000_000


@pytest.mark.parametrize(
    ("value", "moment_us", "flag"),
    [
        ("2024-02-28T12:00:00Z", NOON, None),
        ("2024-02-28T12:00:00+00:00", NOON, None),
        ("20240228T120000Z", NOON, None),
        ("20240228T140000+0200", NOON, None),
        ("2024-02-28 12:00:00.000 +0000", NOON, None),
        ("Wed, 28 Feb 2024 12:00:00 GMT", NOON, None),
        ("Wed, 28 Feb 2024 07:00:00 EST", NOON, None),
        ("Feb 28, 2024 12:00 UTC", NOON, None),
        (1_709_121_600, NOON, None),
        ("1709121600000", NOON, None),
        ("20240228120000", NOON, "naive"),
        ("2024-02-28T12:00:00", NOON, "naive"),
        ("2024-02-28", NOON - 43_200_000_000, "day_only"),
        (20240228, NOON - 43_200_000_000, "day_only"),
        ("2024-02-27T24:00:00Z", NOON - 43_200_000_000, None),
        ("2024-02-28 12:00 XYZ", NOON, "unknown_zone"),
        ("03/02/2024 12:00 GMT", 1_709_380_800_000_000, "ambiguous"),
        ("2024-03-31T02:30:00", 1_711_852_200_000_000, "naive"),
        ("2099-01-01T00:00:00Z", 4_070_908_800_000_000, "future"),
        ("0001-01-01T00:00:00", None, "out_of_range"),
        ("9999-12-31T23:59:59Z", None, "out_of_range"),
        ("0001-01-01T00:00:00+05:00", None, "out_of_range"),
        ("28 February", None, "incomplete"),
        ("2024-02", None, "incomplete"),
        ("yesterday", None, "unreadable"),
        ("1 " * 5_000, None, "unreadable"),
        ("", None, "missing"),
        (None, None, "missing"),
        ([2024], None, "unreadable"),
        (float("nan"), None, "unreadable"),
        (1e400, None, "unreadable"),
    ],
)
def test_dates(value, moment_us, flag):
    assert read_date(value, 1_800_000_000_000_000) == (moment_us, flag)
    assert flag is None or flag in DATE_FLAGS


@pytest.mark.parametrize(
    "data",
    [
        "Caf\u00e9 at noon".encode(),
        codecs.BOM_UTF8 + "Caf\u00e9 at noon".encode(),
        "Caf\u00e9 at noon".encode("utf-16"),
        codecs.BOM_UTF16_BE + "Caf\u00e9 at noon".encode("utf-16-be"),
        "Caf\u00e9 at noon".encode("utf-32"),
    ],
)
def test_byte_order_marks(read, data):
    assert read(data, "a.txt").article.text == "Caf\u00e9 at noon"


def test_a_few_bad_bytes_are_replaced_and_noted(read):
    article = read(b"rain " * 100 + b"\xff", "a.txt").article
    assert article.text.endswith("\ufffd")
    assert '"replaced_chars":1' in article.extra


def test_undeclared_latin_1_is_refused(read):
    found = read("\u00c9t\u00e9 \u00e0 \u00c9vry".encode("latin-1"), "a.txt")
    assert found.reasons == ["encoding"]
    assert "byte 0" in found.failures[0].detail


def test_a_written_replacement_character_is_no_damage(read):
    article = read("\ufffd" * 30, "a.txt").article
    assert article.text == "\ufffd" * 30
    assert article.extra == "{}"


def test_line_ends_settle(read):
    assert read("a\r\nb\rc\n", "a.txt").article.text == "a\nb\nc\n"
