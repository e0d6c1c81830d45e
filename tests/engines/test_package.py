"""The package that Beam's own stager builds for the workers: what it holds, and that it runs where nothing else is."""

import os
import re
import signal
import subprocess
import sys
import tarfile
import venv
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from apache_beam.runners.portability.stager import Stager

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `--setup_file ./setup.py` would send."""
    folder = tmp_path_factory.mktemp("staged")
    return Path(Stager._build_setup_package(str(REPOSITORY / "setup.py"), str(folder)))


@pytest.fixture(scope="module")
def python(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty environment with the image's lock and the package, installed as the image and a worker would."""
    home = tmp_path_factory.mktemp("worker") / "venv"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    lock = REPOSITORY / "deploy" / "requirements.lock"
    first = home / "setuptools.lock"
    first.write_text(re.search(r"^setuptools==.*?(?=^\w)", lock.read_text() + "end", re.MULTILINE | re.DOTALL)[0])
    subprocess.run([*install, "--require-hashes", "--only-binary", ":all:", "-r", first], check=True)
    wheels = ["--only-binary", ":all:", "--no-binary", "names,google-apitools", "--no-build-isolation"]
    subprocess.run([*install, "--require-hashes", *wheels, "-r", lock], check=True)
    subprocess.run([*install, "--no-deps", "--no-build-isolation", package], check=True)
    return python


def test_it_holds_the_three_packages_and_nothing_beside(package: Path) -> None:
    with tarfile.open(package) as archive:
        names = [name.split("/", 1)[1] for name in archive.getnames() if "/" in name]
    folders = {name.split("/")[0] for name in names if "/" in name} - {"wirecopy.egg-info"}
    assert folders == {"pipeline", "schemas", "transforms"}
    for needed in (
        "pyproject.toml",
        "pipeline/py.typed",
        "transforms/engine/native/module.c",
        "transforms/engine/native/kernels.h",
        "transforms/quotes/lexicon.toml",
        "transforms/cleaning/rules/promo.toml",
    ):
        assert needed in names
    assert not [name for name in names if name.endswith((".so", ".pyc"))], "built on this machine, not for a worker"


def test_the_installed_set_is_whole(python: Path) -> None:
    done = subprocess.run([python, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_it_runs_from_anywhere_in_processes_of_its_own(python: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            python.with_name("wirecopy"),
            *("run", "--input", f"{REPOSITORY}/examples/articles/*", "--output", tmp_path / "out"),
            *("--workers", "2", "--batch_bytes", "4000", "--portion_bytes", "2000", "--no_save_main_session"),
        ],
        cwd="/",
        env={"PATH": os.defpath, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    count = duckdb.connect().execute(f"SELECT count(*) FROM read_parquet('{tmp_path}/out/articles/*/*.parquet')")
    assert count.fetchone()[0] == 40
    code = "import pipeline, transforms.engine as e; print(pipeline.__file__)"
    where = subprocess.run([python, "-c", code], cwd="/", capture_output=True, text=True, check=True).stdout
    assert str(REPOSITORY) not in where
    assert sys.prefix not in where


def test_it_runs_on_an_engine_whose_workers_are_processes_of_that_environment(
    python: Path, prism: Path, tools: SimpleNamespace, tmp_path: Path
) -> None:
    """As on Dataflow: the launcher pickles the graph; workers started elsewhere have the package and nothing else."""
    port = tools.free_port()
    clean = {"PATH": f"{python.parent}:{os.defpath}", "HOME": str(tmp_path)}
    pool = [python, "-m", "apache_beam.runners.worker.worker_pool_main", f"--service_port={port}"]
    with (tmp_path / "pool.log").open("wb") as log:
        workers = subprocess.Popen(pool, cwd="/", env=clean, stdout=log, stderr=log, start_new_session=True)
    try:
        assert tools.wait_for(lambda: tools.open_port(port), 120)
        done = subprocess.run(
            [
                python.with_name("wirecopy"),
                *("run", "--input", f"{REPOSITORY}/examples/articles/*", "--output", tmp_path / "out"),
                *("--runner", "PrismRunner", f"--prism_location={prism}", "--no_save_main_session"),
                *("--environment_type=EXTERNAL", f"--environment_config=localhost:{port}"),
            ],
            cwd="/",
            env=clean,
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
    finally:
        os.killpg(workers.pid, signal.SIGKILL)
        workers.wait()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Records: 41 = 40 articles + 1 failure" in done.stdout
    assert "Starting worker with command" in (tmp_path / "pool.log").read_text()
