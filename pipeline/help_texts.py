"""What `--help` teaches: what each verb is for, with commands that can be copied."""

import argparse
from typing import Any

EXIT_CODES = {
    0: "done",
    1: "failed; what is committed stays whole, run again to finish",
    2: "wrong usage, or refused before anything started; every problem is named",
    3: "done, but a larger share of the records failed than --max_failure_rate allows",
    130: "interrupted by Ctrl-C; run again to go on",
}

PROGRAM = """Raw wire articles in, queryable Parquet out: cleaned text, entities, quotes with their speakers.

wirecopy VERB --help says more about each, with examples."""

FIRST_STEPS = """first steps:
  wirecopy check --input '/data/feed/*.jsonl.gz' --output /data/wire    is everything there that a run needs?
  wirecopy run --input '/data/feed/*.jsonl.gz' --output /data/wire      read, clean, tag, write the tables
  wirecopy report /data/wire                                            look at what it did: /data/wire/report.html

exit codes:
"""

VERBS: dict[str, tuple[str, str]] = {
    "run": (
        """Read articles and write the tables.

What the output has already is skipped, so the same command again takes up
what is new and finishes what was interrupted. A record that can't be read becomes a row of `failures` with its bytes.
Any flag that Beam knows may follow.""",
        """examples:
  wirecopy run --input '/data/feed/**/*.json' --output /data/wire
  wirecopy run --input 'gs://feed/2025/**' --output gs://wire/tables
      a pattern in quotes, so that the shell leaves it alone; ** crosses folders, * does not
  wirecopy run --input '/data/feed/*' --output /data/wire --streaming
      go on, and take up what lands within seconds, until Ctrl-C
  wirecopy run --input '/data/feed/*' --output /data/wire --field text=payload.body[0].value --provider 'Harrow Wire'
      where a record keeps its text, and the outlet's name where it names none
  wirecopy run --input '/data/feed/*' --output /data/wire --keep dateline byline --rules house.toml
      leave datelines and bylines in the text, and add the newsroom's own rules
  wirecopy run --input '/data/feed/*' --output /data/wire --max_failure_rate 0.02 --log_format json
      for a scheduler: exit code 3 beyond two per cent of failures, JSON lines for the collector of logs""",
    ),
    "check": (
        """Look at everything that a run with these flags needs, before it.

Does the input match, and can it be read? Can the output be written, and are its tables of this kind? Is the model
whole? Will disk, memory, clock and engine do? Each finding has its fix beside it. Exit code 0, or 2 where a run would
be refused.""",
        """examples:
  wirecopy check --input '/data/feed/*.jsonl.gz' --output /data/wire
  wirecopy check --input 'gs://feed/**' --output gs://wire/tables --runner DataflowRunner --region europe-west1""",
    ),
    "report": (
        """Write one HTML page about an output.

What came in and out, failures with the next step, what was removed, who is
quoted and named, and the articles with everything marked in them. It loads nothing from anywhere.""",
        """examples:
  wirecopy report /data/wire
  wirecopy report gs://wire/tables --target report.html""",
    ),
    "link": (
        """Mark near duplicates and versions of one article in a table of its own, OUTPUT/links/. No other table is
changed; run it again when there is more.""",
        """example:
  wirecopy link /data/wire""",
    ),
    "compact": (
        """Merge the small files of each day into few, beside a run or a stream if need be.

No row changes, and no reader
that uses the views of docs/views.sql sees one twice or misses one.""",
        """example:
  wirecopy compact /data/wire""",
    ),
    "replay": (
        """Run the failures of an output again with the code and the flags of today, and replace each that passes by the
rows it should have been.

What fails again stays as it is. To run it twice is to run it once. Give the flags
that the run was given: they say how articles are read.""",
        """examples:
  wirecopy replay /data/wire
  wirecopy replay /data/wire --reason missing_text --field text=story.body
  wirecopy replay gs://wire/tables --stage annotate --after 2025-03-01""",
    ),
    "forget": (
        """Take articles out of every table and out of failures, for good: an agency's kill, a court's order, a person's
right.

No later run, replay or compaction brings them back. The log keeps the ids, and nothing of the text. The
source objects are not touched.""",
        """example:
  wirecopy forget /data/wire --article 5d7a0c3e0b8f4f16a9d2c1e7b6a59483""",
    ),
}
"""Verb to what it is for and examples; a verb that the command doesn't have is passed over."""


def described(verb: str) -> dict[str, Any]:
    """Arguments of `add_parser` that give a verb its text and examples."""
    description, examples = VERBS.get(verb, ("", ""))
    return {
        "description": description,
        "epilog": examples,
        "formatter_class": argparse.RawDescriptionHelpFormatter,
        "allow_abbrev": False,
    }


def exit_code_lines() -> str:
    """The exit codes, one a line."""
    return "\n".join(f"  {code:<5}{meaning}" for code, meaning in EXIT_CODES.items())
