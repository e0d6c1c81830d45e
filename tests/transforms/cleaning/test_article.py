"""Cleaning an article: what leaves, what stays, what is lifted, and that text and edits give the raw text back."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.ids import stable_id
from schemas.records import CleanArticle, Mark, RawArticle
from transforms.cleaning import Policy, clean
from transforms.cleaning import article as article_module
from transforms.cleaning.article import MIN_LOOKS
from transforms.cleaning.rules import built_in
from transforms.edits import EditMap, apply_edits, rebuild_raw


def article(text: str, **fields: object) -> RawArticle:
    return RawArticle("id", "memory:a", 7, 3, 0, text, "", **fields)  # type: ignore[arg-type]


def cleaned(text: str, **fields: object) -> CleanArticle:
    done = clean(article(text, **fields))
    assert apply_edits(text, done.edits) == done.text
    assert rebuild_raw(done.text, done.edits) == text
    return done


def us(*when: int) -> int:
    return int(datetime(*when, tzinfo=UTC).timestamp()) * 1_000_000  # type: ignore[misc,arg-type]


ONE = "The ferry left Bergen on time, and the strike was over after nine days."
TWO = "“We sail again,” said Ana Torv, who leads the crew’s union."
THREE = "Nobody at the harbour office would say what the strike had cost."
POST = "We sail again! Thanks to all who waited. #ferry pic.twitter.com/Ab12Cd34Ef — Ana Torv (@anatorv) March 3, 2019"


def test_labels_leave_with_one_gap_left() -> None:
    done = cleaned(f"{ONE}\n\nAdvertisement\n\n{TWO}\n\nStory Continued Below\n\n\n\n{THREE}\n\nADVERTISEMENT\n")
    assert done.text == f"{ONE}\n\n{TWO}\n\n\n\n{THREE}\n"
    assert [edit.kind for edit in done.edits] == ["advertisement"] * 3


def test_a_clean_article_is_left_alone() -> None:
    raw = f"Ferry strike ends\n\n{ONE}\n\n{TWO}\n\nWhat comes next\n\n• New rosters\n• Higher pay\n\n{THREE}"
    raw += "\n\nUPDATE: He did."
    assert cleaned(raw).edits == ()


def test_an_article_that_is_all_advertisement_is_kept_empty() -> None:
    done = cleaned("\nAdvertisement\n\nADVERTISEMENT\n")
    assert done.text == ""
    assert len(done.edits) == 2


def test_the_word_in_a_sentence_stays() -> None:
    raw = f"{ONE}\n\nThe advertisement ran for a week.\n\nHe read “Advertisement” on the wall.\n\n{TWO}"
    assert cleaned(raw).text == raw


def test_a_post_becomes_an_embed() -> None:
    done = cleaned(f"{ONE}\n\n{POST}\n\n{THREE}")
    assert done.text == f"{ONE}\n\n{THREE}"
    (embed,) = done.embeds
    start = len(ONE) + 2
    assert (embed.raw_start, embed.raw_end) == (start, start + len(POST))
    assert embed.embed_id == stable_id("id", "memory:a", 7, 3, "embed", start)
    assert (embed.platform, embed.author_name, embed.handle) == ("twitter", "Ana Torv", "anatorv")
    assert embed.posted_us == us(2019, 3, 3)
    assert embed.text == "We sail again! Thanks to all who waited. #ferry pic.twitter.com/Ab12Cd34Ef"
    assert embed.links == "pic.twitter.com/Ab12Cd34Ef"


@pytest.mark.parametrize(
    "post",
    [
        "We sail again! — Ana Torv (@anatorv) March 3, 2019",
        "We sail again! -- Ana Torv (@anatorv) 3 March 2019",
        "We sail again!\n\n— Ana Torv (@anatorv) March 3, 2019",
        "We sail again! —\n\nAna Torv (@anatorv) March 03, 2019",
        "We sail.\n\n\n\nToday.\n\nAt noon.\n\n\n\nFor good! — Ana Torv - Text FERRY to 12 (@anatorv) March 3, 2019",
        "Ana Torv (@anatorv) We sail again! Thanks to all who waited. https://t.co/Ab12Cd34Ef",
        "We sail again! A post shared by Ana Torv (@anatorv) on Mar 3, 2019 at 1:05pm PST",
        "We sail again! Posted by Ana Torv on Sunday, March 3, 2019",
        '<tweet author="anatorv" timestamp="1551571200" tweet_id="1">We sail again!</tweet>',
        "We sail again! #ferry pic.twitter.com/Ab12Cd34Ef",
        "We sail again! Thanks to all who waited. — Ana Torv (@anatorv)",
        "Ana Torv @anatorv We sail again! 1:05 PM - 3 Mar 2019 12 Retweets 40 likes",
    ],
)
def test_posts_of_every_form_leave_whole(post: str) -> None:
    done = cleaned(f"{ONE}\n\n{post}\n\n{THREE}")
    assert done.text == f"{ONE}\n\n{THREE}"
    (embed,) = done.embeds
    assert embed.text.startswith("We sail")
    assert "\n\n" + post == "\n\n" + done.raw.text[embed.raw_start : embed.raw_end]


def test_posts_in_one_paragraph_are_told_apart() -> None:
    done = cleaned(f"{ONE}\n\nA! — Ana (@ana) March 3, 2019 B? — Ole (@ole) March 4, 2019\n\n{THREE}")
    assert [(embed.author_name, embed.text) for embed in done.embeds] == [("Ana", "A!"), ("Ole", "B?")]
    assert done.text == f"{ONE}\n\n{THREE}"


@pytest.mark.parametrize(
    "post",
    [
        "1) No crew.\n\n2) No fuel.\n\n3) No tickets. — Ana Torv (@anatorv) March 3, 2019",
        "– no crew\n\n– no fuel, and none before Friday\n\n– no tickets — Ana Torv (@anatorv) March 3, 2019",
    ],
)
def test_a_post_that_is_a_list_leaves_with_all_its_lines(post: str) -> None:
    done = cleaned(f"{ONE}\n\nThen she posted:\n\n{post}\n\n{THREE}")
    assert done.text == f"{ONE}\n\nThen she posted:\n\n{THREE}"
    assert [embed.text.count("\n\n") for embed in done.embeds] == [2]


def test_links_below_their_label_leave_to_the_end_of_the_text() -> None:
    links = "Read more:\n\nFerry is back\n\nADVERTISEMENT\n\n- Who pays for the new harbour?"
    assert cleaned(f"{ONE}\n\n{THREE}\n\n{links}").text == f"{ONE}\n\n{THREE}"
    went_on = cleaned(f"{ONE}\n\nRead more:\n\nFerry is back\n\n{THREE}")
    assert went_on.text == f"{ONE}\n\nFerry is back\n\n{THREE}"


def test_an_instagram_posts_time_is_read_with_its_zone() -> None:
    (embed,) = cleaned(f"{ONE}\n\nNoon. A photo posted by Ana (@ana) on Mar 3, 2019 at 1:05pm PST\n\n{THREE}").embeds
    assert (embed.platform, embed.posted_us) == ("instagram", us(2019, 3, 3, 21, 5))


def test_a_post_quoted_in_prose_stays() -> None:
    said = "Torv (@anatorv) tweeted on March 3, 2019: “We sail again.”\n\nShe wrote “at last!” — and left."
    raw = f"{ONE}\n\n{said}\n\n{THREE}"
    assert cleaned(raw).text == raw


def test_a_paragraph_before_a_post_stays() -> None:
    done = cleaned(f"{ONE}\n\nThen she posted:\n\nAt noon. — Ana Torv (@anatorv) March 3, 2019")
    assert done.text == f"{ONE}\n\nThen she posted:"


@pytest.mark.parametrize(
    ("opening", "place", "agency"),
    [
        ("BERGEN, Norway (AP) — ", "BERGEN, Norway", "AP"),
        ("BERGEN, Norway (AP) _ ", "BERGEN, Norway", "AP"),
        ("BERGEN (Reuters) - ", "BERGEN", "Reuters"),
        ("ST. JOHN’S, N.L., March 3 (UPI) -- ", "ST. JOHN’S, N.L.", "UPI"),
        ("Bergen, Norway (CNN) ", "Bergen, Norway", "CNN"),
        ("Bergen (CNN)", "Bergen", "CNN"),
        ("(CNN) -- ", None, "CNN"),
        ("March 3 (Reuters) - ", None, "Reuters"),
        ("RIO DE JANEIRO — ", "RIO DE JANEIRO", None),
        ("BERGEN, Norway – ", "BERGEN, Norway", None),
    ],
)
def test_datelines_are_lifted(opening: str, place: str | None, agency: str | None) -> None:
    done = cleaned(f"{opening}{ONE}\n\n{TWO}")
    assert done.text == f"{ONE}\n\n{TWO}"
    assert (done.dateline_place, done.dateline_agency) == (place, agency)


def test_a_hard_wrapped_wire_story_keeps_its_lines() -> None:
    body = (
        "The ferry left on time Saturday, and\nthe strike was over after nine days that\ncost the harbour more than it"
    )
    body += " would\never say aloud.\n"
    more = "\t   Nobody at the office would put a\nfigure to it, and the crew's union said\nthat it had none.\n"
    done = cleaned(f"\n\nFerry strike ends\n\n\n\t   BERGEN, Norway (AP) _ {body}{more}")
    assert done.text == f"\n\nFerry strike ends\n\n\n\t   {body}{more}"
    assert (done.dateline_place, done.dateline_agency) == ("BERGEN, Norway", "AP")


def test_what_looks_like_a_dateline_stays() -> None:
    raw = "EXCLUSIVE — The ferry will be sold.\n\nUPDATE: It was.\n\nQ — Why?\n\nA — Because."
    assert cleaned(raw).text == raw


def test_bylines_and_credits_are_lifted_and_the_records_own_win() -> None:
    raw = f"The harbour at noon. (Ole Lind/Reuters)\n\nBy Ana Torv, Harbour Gazette\n\n{ONE}\n\n{TWO}\n\n{THREE}"
    done = cleaned(raw)
    assert (done.byline, done.credit) == ("Ana Torv", "Ole Lind/Reuters")
    assert done.text == f"{ONE}\n\n{TWO}\n\n{THREE}"
    assert cleaned(raw, byline="Staff", credit="HG").byline == "Staff"


def test_a_kept_kind_stays_in_the_text_and_fills_its_field() -> None:
    raw = f"BERGEN (AP) — {ONE}\n\n{POST}\n\nAdvertisement\n\n{TWO}"
    done = clean(article(raw), Policy(keep=frozenset({"dateline", "tweet"})))
    assert done.text == f"BERGEN (AP) — {ONE}\n\n{POST}\n\n{TWO}"
    assert (done.dateline_place, len(done.embeds)) == ("BERGEN", 1)


def test_every_kind_can_be_kept() -> None:
    kinds = frozenset(rule.kind for rule in built_in()) | {"tweet"}
    raw = f"By Ana Torv\n\n{ONE}\n\n{POST}\n\nAdvertisement\n\nShare this: Facebook Twitter\n\n© 2019 The Gazette"
    assert clean(article(raw), Policy(keep=kinds)).text == raw


def test_marks_leave_by_the_same_path() -> None:
    raw = f"Ana Torv\n\n{ONE}\n\nWe sail again!\n\n{THREE}"
    at = raw.index("We sail")
    told = (("platform", "twitter"), ("author_name", "Ana"), ("handle", "@ana"), ("posted_at", "2019-03-03T21:05:00Z"))
    marks = (
        Mark("tweet", "html_embed", at, at + 14, (*told, ("links", "https://a.example/1 https://a.example/2"))),
        Mark("byline", "html_byline", 0, 8),
        Mark("promo", "html_aside", 2, 6),
        Mark("promo", "html_aside", 900, 950),
    )
    done = cleaned(raw, marks=marks)
    assert done.text == f"{ONE}\n\n{THREE}"
    assert [(edit.kind, edit.rule) for edit in done.edits] == [("byline", "html_byline"), ("tweet", "html_embed")]
    (embed,) = done.embeds
    assert (embed.text, embed.handle, embed.posted_us) == ("We sail again!", "ana", us(2019, 3, 3, 21, 5))
    assert (embed.links, done.byline) == ("https://a.example/1 https://a.example/2", "Ana Torv")


def test_a_marked_date_line_leaves_and_is_no_byline() -> None:
    raw = f"Published 3 March 2019\n\n{ONE}"
    done = cleaned(raw, marks=(Mark("byline", "html_date_line", 0, 22, (("byline", ""),)),))
    assert (done.text, done.byline) == (ONE, None)


@pytest.mark.parametrize(
    ("raw", "text", "rule"),
    [
        ("The crew\u00e2\u20ac\u2122s ferry", "The crew’s ferry", "mojibake"),
        ("Bj\u00c3\u00b8rn", "Bjørn", "mojibake"),
        ("the crew\x92s", "the crew’s", "mojibake"),
        ("fer\xadry", "ferry", "soft_hyphen"),
        ("fer\u200bry", "ferry", "zero_width"),
        ("\ufefferry", "erry", "zero_width"),
        ("fer\x00ry", "ferry", "control"),
        ("The (FBI)Director", "The (FBI) Director", "glued_agency"),
    ],
)
def test_hygiene_changes_what_is_broken(raw: str, text: str, rule: str) -> None:
    done = cleaned(f"{ONE}\n\n{raw} sailed on.")
    assert done.text == f"{ONE}\n\n{text} sailed on."
    assert {(edit.kind, edit.rule) for edit in done.edits} == {("hygiene", rule)}
    assert all(len(edit.replacement) <= 1 for edit in done.edits)


@pytest.mark.parametrize(
    "raw",
    ["“Curly” ‘quotes’ – café, naïve, Âge", "می‌خواهم", "👩‍🚀 flew", "Odd\u00a0blanks\tand ``TeX'' quotes", "ﬁne ½ ™"],
)
def test_hygiene_leaves_alone_what_is_well(raw: str) -> None:
    assert cleaned(f"{ONE}\n\n{raw}.").edits == ()


def test_a_removal_around_an_earlier_one_keeps_both_rows() -> None:
    done = cleaned(f"{ONE}\n\nRead more:\n\nAdvertisement\n\nFerry Strike Ends After Nine Long Days\n\nBack to top")
    assert done.text == ONE
    assert {edit.kind for edit in done.edits} == {"promo", "advertisement"}


PIECES = [
    *(rule.example.replace("⟦", "").replace("⟧", "") for rule in built_in()),
    *(
        ONE,
        TWO,
        THREE,
        POST,
        "(CNN)",
        "(CNN)Rain",
        "Advert",
        "isement",
        "\u00e2\u20ac\u2122",
        "\xad",
        "\u200b",
        "\x00",
        "é",
        "👩‍🚀",
    ),
    *(
        "\n",
        "\n\n",
        "\n\n\n\n",
        " ",
        "— ",
        "(@ana) March 3, 2019",
        " MORE",
        "Ana Torv",
        '"',
        "”",
        "\ud800",
        "Ж",
        "\u3000",
    ),
]
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=14).map("".join)


@given(TEXTS)
def test_text_and_edits_give_the_raw_text_and_twice_is_once(raw: str) -> None:
    done = cleaned(raw)
    assert clean(article(done.text)).text == done.text
    carry = EditMap(done.edits)
    for edit in done.edits:
        assert edit.raw_start <= edit.raw_end
        assert len(edit.replacement) <= (edit.kind == "hygiene")
    for embed in done.embeds:
        assert 0 <= embed.raw_start < embed.raw_end <= len(raw)
    for at, letter in enumerate(done.text):
        start, end = carry.to_raw(at, at + 1)
        replaced = [edit.replacement for edit in done.edits if (edit.raw_start, edit.raw_end) == (start, end)]
        assert raw[start:end] == letter or letter in replaced


@given(
    st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(["", " ", "\n\n"])), min_size=1, max_size=3),
    st.integers(13, 60),
    st.sampled_from(["", ONE, f"{TWO}\n\n"]),
)
@example([("Share this article: Facebook Twitter Email Print", " "), ("ADVERTISEMENT", " ")], 60, f"{ONE} ")
def test_residue_heaped_up_is_cleaned_in_one_go(pieces: list[tuple[str, str]], times: int, before: str) -> None:
    raw = before + "".join(piece + gap for piece, gap in pieces) * times
    done = cleaned(raw)
    assert clean(article(done.text)).text == done.text
    assert rebuild_raw(done.text, done.edits) == raw


def test_a_text_that_takes_more_looks_than_it_may_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    heap = f"BERGEN (Harrow Wire) — {ONE}" + " ADVERTISEMENT" * MIN_LOOKS * 2
    assert cleaned(heap).text == ONE
    monkeypatch.setattr(article_module, "MAX_LOOKED_CHARS", 0)
    done = cleaned(heap)
    assert (done.text, done.edits, done.dateline_place) == (heap, (), None)
    assert cleaned(f"{ONE}\n\nADVERTISEMENT").text == ONE


HOSTILE = [
    "Ole Lind | Getty Images ",
    "— Ana (@ana) March 3, 2019 ",
    "—\n\n",
    "(@a) ",
    "A(@a) B ",
    "pic.twitter.com/Ab12Cd34Ef\n",
    "A post shared by A (@a",
    "Posted by A on ",
    "<tweet a=",
    "aB MORE ",
    "Ana TorvFerry ",
    "\u00e2\u20ac\u2122",
    "\u00e2",
    "\xad",
    "(CNN)",
    "Advertisement\n",
    "Advert\n\n",
    "a\n\n\n\n",
    "Twitter\n",
    "Ferry Strike Ends After Nine Days\n",
    "FERRY STRIKE ENDS AFTER NINE VERY LONG DAYS OF WAITING\n",
    "Tags: a\nb\n",
    "BERGEN (",
    "“",
    " ",
    "\n",
    "word ",
]


@pytest.mark.parametrize("piece", HOSTILE, ids=repr)
def test_time_grows_with_length_and_no_faster(
    piece: str, growth: Callable[[Callable[[int], float], int, int], float]
) -> None:
    def seconds(chars: int) -> float:
        started = time.process_time()
        clean(article(piece * (chars // len(piece))))
        return time.process_time() - started

    seconds(1_000)
    assert growth(seconds, 15_000, 60_000) < 3 * 3  # twice doubled


def test_a_megabyte_on_one_line_is_cleaned_at_the_pace_of_any_text() -> None:
    line = f"{ONE} " * (1_000_000 // len(ONE))
    started = time.process_time()
    assert clean(article(line)).text == line
    one_line = time.process_time() - started
    started = time.process_time()
    clean(article(line.replace(". ", ".\n\n")))
    assert one_line < 3 * (time.process_time() - started)


def test_a_list_with_entries_in_capitals_is_no_row_of_datelines() -> None:
    raw = "\n\n".join(f"{place} — The ferry leaves at noon." for place in ("BERGEN", "OSLO", "STAVANGER", "TROMSO"))
    assert cleaned(raw).text == raw
