"""WARC: one article a response record, page for page what the page is alone; other records are passed over."""

import gzip
import zlib

import pytest

from schemas.limits import Limits


def record(kind, block, uri="https://vp.example/a", kind_of_block="application/http; msgtype=response"):
    header = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {uri}\r\nWARC-Date: 2024-05-12T10:00:00Z\r\n"
    return (
        f"{header}Content-Type: {kind_of_block}\r\nContent-Length: {len(block)}\r\n\r\n".encode() + block + b"\r\n\r\n"
    )


def response(body, headers="Content-Type: text/html; charset=utf-8\r\n", status="200 OK"):
    return f"HTTP/1.1 {status}\r\n{headers}\r\n".encode() + body


def chunked(body):
    return (
        b"".join(b"%x\r\n%s\r\n" % (len(body[at : at + 100]), body[at : at + 100]) for at in range(0, len(body), 100))
        + b"0\r\n\r\n"
    )


@pytest.fixture
def html(page):
    return page("<p>The caf\u00e9 was full, the owner said.</p>").encode()


def test_pages_come_out_as_they_do_alone(read, html):
    alone = read(html).article
    data = b"".join(
        [
            record("warcinfo", b"software: x", kind_of_block="application/warc-fields"),
            record("request", b"GET / HTTP/1.1\r\n\r\n"),
            record("response", response(html)),
            record(
                "response",
                response(chunked(html), "Content-Type: text/html\r\nTransfer-Encoding: chunked\r\n"),
                "https://vp.example/b",
            ),
            record("response", response(gzip.compress(html), "Content-Type: text/html\r\nContent-Encoding: gzip\r\n")),
            record(
                "response", response(zlib.compress(html), "Content-Type: text/html\r\nContent-Encoding: deflate\r\n")
            ),
            record("response", response(b"gone", status="404 Not Found")),
            record("response", response(b"\xff\xd8\xff\xe0", "Content-Type: image/jpeg\r\n")),
            record("resource", html, kind_of_block="text/html"),
        ]
    )
    for stored in (data, gzip.compress(data)):
        found = read(stored, "a.warc")
        assert found.multi
        assert found.media_type == "application/warc"
        assert [article.record_index for article in found.articles] == [0, 1, 2, 3, 6]
        assert all((a.text, a.marks, a.headline) == (alone.text, alone.marks, alone.headline) for a in found.articles)
        assert [(failure.record_index, failure.reason) for failure in found.failures] == [
            (4, "no_article"),
            (5, "no_article"),
        ]
        assert "404" in found.failures[0].detail
        assert found.articles[1].url == "https://vp.example/b"
        assert all(data[r.start_byte : r.end_byte] == r.content for r in found.records)


def test_a_cut_warc_keeps_the_whole_records(read, html):
    data = record("response", response(html)) * 3
    found = read(data[:-200], "a.warc")
    assert len(found.articles) == 2
    assert found.reasons == ["corrupt"]
    assert found.refused[0].index == 2


def test_a_large_record_is_passed_over(read, html):
    data = record("response", response(b"x" * 200_000)) + record("response", response(html))
    found = read(data, "a.warc", limits=Limits(max_record_bytes=100_000))
    assert [article.record_index for article in found.articles] == [1]
    assert found.reasons == ["too_large"]


def test_a_record_that_unpacks_to_a_bomb_is_refused(read):
    bomb = response(gzip.compress(b" " * 3_000_000), "Content-Type: text/html\r\nContent-Encoding: gzip\r\n")
    assert read(record("response", bomb), "a.warc", limits=Limits(max_decompressed_bytes=1_000_000)).reasons == [
        "too_large"
    ]


@pytest.mark.parametrize(
    "data", [b"WARC/1.0\r\n\r\n", b"WARC/1.0\r\nContent-Length: x\r\n\r\nabc", b"WARC/" + b"a" * 100_000]
)
def test_a_broken_header_ends_the_reading(read, data):
    assert read(data, "a.warc").reasons == ["corrupt"]
