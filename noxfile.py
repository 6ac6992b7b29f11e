"""Everything that is checked, built and documented: ``uv run nox`` runs it all, ``uv run nox -s lint`` one session."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias, TypeVar
from zipfile import ZipFile

import nox

ROOT = Path(__file__).parent
WORKSPACE = ROOT / "pyproject.toml"
CONSTRAINTS = ROOT / "constraints.txt"
PYPROJECT = nox.project.load_toml(WORKSPACE)

PYTHONS = ("3.11", "3.12", "3.13")
WITHOUT_FAST = "3.12"
ONCE = (
    "tests/contract",
    "tests/core/testing/test_conformance_proof.py",
    "tests/docs",
    "tests/end_to_end/agreement",
    "tests/faults",
    "tests/gates",
    "tests/hosts",
    "tests/providers/sandbox",
    "tests/providers/test_cassettes.py",
    "tests/providers/test_stream_cuts.py",
    "tests/soak",
)
"""What is the same under every Python, and takes its time: tested on the oldest, unmeasured."""
MEASURED = ("tests/core", "tests/providers")
"""The tests that take every branch of the core and of the providers."""
OLDEST = (*ONCE, "tests/core/testing", "tests/providers", "tests/workspace")
"""What else is tested on the oldest alone: providers are data, and every journey through them runs on all Pythons."""
PLUGINS = sorted(f"./providers/{path.parent.name}" for path in ROOT.glob("providers/*/pyproject.toml"))
PACKAGES = ["./core", *PLUGINS]
WORKERS = str(3 * (os.cpu_count() or 1) // 2)
"""How many processes test at the same time: a third of what they do is waiting."""
MODULES = ["limner", *(f"limner_{Path(plugin).name}" for plugin in PLUGINS)]
UV = shutil.which("uv") or ""
SCAFFOLDS = {
    "brushwork": ("--openai-compatible", "--base-url", "https://api.brushwork.example/v1"),
    "studio.ai": ("--custom",),
}
"""A provider of each kind that ``limner new-provider`` writes, of a name that no example's test expects to be free."""

T = TypeVar("T")
Installer: TypeAlias = Callable[[nox.Session, Path, str, list[str]], None]
"""Makes an environment at a path and installs into its Python, which is named, what is said as pip's arguments."""

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.download_python = "never"


def _reveal_interpreters() -> None:
    """Put pyenv's interpreters on the path, behind our own: its shims hide all but the selected ones."""
    versions = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    found = [str(folder) for python in PYTHONS for folder in sorted(versions.glob(f"{python}.*/bin"))[-1:]]
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), *found, os.environ["PATH"]])


_reveal_interpreters()


def _install(session: nox.Session, *groups: str, extras: str = "") -> None:
    """Install dependency groups and, where the core's extras are named, the tree's packages; all at pinned versions."""
    packages = [f"./core[{extras}]", *PLUGINS] if extras else []
    editable = [word for package in packages for word in ("-e", package)]
    session.install("-c", str(CONSTRAINTS), *nox.project.dependency_groups(PYPROJECT, *groups), *editable)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, format, layers and the project's own gates."""
    _install(session, "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("lint-imports", "--no-cache", "--no-logo", env={"PYTHONPATH": "core/src"})
    session.run("python", "tests/gates/gates.py", "core", "providers", "tests", "docs", "noxfile.py")


@nox.session
def types(session: nox.Session) -> None:
    """Check types, twice: mypy and pyright disagree where a user would see it."""
    _install(session, "types", extras="fast,pillow,rich")
    commands = (("mypy",), ("pyright", "--warnings"), ("pyright", "--ignoreexternal", "--verifytypes", "limner"))
    _together(partial(session.run, *command) for command in commands)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests; on the oldest Python also measure them: of the core and its providers, every branch is taken.

    There is one Python without the extra ``fast``. With it, the tests of the transport go over both engines. What
    ``ONCE`` names runs on the oldest alone, unmeasured; the others leave out providers' own tests too, and try fewer
    examples of each property.
    """
    oldest = session.python == PYTHONS[0]
    # Hundreds of processes load the same modules: even where nothing may be written beside them, they compile once.
    session.env["PYTHONDONTWRITEBYTECODE"] = ""
    session.env["PYTHONPYCACHEPREFIX"] = str(Path(session.virtualenv.location).resolve() / "pycache")
    _install(session, "test", extras="pillow,rich" if session.python == WITHOUT_FAST else "fast,pillow,rich")
    if session.posargs:
        session.run("pytest", *session.posargs)
        return
    if not oldest:
        session.env["LIMNER_HYPOTHESIS"] = os.environ.get("LIMNER_HYPOTHESIS") or "brief"
        session.run(*_pytest(without=OLDEST))
        return
    # Not in a temporary folder of the session's: tests would make theirs there, inside the tree and its configuration.
    session.env["COVERAGE_FILE"] = str(Path(session.virtualenv.location).resolve() / "coverage")
    session.run("coverage", "erase")
    measured = ",".join(module for module in MODULES if module != "limner_sandbox")  # a painter, traced, takes minutes
    session.run("coverage", "run", f"--source={measured}", "-m", *_pytest(*MEASURED, without=ONCE))
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report", "--fail-under=100")
    folders = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("tests/[a-z]*/")}
    session.run(*_pytest(*sorted({*folders.difference(MEASURED), *ONCE})))


def _pytest(*paths: str, without: Iterable[str] = ()) -> tuple[str, ...]:
    """The command that runs tests in several processes."""
    return ("pytest", "-n", WORKERS, *(f"--ignore={path}" for path in without), *paths)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; a broken link or a missing page is an error."""
    _install(session, "docs", extras="pillow,rich")
    session.env["NO_MKDOCS_2_WARNING"] = "1"
    site = Path(session.create_tmp()) / "site"
    session.run("mkdocs", "build", "--strict", "--config-file=docs/mkdocs/mkdocs.yml", f"--site-dir={site.resolve()}")


@nox.session
def examples(session: nox.Session) -> None:
    """Try what strangers write: the examples, and a provider of each kind that limner new-provider makes.

    They and the packages of the tree are built as wheels and installed into one fresh environment outside it; there
    each runs its own tests. No file of the tree changes.
    """
    session.install("-c", str(CONSTRAINTS), "build", "hatchling", *(() if UV else ("pip",)))
    before = _git_status(session)
    with TemporaryDirectory(prefix="limner-examples-") as folder:
        _try_strangers(session, Path(folder).resolve())
    if _git_status(session) != before:
        session.error("the examples have changed files of the tree")


def _try_strangers(session: nox.Session, folder: Path) -> None:
    """Write, build, install and test them, in a folder that is empty."""
    wheels, projects = folder / "wheels", folder / "projects"
    scripts = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    ours = dict(zip(PACKAGES, _together(_building(session, wheels, map(Path, PACKAGES))), strict=True))
    session.run("python", "-m", "venv", "--without-pip", str(folder / "venv"))
    _add(session, scripts, f"{ours.pop('./core')}[testing]", *ours.values())
    shutil.copytree(ROOT / "docs/examples", projects)
    for name, arguments in SCAFFOLDS.items():
        command = (str(scripts / "limner"), "new-provider", name, *arguments, "--into", str(projects / name))
        session.run(*command, external=True, silent=True)
    tried = sorted(path.parent for path in projects.glob("*/pyproject.toml"))
    wanted = _together(partial(_wanted_by, session, project, wheels) for project in tried)
    _add(session, scripts, *chain.from_iterable(wanted))
    tests = (str(scripts / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider")
    _together(partial(session.run, *tests, str(project), external=True) for project in tried)


def _building(session: nox.Session, into: Path, projects: Iterable[Path]) -> Iterator[Callable[[], str]]:
    """What builds each project's wheel."""
    return (partial(_wheel_of, session, project, into / project.name) for project in projects)


def _wanted_by(session: nox.Session, project: Path, wheels: Path) -> list[str]:
    """What is to be installed for a project and its tests: itself, as a wheel, if it is a package."""
    told = nox.project.load_toml(project / "pyproject.toml")
    tests = nox.project.dependency_groups(told, "test") if "dependency-groups" in told else ()
    if "build-system" not in told:
        return [*told["project"]["dependencies"], *tests]
    extra = "[test]" if "optional-dependencies" in told["project"] else ""
    return [f"{_wheel_of(session, project, wheels / project.name)}{extra}", *tests]


def _wheel_of(session: nox.Session, project: Path, into: Path) -> str:
    """Build a project's wheel, into a folder of its own."""
    build = ("python", "-m", "build", "--wheel", "--no-isolation", f"--outdir={into}")
    session.run(*build, str(project), silent=True)
    (wheel,) = into.glob("*.whl")
    return str(wheel)


def _add(session: nox.Session, scripts: Path, *requirements: str) -> None:
    """Install into an environment that is not the session's, with uv where it is there."""
    python = str(scripts / "python")
    install = (
        (UV, "pip", "install", "--python", python) if UV else ("python", "-m", "pip", "--python", python, "install")
    )
    session.run(*install, "-q", "-c", str(CONSTRAINTS), *requirements, external=True)


def _git_status(session: nox.Session) -> str:
    """What git says of the tree."""
    return str(session.run("git", "-c", "safe.directory=*", "status", "--porcelain", external=True, silent=True))


@nox.session
def packages(session: nox.Session) -> None:
    """Build every distribution as for a release, use each one alone, and all of the tree as pip's users do."""
    _install(session, "package")
    temporary = Path(session.create_tmp())
    shutil.rmtree(temporary)
    dist = temporary / "dist"
    dist.mkdir(parents=True)
    build = ("python", "-m", "build", "--no-isolation", f"--outdir={dist}")
    _together(partial(session.run, *build, package, silent=True) for package in PACKAGES)
    session.run("twine", "check", "--strict", *map(str, dist.iterdir()))
    wheels = {wheel.name.partition("-")[0]: wheel for wheel in sorted(dist.glob("*.whl"))}
    for module, wheel in wheels.items():
        _check_contents(session, wheel, module)
    alone = ((temporary / module, [str(wheel)], [module]) for module, wheel in wheels.items())
    quick = _uv if shutil.which("uv") else _pip
    _together(partial(_try_out, session, quick, *which, f"--find-links={dist}") for which in alone)
    _try_out(session, _pip, temporary / "tree", PACKAGES, MODULES)


def _together(works: Iterable[Callable[[], T]]) -> list[T]:
    """Do what does not depend on each other at the same time; what fails first is raised."""
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return [done.result() for done in [threads.submit(work) for work in works]]


def _check_contents(session: nox.Session, wheel: Path, module: str) -> None:
    """A wheel carries its package, its types and its licence, and nothing else."""
    names = ZipFile(wheel).namelist()
    info = next(name.partition("/")[0] for name in names if ".dist-info/" in name)
    missing = {f"{module}/py.typed", f"{info}/licenses/LICENSE"} - set(names)
    foreign = [name for name in names if name.partition("/")[0] not in {module, info}]
    if missing or foreign:
        session.error(f"{wheel.name} lacks {sorted(missing)} and should not hold {foreign}")


def _try_out(
    session: nox.Session, install: Installer, venv: Path, requirements: list[str], modules: list[str], *options: str
) -> None:
    """Install into a fresh environment, import, and ask the command for its version."""
    scripts = venv / ("Scripts" if os.name == "nt" else "bin")
    python = str(scripts / "python")
    install(session, venv, python, ["-q", "-c", str(CONSTRAINTS), *options, *requirements])
    session.run(python, "-Ic", f"import {', '.join(modules)}", external=True)
    session.run(str(scripts / "limner"), "--version", external=True)


def _pip(session: nox.Session, venv: Path, python: str, words: list[str]) -> None:
    """Install as most users do."""
    session.run("python", "-m", "venv", str(venv))
    session.run(python, "-m", "pip", "install", *words, external=True)


def _uv(session: nox.Session, venv: Path, python: str, words: list[str]) -> None:
    """Install the same in a tenth of the time."""
    session.run("uv", "venv", "-q", f"--python={session.python or sys.executable}", str(venv), external=True)
    session.run("uv", "pip", "install", f"--python={python}", *words, external=True)


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Measure, as ratios to peers in the same run; a bound that is missed is an error. Scenarios may be named."""
    _install(session, "bench", extras="fast")
    session.run("python", "tests/bench", *session.posargs)


@nox.session(default=False)
def thorough(session: nox.Session) -> None:
    """Try every property with the number of examples that its promise names: half an hour on two cores."""
    _install(session, "test", extras="fast,pillow,rich")
    session.env["LIMNER_HYPOTHESIS"] = "thorough"
    session.run("pytest", "-n", "auto", "-m", "hypothesis", *session.posargs)


@nox.session(default=False)
def soak(session: nox.Session) -> None:
    """Cancel ten thousand calls, then make mixed ones for two minutes, over both engines: nothing grows or is lost.

    Then 16 threads and 200 tasks share a client, and no answer is crossed.

    Longer: ``nox -s soak -- --seconds 3600``.
    """
    _install(session, "test", extras="fast,pillow,rich")
    session.run("python", "tests/soak", *session.posargs)


@nox.session(venv_backend="none", default=False)
def pins(session: nox.Session) -> None:
    """Move every pin to the newest version there is, in pyproject.toml and in constraints.txt."""
    before = WORKSPACE.read_text(encoding="utf-8")
    try:
        WORKSPACE.write_text(_pinned(before, []), encoding="utf-8")
        session.run("uv", "lock", "--upgrade", external=True)
        everything = ("--all-packages", "--all-extras", "--all-groups", "--no-emit-workspace")
        plain = ("--quiet", "--no-hashes", "--no-header", "--no-annotate")
        exported = str(session.run("uv", "export", *everything, *plain, external=True, silent=True))
    finally:
        WORKSPACE.write_text(before, encoding="utf-8")
    pins = _without_markers(exported.splitlines())
    WORKSPACE.write_text(_pinned(before, pins), encoding="utf-8")
    CONSTRAINTS.write_text("".join(f"{pin}\n" for pin in pins), encoding="utf-8")
    session.run("uv", "lock", external=True)


def _without_markers(lines: list[str]) -> list[str]:
    """Drop markers where a package has one version: a pin may hold where the package is not needed."""
    names = [line.partition("==")[0] for line in lines]
    return [line if names.count(name) > 1 else line.partition(" ;")[0] for name, line in zip(names, lines, strict=True)]


def _pinned(workspace: str, pins: list[str]) -> str:
    """Put the pins into the workspace's pyproject.toml."""
    block = "".join(f"  {json.dumps(pin)},\n" for pin in pins)
    pinned = f"constraint-dependencies = [\n{block}]"
    return re.sub(r"constraint-dependencies = \[[^]]*\]", lambda _: pinned, workspace)
