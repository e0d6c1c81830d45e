"""wirecopy beside what one would write instead, on the same articles in the same run: ratios with their spread.

    python benchmarks/compare.py [ARTICLES.jsonl[.gz]] [--rounds 3] [--small 300] [--large 3000] [--largest 30000]
    python benchmarks/compare.py --check | --record

(a) a plain script, (b) a naive Beam pipeline, (c) wirecopy with one worker and with all cores. All ways take the small
number of articles in every round, wirecopy the larger ones once each. Speed is words (runs of non-blanks of the raw
text) per CPU second of all processes, start-up included; seconds of a busy machine are longer, which is why ratios are
of the same round. Memory is the sum over all processes. Without a file the articles are made from the examples.

`--check` takes articles made from the examples and fails where a ratio is more than 15 % worse than the recorded one in
benchmarks/recorded.json, in two measurements; `--record` writes that file anew.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import articles as made
from measuring import Measured, run_measured

HERE = Path(__file__).parent

TOLERANCE = 0.15
RECORDED = HERE / "recorded.json"
CORES = os.cpu_count() or 1
PLAIN, BEAM, ONE, ALL = "(a) plain script", "(b) naive Beam", "(c) wirecopy, 1 worker", f"(c) wirecopy, {CORES} workers"
CHECKED_ARTICLES = 400


@dataclass(frozen=True, slots=True)
class Input:
    """Articles in a file."""

    path: Path
    articles: int
    words: int


class Bench:
    """Runs the ways on files in a folder of its own, and prints a line for each run."""

    def __init__(self, folder: Path, source: list[made.Article]) -> None:
        self._folder = folder
        self._source = source
        self._inputs: dict[int, Input] = {}
        # As installed by pip, modules are there as bytecode; what forbids that would be measured as start-up.
        self._env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def input(self, wanted: int) -> Input:
        if wanted not in self._inputs:
            path = self._folder / f"{wanted}.jsonl.gz"
            self._inputs[wanted] = Input(path, wanted, made.write(self._source, wanted, path))
        return self._inputs[wanted]

    def run(self, way: str, wanted: int) -> Measured:
        given = self.input(wanted)
        output = self._folder / "output"
        shutil.rmtree(output, ignore_errors=True)
        if way in (PLAIN, BEAM):
            script = "plain_script.py" if way == PLAIN else "naive_beam.py"
            command = [sys.executable, str(HERE / script), str(given.path), str(output)]
        else:
            workers = "1" if way == ONE else str(CORES)
            command = [sys.executable, "-m", "pipeline", "run", "--workers", workers]
            command += ["--input", str(given.path), "--output", str(output)]
        done = run_measured(command, env=self._env, cwd=HERE.parent)
        if done.exit_code:
            raise SystemExit(f"{way} failed:\n{done.output[-3000:]}")
        print(
            f"{way:24}{wanted:7,} articles {speed(done, given):9,.0f} words/CPU s"
            f" {given.words / done.wall_s:9,.0f} words/s {done.cpu_s:8.1f} CPU s {done.wall_s:8.1f} s"
            f" {done.peak_mib:7,.0f} MiB in all",
            flush=True,
        )
        if "without textacy" in done.output:
            print("  the plain script found no textacy and so left the quotes out")
        return done

    def start_up(self) -> tuple[float, float]:
        """From the start of a run over one article: seconds to its first visible row, and CPU seconds to its end."""
        output = self._folder / "output"
        shutil.rmtree(output, ignore_errors=True)
        command = [sys.executable, "-m", "pipeline", "run", "--input", str(self.input(1).path), "--output", str(output)]
        started = time.time()
        done = run_measured(command, env=self._env, cwd=HERE.parent, sample=False)
        (first,) = (path for path in output.glob("articles/**/*.parquet"))
        return first.stat().st_ctime - started, done.cpu_s

    def stages(self, wanted: int) -> dict[str, float]:
        command = [sys.executable, str(HERE / "stages.py"), str(self.input(wanted).path), "--json"]
        text = subprocess.run(
            command, env=self._env, cwd=HERE.parent, check=True, capture_output=True, text=True
        ).stdout
        return dict(json.loads(text.strip().splitlines()[-1]))


def speed(done: Measured, given: Input) -> float:
    return given.words / done.cpu_s


def spread(values: Sequence[float]) -> str:
    return f"x{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def compare(bench: Bench, rounds: int, small: int, larger: Sequence[int]) -> None:
    print(f"{datetime.now(UTC):%Y-%m-%d}, {CORES} cores, {_processor()}, Python {platform.python_version()}")
    print(f"load {os.getloadavg()[0]:.1f} from others at the start")
    bench.start_up()
    first_row, cpu = zip(*(bench.start_up() for _ in range(rounds)), strict=True)
    print(f"start-up, one article: first row after {min(first_row):.1f} s, {min(cpu):.1f} CPU s (best of {rounds})")
    speeds: dict[str, list[float]] = {}
    for _ in range(rounds):
        for way in dict.fromkeys((PLAIN, BEAM, ONE, ALL)):
            speeds.setdefault(way, []).append(speed(bench.run(way, small), bench.input(small)))
    plain = statistics.median(speeds[PLAIN])
    for way, found in speeds.items():
        ratios = [one / other for one, other in zip(found, speeds[PLAIN], strict=True)]
        print(f"{way}: {spread(ratios)} the plain script's words per CPU second, {small:,} articles")
    seconds = bench.stages(small)
    _print_stages(seconds)
    cost: dict[tuple[str, int], float] = {}
    for wanted in larger:
        alone: Measured | None = None
        for way in dict.fromkeys((ONE, ALL)):
            done = bench.run(way, wanted)
            cost[way, wanted] = done.cpu_s / wanted
            if alone is None:
                alone = done
            else:
                print(
                    f"  x{alone.wall_s / done.wall_s:.2f} as fast as one worker by the clock; by CPU time along the"
                    f" longest path of processes, as on idle cores, x{alone.path_s / done.path_s:.2f}"
                )
            print(f"  x{speed(done, bench.input(wanted)) / plain:.2f} the plain script's words per CPU second", end="")
            before = [at for name, at in cost if name == way and at < wanted]
            if before:
                print(
                    f"; CPU time per article x{cost[way, wanted] / cost[way, max(before)]:.3f} that of {max(before):,}",
                    end="",
                )
            print()


def _print_stages(seconds: dict[str, float]) -> None:
    total = sum(seconds.values())
    print("share of CPU time by stage, without Beam: ", end="")
    print(", ".join(f"{stage} {took / total:.0%}" for stage, took in seconds.items()))
    print(f"all others take {(total - seconds['language']) / seconds['language']:.2f} times the language stage's")


def ratios(bench: Bench) -> dict[str, float]:
    """What `--check` compares: each is better the higher it is."""
    bench.run(ONE, 1)  # what is compiled or read for the first time
    plain, beam = bench.run(PLAIN, CHECKED_ARTICLES // 4), bench.run(BEAM, CHECKED_ARTICLES // 4)
    one, every = bench.run(ONE, CHECKED_ARTICLES), bench.run(ALL, CHECKED_ARTICLES)
    more = bench.run(ONE, 3 * CHECKED_ARTICLES)
    few, many = bench.input(CHECKED_ARTICLES // 4), bench.input(CHECKED_ARTICLES)
    seconds = bench.stages(CHECKED_ARTICLES)
    return {
        "words per CPU second, 1 worker over plain script": speed(one, many) / speed(plain, few),
        "words per CPU second, 1 worker over naive Beam": speed(one, many) / speed(beam, few),
        "words per CPU second, 2 workers over 1" if CORES == 2 else "words per CPU second, all workers over 1": speed(
            every, many
        )
        / speed(one, many),
        "time per article, few over many": speed(more, bench.input(3 * CHECKED_ARTICLES)) / speed(one, many),
        "memory, plain script over 1 worker": plain.peak_mib / one.peak_mib,
        "language stage over all others": seconds["language"] / (sum(seconds.values()) - seconds["language"]),
    }


def check(bench: Bench) -> int:
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))["ratios"]
    found = ratios(bench)
    if names_of_worse(found, recorded):  # what else the machine did may have been to blame: the better of two counts
        found = {name: max(value, found[name]) for name, value in ratios(bench).items()}
    worse = names_of_worse(found, recorded)
    for name, value in found.items():
        print(f"{'WORSE' if name in worse else 'ok':6}{name}: {value:.2f}, recorded {recorded.get(name, 0.0):.2f}")
    return 1 if worse else 0


def names_of_worse(found: dict[str, float], recorded: dict[str, float]) -> list[str]:
    """Ratios that are lower than recorded by more than the tolerance, or not found at all."""
    return [name for name, value in recorded.items() if found.get(name, 0.0) < value * (1 - TOLERANCE)]


def record(bench: Bench) -> None:
    kept = {
        "command": "make bench-record",
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{CORES} cores, {_processor()}",
        "ratios": {name: round(value, 3) for name, value in ratios(bench).items()},
    }
    RECORDED.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    print(RECORDED.read_text(encoding="utf-8"))


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--small", type=int, default=300)
    parser.add_argument("--large", type=int, default=3000, help="0 leaves it out")
    parser.add_argument("--largest", type=int, default=0, help="30000 takes an hour of two cores")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    use_own = options.file is not None and not (options.check or options.record)
    source = made.read(options.file) if use_own else made.of_examples(HERE.parent / "examples" / "articles")
    with tempfile.TemporaryDirectory(prefix="wirecopy-bench-") as folder:
        bench = Bench(Path(folder), source)
        if options.check:
            return check(bench)
        if options.record:
            record(bench)
            return 0
        print(f"articles: {options.file or 'made from the examples'}")
        compare(bench, options.rounds, options.small, [wanted for wanted in (options.large, options.largest) if wanted])
    return 0


if __name__ == "__main__":
    sys.exit(main())
