"""Write metadata.json, the Flex Template's parameters, from the flags of `wirecopy run`. `--check` only compares."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parent))

from pipeline.options import add_run_flags, is_true  # noqa: E402

LEFT_OUT = {
    "help": "asks for words, not for a job",
    "runner": "a template's job runs on Dataflow",
    "workers": "processes of one machine; a job scales by --max-workers",
    "no_wait": "the launcher never waits",
}
"""Flags that a template has no use for, and why."""
KINDS_OF_PATH = {
    "input": "GCS_READ_FILE",
    "output": "GCS_WRITE_FOLDER",
    "rules": "GCS_READ_FILE",
    "subscription": "PUBSUB_SUBSCRIPTION",
}
PATTERNS = {
    "input": "^gs://[^*?/]+/.+$",
    "output": "^gs://[^*?]+$",
    "rules": "^gs://[^*?]+$",
    "subscription": "^projects/[^/]+/subscriptions/[^/]+$",
}
NEEDED = {"input", "output"}
IMAGE = {
    "name": "sdk_container_image",
    "label": "sdk container image",
    "helpText": "image of the workers: the template's own, by digest",
    "isOptional": True,
    "regexes": ["^.+@sha256:[0-9a-f]{64}$"],
}


def main() -> int:
    """Write the file, or with --check say whether it is what the flags say."""
    target, wanted = FOLDER / "metadata.json", json.dumps(metadata(), indent=2) + "\n"
    if target.is_file() and target.read_text() == wanted:
        return 0
    if "--check" in sys.argv[1:]:
        print("deploy/metadata.json is stale: run python deploy/generate_metadata.py", file=sys.stderr)
        return 1
    target.write_text(wanted)
    return 0


def metadata() -> dict[str, Any]:
    """The template's metadata as Dataflow reads it."""
    parser = argparse.ArgumentParser()
    add_run_flags(parser)
    flags = [action for action in parser._actions if action.dest not in LEFT_OUT]
    return {
        "name": "wirecopy",
        "description": "Raw wire articles in, queryable Parquet out: clean text, entities, quotes with their speakers.",
        "streaming": any(action.dest == "streaming" for action in flags),
        "supportsAtLeastOnce": True,
        "supportsExactlyOnce": True,
        "parameters": [*(_parameter(action) for action in flags), IMAGE],
    }


def _parameter(action: argparse.Action) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": action.dest,
        "label": action.dest.replace("_", " "),
        "helpText": (action.help or "").replace("%(default)s", str(action.default)),
        "isOptional": action.dest not in NEEDED,
    }
    if action.dest in KINDS_OF_PATH:
        made["paramType"] = KINDS_OF_PATH[action.dest]
    pattern = PATTERNS.get(action.dest) or _pattern(action)
    if pattern:
        made["regexes"] = [pattern]
    return made


def _pattern(action: argparse.Action) -> str | None:
    if action.nargs == 0 or action.type is is_true:
        return "^(true|false)$"
    if isinstance(action.default, float):
        return r"^[0-9]+(\.[0-9]+)?$"
    return "^[1-9][0-9]*$" if action.type is not None else None


if __name__ == "__main__":
    sys.exit(main())
