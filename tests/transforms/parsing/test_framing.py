"""Objects cut into records: what is whole comes out, damage is one refusal, and nothing is read twice."""

import gzip
import hashlib
import io
import itertools
import json

import pytest

from schemas.limits import Limits
from transforms.parsing.framing import Record, read_records
from transforms.parsing.gunzip import CorruptGzipError, gunzip
from transforms.parsing.media import one_article_by_name

LINES = [json.dumps({"id": str(n), "text": f"Rain fell on day {n}."}).encode() for n in range(5)]
JSONL = b"".join(line + b"\n" for line in LINES)


def test_lines_have_their_place_in_the_decompressed_bytes(read):
    found = read(gzip.compress(JSONL, mtime=0), "gs://wire/a.jsonl.gz")
    assert found.multi
    assert found.media_type == "application/x-ndjson"
    assert [record.content for record in found.records] == LINES
    assert [JSONL[record.start_byte : record.end_byte].strip() for record in found.records] == LINES


@pytest.mark.parametrize("end", [b"\r\n", b"\r", b"\n\n", b"\n \t\n"])
def test_line_ends_and_blank_lines_move_no_index(read, end):
    found = read(JSONL.replace(b"\n", end), "a.jsonl")
    assert [(record.index, record.content) for record in found.records] == list(enumerate(LINES))


def test_a_line_separator_of_unicode_is_text(read):
    found = read('{"text":"one\u2028two\u0085three"}\n{"text":"four"}\n', "a.jsonl")
    assert [article.text for article in found.articles] == ["one\u2028two\u0085three", "four"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_lines_of_any_unicode_encoding(read, encoding):
    text = '{"text":"caf\u00e9 \u010a \u0d0a \U0001f600"}\n{"text":"two"}\n'
    found = read(text.encode(encoding), "a.jsonl")
    assert [article.text for article in found.articles] == ["caf\u00e9 \u010a \u0d0a \U0001f600", "two"]
    assert found.records[-1].end_byte == len(text.encode(encoding))


def test_members_are_read_one_after_the_other(read):
    found = read(gzip.compress(JSONL, mtime=0) + b"\0" * 700 + gzip.compress(JSONL, mtime=0))
    assert len(found.records) == 10
    assert not found.refused


@pytest.mark.parametrize(
    ("damage", "whole"),
    [(lambda data: data[:-14], 4), (lambda data: data[:-6] + b"\0\0" + data[-4:], 5), (lambda data: data + b"junk", 5)],
    ids=["cut", "crc", "junk"],
)
def test_whole_records_before_damage_are_rows(read, damage, whole):
    found = read(damage(gzip.compress(JSONL, mtime=0)), "a.jsonl.gz")
    assert [record.content for record in found.records] == LINES[:whole]
    assert found.reasons == ["corrupt"]
    assert found.refused[0].index == whole
    assert found.refused[0].end_byte <= len(JSONL)


def test_damage_in_the_middle_keeps_the_records_of_the_same_chunk(read):
    text = b"".join(json.dumps({"text": hashlib.sha256(b"%d" % n).hexdigest()}).encode() + b"\n" for n in range(400))
    packed = bytearray(gzip.compress(text, mtime=0))
    packed[len(packed) // 2] ^= 0xFF
    found = read(bytes(packed))
    assert found.reasons[0] == "corrupt"
    sound = text.splitlines()
    same = sum(record.content == line for record, line in zip(found.records, sound, strict=False))
    assert same > 100


@pytest.mark.parametrize("step", [1, 7, 4096])
def test_short_reads_change_nothing(step):
    class Slow(io.BytesIO):
        def read(self, size=-1):
            return super().read(min(step, size) if size and size > 0 else step)

    found = list(read_records(Slow(gzip.compress(JSONL, mtime=0)), "a.jsonl.gz", Limits()))
    assert [item.content for item in found] == LINES


def test_output_left_inside_zlib_is_not_taken_for_a_cut():
    for size in (256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 3 * 256 * 1024):
        data = b"a" * size
        assert b"".join(gunzip(io.BytesIO(gzip.compress(data, mtime=0)))) == data


def test_a_cut_gzip_says_so():
    with pytest.raises(CorruptGzipError, match="cut off"):
        list(gunzip(io.BytesIO(gzip.compress(b"abc", mtime=0)[:-3])))


def test_bomb_is_stopped_while_it_streams(read):
    packed = gzip.compress(b" " * 30_000_000 + b"x", mtime=0)

    class Counting(io.BytesIO):
        taken = 0

        def read(self, size=-1):
            data = super().read(size)
            Counting.taken += len(data)
            return data

    (item,) = read_records(Counting(packed * 40), "a.txt.gz", Limits(max_decompressed_bytes=1_000_000))
    assert item.reason == "too_large"
    assert "max_decompressed_bytes" in item.detail
    assert Counting.taken < len(packed) * 40


def test_a_large_object_of_one_article_is_refused_unread():
    class Head(io.BytesIO):
        def read(self, size=-1):
            assert self.tell() < 3_000_000, "read on"
            return super().read(size)

    (item,) = read_records(Head(b"word " * 2_000_000), "a.txt", Limits(max_object_bytes=1_000), size_bytes=10_000_000)
    assert (item.reason, item.payload_bytes) == ("too_large", 10_000_000)
    assert len(item.payload) == 64 * 1024
    assert item.payload_sha256 == hashlib.sha256(item.payload).hexdigest()


def test_lines_have_no_limit_of_the_object(read):
    found = read(JSONL, "a.jsonl", limits=Limits(max_object_bytes=10), size_bytes=len(JSONL))
    assert len(found.articles) == 5


def test_a_long_line_is_passed_over_and_hashed(read):
    long = b'{"text":"' + b"a" * 300_000 + b'"}\n'
    found = read(LINES[0] + b"\n" + long + LINES[1] + b"\n", "a.jsonl", limits=Limits(max_record_bytes=100_000))
    assert [record.index for record in found.records] == [0, 2]
    (refused,) = found.refused
    assert (refused.index, refused.reason, refused.payload_bytes) == (1, "too_large", len(long))
    assert refused.payload == long[: 64 * 1024]
    assert refused.payload_sha256 == hashlib.sha256(long).hexdigest()


def test_memory_is_that_of_one_record():
    import tracemalloc

    class Endless(io.RawIOBase):
        left = 60_000

        def read(self, size=-1):
            self.left -= 1000
            return JSONL * 1000 if self.left >= 0 else b""

    tracemalloc.start()
    records = sum(1 for _ in read_records(Endless(), "a.jsonl", Limits()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert records == 5 * 60_000
    assert peak < 12_000_000


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (gzip.compress(b"", mtime=0), "empty"),
        (gzip.compress(gzip.compress(JSONL, mtime=0)), "unsupported"),
        (b"PK\x03\x04zip", "unsupported"),
        (b"\0" * 257 + b"ustar\x0000", "unsupported"),
    ],
)
def test_what_is_no_text_says_why(read, data, reason):
    found = read(data)
    assert found.reasons == [reason]
    assert not found.articles


def test_gzip_is_told_by_its_bytes_not_its_name(read):
    assert len(read(gzip.compress(JSONL, mtime=0), "a.jsonl").articles) == 5
    assert len(read(JSONL, "a.jsonl.gz").articles) == 5


@pytest.mark.parametrize(
    ("data", "name", "media_type"),
    [
        (LINES[0], "a.json", "application/json"),
        (LINES[0], "a.jsonl", "application/x-ndjson"),
        (LINES[0], "a.ndjson.gz", "application/x-ndjson"),
        (JSONL, "a.json", "application/x-ndjson"),
        (JSONL, "a", "application/x-ndjson"),
        (b"[" + b",".join(LINES) + b"]", "a.jsonl", "application/json"),
        (json.dumps({"text": "Rain.", "more": {"a": 1}}, indent=2).encode(), "a.jsonl", "application/json"),
        (json.dumps({"text": "Rain.", "more": {"a": 1}}, indent=0).encode(), "a", "application/json"),
        (b'{"text": broken\n' + JSONL, "a.json", "application/x-ndjson"),
        (b"not json\n" + JSONL, "a.jsonl", "application/x-ndjson"),
        (b"[Corrects the spelling]\nRain fell.", "a", "text/plain"),
        (b"Rain fell.", "a.html", "text/plain"),
        (b"<p>Rain fell.</p>", "a.txt", "text/html"),
    ],
)
def test_content_decides_and_the_name_breaks_ties(read, data, name, media_type):
    assert read(data, name).media_type == media_type


def test_names_of_one_article():
    assert one_article_by_name("gs://wire/a.html")
    assert one_article_by_name("a.XML.gz")
    assert not one_article_by_name("a.jsonl.gz")
    assert not one_article_by_name("a.json")
    assert not one_article_by_name("a.txt"), "lines are delivered under this name too"
    assert not one_article_by_name("a")


def test_one_article_with_junk_behind_it_is_kept(read):
    found = read(gzip.compress(b"Rain fell.", mtime=0) + b"junk", "a.txt.gz")
    assert found.article.text == "Rain fell."
    assert found.reasons == ["corrupt"]


def test_framings_are_records_in_order():
    items = list(read_records(io.BytesIO(JSONL), "a.jsonl", Limits()))
    assert all(isinstance(item, Record) for item in items)
    assert items[0].start_byte == 0
    assert items[-1].end_byte == len(JSONL)
    assert all(one.end_byte == two.start_byte for one, two in itertools.pairwise(items))
