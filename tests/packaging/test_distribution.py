"""What is installed and what is built: the three packages, nothing beside them, and owned by nobody else."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest

PACKAGES = {"pipeline", "schemas", "transforms"}


@pytest.fixture(scope="module")
def built(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source distribution, and a wheel made from it, of what git knows: a clone has nothing else."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=repository, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    for name in filter(None, listed.stdout.split("\0")):
        if (repository / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((repository / name).read_bytes())
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target), str(source)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    return target


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_a_generic_package_name_is_ours_alone(package: str) -> None:
    assert set(packages_distributions()[package]) == {"wirecopy"}


def test_the_wheel_holds_the_three_packages_with_their_data_and_nothing_beside(built: Path, repository: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES
    known = subprocess.run(
        ["git", "ls-files", *PACKAGES], cwd=repository, capture_output=True, text=True
    ).stdout.split()
    data = {name for name in known if not name.endswith((".py", ".c", ".h", ".md"))}
    assert data <= names, f"not in the wheel: {sorted(data - names)}; add them to [tool.setuptools.package-data]"
    modules = {name for name in known if name.endswith(".py")}
    assert modules <= names, f"not in the wheel: {sorted(modules - names)}; is an __init__.py missing?"


def test_the_wheel_holds_the_native_engine_where_a_compiler_is(built: Path) -> None:
    """It is optional, so a header missing from the source distribution would leave it out without a word."""
    if not shutil.which("cc"):
        pytest.skip("no C compiler here")
    (wheel,) = built.glob("*.whl")
    assert any(
        name.startswith("transforms/engine/_native") and name.endswith(".so")
        for name in zipfile.ZipFile(wheel).namelist()
    )


def test_the_source_distribution_leaves_tests_and_deployment_out(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        tops = {name.split("/")[1] for name in archive.getnames() if "/" in name}
    assert tops >= PACKAGES
    assert not tops & {"tests", "deploy", "benchmarks", "examples", "docs"}


def test_the_command_leads_to_the_same_program_as_the_module() -> None:
    (command,) = (entry for entry in distribution("wirecopy").entry_points if entry.group == "console_scripts")
    assert (command.name, command.value) == ("wirecopy", "pipeline.cli:entry")


def test_tests_are_no_package(repository: Path) -> None:
    """A dependency of Beam occupies the name `tests`: with an __init__.py, ours would meet it."""
    assert not list((repository / "tests").rglob("__init__.py"))
