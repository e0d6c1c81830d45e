"""JSON records: fields under any usual name, wrong types named, digits of ids kept, no record stopping another."""

import json

import pytest

from schemas.ids import stable_id
from schemas.limits import Limits
from transforms.parsing import ParseSettings, parse_field_overrides


def test_fields_under_their_usual_names(read):
    record = {
        "articleBody": "It rained.\r\nHard.",
        "title": "Rain",
        "datePublished": "2024-05-12T10:00:00+02:00",
        "link": "https://vp.example/rain",
        "authors": ["Ada Lane", {"name": "Bo Reed"}],
        "publisher": {"name": "Valley Press"},
        "guid": 12,
        "priority": "3",
        "zone": {"b": 1, "a": None},
    }
    article = read(json.dumps(record), "a.json").article
    assert article.text == "It rained.\nHard."
    assert (article.headline, article.byline, article.provider) == ("Rain", "Ada Lane, Bo Reed", "Valley Press")
    assert (article.source_id, article.url, article.urgency) == ("12", "https://vp.example/rain", 3)
    assert (article.published_us, article.date_flag) == (1_715_500_800_000_000, None)
    assert article.extra == '{"zone":{"a":null,"b":1}}'


def test_text_is_left_as_it_is(read):
    text = "  He said: <b>no</b>.\n\n\tTabs \u00a0 and \u2028 stay.\x0b\n"
    assert read(json.dumps({"id": "1", "text": text}), "a.jsonl").article.text == text


def test_a_body_of_markup_is_read_as_markup(read):
    article = read(json.dumps({"content": {"rendered": "<p>One &amp; two.</p>\n<p>Three.</p>"}}), "a.json").article
    assert article.text == "One & two.\n\nThree."


@pytest.mark.parametrize(
    ("record", "reason", "named"),
    [
        ('{"text":5}', "wrong_type", "'text'"),
        ('{"text":"a","authors":7}', "wrong_type", "'authors'"),
        ('{"text":"a","url":["x","y"]}', "wrong_type", "'url'"),
        ('{"text":"a","date":true}', "wrong_type", "'date'"),
        ('{"text":"a","urgency":[1,2]}', "wrong_type", "'urgency'"),
        ('{"title":"x"}', "missing_text", "text"),
        ('{"text":null,"body":" "}', "missing_text", "text"),
        ("[1,2]", "wrong_type", "a list"),
        ('"text"', "wrong_type", "a string"),
        ('{"text":"a"', "malformed", "column"),
        ('{"text":"a","n":NaN}', "malformed", "NaN"),
        ('{"text":"a","n":' + "[" * 250 + "]" * 250 + "}", "too_deep", "max_nesting_depth"),
        ('{"text":"a","n":[' + "[]," * 300_000 + "1]}", "too_large", "max_elements"),
        ('{"text":"a","id":' + "9" * 5000 + "}", "malformed", "digits"),
        ('{"text":"a\\ud800"}', "encoding", "surrogates"),
    ],
)
def test_bad_records_say_why_and_stop_no_other(read, record, reason, named):
    found = read('{"text":"one"}\n' + record + '\n{"text":"two"}\n', "a.jsonl")
    assert [article.text for article in found.articles] == ["one", "two"]
    (failure,) = found.failures
    assert (failure.stage, failure.reason, failure.record_index) == ("parse", reason, 1)
    assert named in failure.detail
    assert failure.payload == record.encode()[: 64 * 1024]


def test_null_everywhere_is_no_value(read):
    names = ("title", "date", "url", "authors", "source", "id", "language", "slug", "urgency", "version", "status")
    article = read(json.dumps({"text": "Rain.", **dict.fromkeys(names)}), "a.json").article
    assert article.headline is article.byline is article.source_id is article.urgency is None
    assert (article.status, article.date_flag) == ("usable", "missing")


def test_digits_of_an_id_are_kept(read):
    for digits in (str(2**70), "12345678901234567890", "1.50"):
        assert read(f'{{"text":"Rain.","id":{digits}}}', "a.json").article.source_id == digits
    assert json.loads(read(f'{{"text":"a","n":1.1,"big":{2**66}}}', "a.json").article.extra) == {"big": 2**66, "n": 1.1}


def test_a_repeated_key_loses_nothing(read):
    article = read('{"text":"first","text":"second"}', "a.json").article
    assert article.text == "second"
    assert '"first"' in article.extra


def test_lone_surrogates_and_nuls_are_replaced_and_noted(read):
    article = read(json.dumps({"text": "rain " * 100 + "\ud800\0"}), "a.json").article
    assert article.text.endswith("\ufffd\ufffd")
    assert json.loads(article.extra)["wirecopy"] == {"replaced_chars": 2}


def test_lists_and_wrappers_hold_many(read):
    items = [{"id": "urn:vp:1", "text": "one"}, {"title": "none"}, {"id": "urn:vp:2", "text": "two"}]
    for document in (items, {"status": "ok", "articles": items}):
        found = read(json.dumps(document), "a.json")
        assert [(article.record_index, article.text) for article in found.articles] == [(0, "one"), (2, "two")]
        assert [(failure.record_index, failure.reason) for failure in found.failures] == [(1, "missing_text")]
        assert json.loads(found.failures[0].payload) == {"title": "none"}
        assert len({article.raw_sha256 for article in found.articles}) == 2


def test_too_long_an_article_is_refused(read):
    assert read('{"text":"abcdef"}', "a.json", limits=Limits(max_article_chars=5)).reasons == ["too_long"]


def test_ids(read):
    def of(record, name="gs://w/a.json", provider=None):
        return read(json.dumps(record), name, settings=ParseSettings(provider=provider)).article.article_id

    text = {"text": "Rain."}
    assert (
        of({**text, "id": "7", "source": "VP"})
        == of({"text": "Sun.", "id": 7}, "gs://w/b.json", "VP")
        == stable_id("id", "VP", "7")
    )
    assert of({**text, "id": "7", "source": "VP"}) != of({**text, "id": "7", "source": "WP"})
    assert of({**text, "id": "urn:vp:7"}) == stable_id("uri", "urn:vp:7")
    assert of({**text, "id": "7", "url": "https://vp.example/7"}) == stable_id("url", "https://vp.example/7")
    assert of(text) == of({"text": "Sun."}) == stable_id("object", "gs://w/a.json")
    line = read('{"text":"a"}\n{"text":"b"}\n', "gs://w/a.jsonl")
    grown = read('{"text":"new"}\n{"text":"a"}\n{"text":"b"}\n', "gs://w/a.jsonl")
    assert [a.article_id for a in line.articles] == [a.article_id for a in grown.articles][1:]


@pytest.mark.parametrize("odd", ["x" * 10_000, "../../etc", "a=b%2F", "a\nb", "\u202e", "=cmd()"])
def test_odd_ids_give_plain_article_ids(read, odd):
    article = read(json.dumps({"text": "Rain.", "id": odd, "source": "VP"}), "a.json").article
    assert len(article.article_id) == 32
    assert article.article_id.isalnum()


def test_field_overrides():
    fields = parse_field_overrides(["text=payload.body[0].value", "date = when"])
    assert fields == (("text", "payload.body[0].value"), ("date", "when"))
    with pytest.raises(ValueError, match="not NAME=PATH") as problems:
        parse_field_overrides(["text", "colour=x", "text=a..b", "url=a", "url=b"])
    assert str(problems.value).count(";") >= 3


def test_overrides_point_anywhere(read):
    settings = ParseSettings(fields=(("text", "payload.body[1].value"), ("id", "payload.key")))
    record = {"payload": {"key": 9, "body": [{"value": "no"}, {"value": "Rain."}]}, "text": "not this"}
    article = read(json.dumps(record), "a.json", settings=settings).article
    assert (article.text, article.source_id) == ("Rain.", "9")
    found = read('{"payload":{"body":[]}}', "a.json", settings=settings)
    assert found.reasons == ["missing_text"]
    assert "payload.body[1].value" in found.failures[0].detail


def test_a_bug_is_one_failure_without_article_text(read, monkeypatch):
    from transforms.parsing import registry

    def broken(content, settings):
        raise KeyError(content.decode())

    monkeypatch.setitem(registry.PARSERS, "text/plain", broken)
    (failure,) = read("A secret story.", "a.txt").failures
    assert failure.reason == "error"
    assert "KeyError" in failure.detail
    assert "secret" not in failure.detail
    assert failure.payload == b"A secret story."
