"""Every counter and distribution by name: what it counts, and what to do when it moves."""

from typing import NamedTuple

from schemas.failures import NEXT_STEP
from schemas.records import KINDS

NAMESPACE = "wirecopy"


class Metric(NamedTuple):
    """One number that every runner shows. `kind` is counter or distribution; a name ends in its unit."""

    kind: str
    what: str
    moves: str


_SLOW = "Its mean per portion rises: {}."

METRICS: dict[str, Metric] = {
    "articles": Metric("counter", "articles parsed", "It stands still while objects land: see *nothing is committed*."),
    "failures": Metric("counter", "rows for the table `failures`", "It rises: see *articles are refused*."),
    **{
        f"failures_{reason}": Metric("counter", f"of these, for the reason `{reason}`", step)
        for reason, step in NEXT_STEP.items()
    },
    "removals": Metric(
        "counter", "edits of the raw text", "Its share of `articles` falls: a feed has changed its markup or wording."
    ),
    **{
        f"removals_{kind}": Metric(
            "counter", f"of these, of the kind `{kind}`", "It jumps: look at the rule in `removals_by_kind`."
        )
        for kind in KINDS
    },
    "entities": Metric(
        "counter", "mentions found", "It falls to nothing: articles in another language, or `--without`."
    ),
    "quotes": Metric("counter", "quotes found", "It falls to nothing: quotation marks have changed in a feed."),
    "words": Metric("counter", "words of clean text", "Words a second are the throughput: see *When it is slow*."),
    "parse_ms": Metric(
        "distribution", "time to parse a portion", _SLOW.format("objects have grown, or the format is new")
    ),
    "clean_ms": Metric(
        "distribution", "time to clean a portion", _SLOW.format("articles have grown, or own `--rules` cost")
    ),
    "annotate_ms": Metric(
        "distribution", "time to tag a portion and find its quotes", _SLOW.format("threads wait for the model's lock")
    ),
    "rows_ms": Metric("distribution", "time to make a portion's rows", _SLOW.format("articles have grown")),
    "commit_ms": Metric(
        "distribution", "time to stage, commit and publish a group", "It rises: storage is slow, or writers queue."
    ),
    "commits": Metric("counter", "entries added to the log", "It stands still: see *nothing is committed*."),
    "lost_numbers": Metric(
        "counter",
        "times another writer was faster with a log's next number",
        "It passes `commits`: begin the next output with more `--logs`.",
    ),
    "landing_to_commit_ms": Metric(
        "distribution",
        "from an object's update time to its rows' commit",
        "It rises: more lands than is tagged; give the job more workers. A backfill of old objects raises it rightly.",
    ),
    "looks_failed": Metric(
        "counter",
        "looks of a polling source that storage refused",
        "It rises: the log of the job says what is refused.",
    ),
    "notifications_irrelevant": Metric(
        "counter", "messages of other events or objects", "Nothing, unless the notification has no filter of its own."
    ),
    "notifications_malformed": Metric(
        "counter",
        "messages that tell of no object",
        "It rises: the notification's payload format is not JSON_API_V1, or somebody else publishes to the topic.",
    ),
}
