# ruff: noqa: E501, messages stand here as they come
"""Whatever the bytes: no parser raises, nothing vanishes, spans stay in the text, the same bytes give the same rows."""

import gzip

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from schemas.failures import NEXT_STEP

BOUNDED = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

SEEDS = [
    b'{"id":"1","text":"Rain fell."}\n{"title":"x"}\n',
    b'[{"text":"a"},{"text":null}]',
    b'{"uri":"urn:vp:1","bodies":[{"value":"<p>a</p>","contentType":"text/html"}]}',
    b'<html><body><div class="article-body"><p>'
    + b"It rained, the mayor said. " * 8
    + b'</p><blockquote class="twitter-tweet">x</blockquote></div></body></html>',
    b"<nitf><body><body.head><hedline><hl1>H</hl1></hedline></body.head><body.content><p>Rain.</p></body.content></body></nitf>",
    b"<newsItem><contentSet><inlineXML><html><body><p>Rain.</p></body></html></inlineXML></contentSet></newsItem>",
    b"<NewsML><NewsItem><NewsComponent><ContentItem><DataContent>Rain.</DataContent></ContentItem></NewsComponent></NewsItem></NewsML>",
    b"<rss><channel><item><title>A</title><description>&lt;p&gt;Rain.&lt;/p&gt;</description></item></channel></rss>",
    b"\x01abc0123 3 p 120\r\nslug/\r\n\x02Headline =\r\n\r\n   Rain fell.\r\n\x03121137 GMT May 24\r\n\x04",
    b"\x16\x16\x01a0310\x1fx\nu a\x13\x11 BC-X   05-12 0090\n\x02^BC-X,90<\n\tRain fell.\n\x03VP-05-12-24 1509GMT<\n\x04",
    b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 45\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nRain\r\n\r\n",
    b"Plain rain fell.\r\nTwice.",
]


@st.composite
def damaged(draw):
    """A seed with some bytes cut, doubled, swapped or overwritten."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 6))):
        if not data:
            break
        at = draw(st.integers(0, len(data) - 1))
        size = draw(st.integers(1, 12))
        match draw(st.integers(0, 3)):
            case 0:
                del data[at : at + size]
            case 1:
                data[at:at] = data[at : at + size] * draw(st.integers(1, 30))
            case 2:
                data[at : at + size] = draw(st.binary(max_size=12))
            case _:
                data[at:at] = draw(
                    st.sampled_from(
                        [b"<", b">", b"&", b'"', b"\0", b"\xff", b"<p>", b"{", b"[", b"\n", b"\x02", "\u2028".encode()]
                    )
                )
    return bytes(data)


def check(found, again):
    assert found.articles == again.articles
    assert found.failures == again.failures
    assert found.refused == again.refused
    assert found.articles or found.reasons, "bytes vanished"
    for article in found.articles:
        assert article.text.strip()
        assert "\r" not in article.text
        article.text.encode("utf-8")
        article.extra.encode("utf-8")
        for mark in article.marks:
            assert 0 <= mark.raw_start < mark.raw_end <= len(article.text)
    for reason in found.reasons:
        assert reason in set(NEXT_STEP) - {"error"}, found.failures


@BOUNDED
@given(data=damaged(), packed=st.booleans())
@example(data=b"<![", packed=False)
@example(data=b"<?xml version='1.0' encoding='utf-16'?><nitf/>", packed=False)
def test_damaged_seeds(read, data, packed):
    stored = gzip.compress(data, mtime=0) if packed and data else data
    check(read(stored), read(stored))


@BOUNDED
@given(
    data=st.binary(max_size=300),
    prefix=st.sampled_from(
        [b"", b"<", b"{", b"[", b"\x01", b"\x16\x16\x01", b"WARC/1.0\r\n", b"\x1f\x8b", b"<?xml ", b"\xff\xfe"]
    ),
)
def test_any_bytes(read, data, prefix):
    check(read(prefix + data), read(prefix + data))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_cut_of_a_seed(read, seed):
    for size in range(0, len(seed), 7):
        check(read(seed[:size]), read(seed[:size]))
