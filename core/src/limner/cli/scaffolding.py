"""A new provider's package, from templates: ``limner new-provider``.

A kind of provider is a folder of ``templates``, beside ``every``, whose files all kinds have. A template is a file with
``$placeholders`` and ``.in`` behind its name; in paths, ``PACKAGE`` and ``PROVIDER`` are what is to be replaced, and
``dot-`` is a dot. Everything is checked, and every text is there, before the first file is written.
"""

from __future__ import annotations

import datetime as dt
import re
from importlib import metadata
from keyword import iskeyword
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from attrs import frozen

from limner import registry
from limner.cli import markdown
from limner.cli.exits import Exit
from limner.cli.text import counted, say
from limner.credentials import is_loopback, normalized
from limner.errors import BadInputError
from limner.provider import API_VERSION
from limner.registry.shape import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TEMPLATES = Path(__file__).with_name("templates")
EVERY = "every"
DEFAULT_URL = "default-base-url.txt"
"""In the folder of a kind that can do without ``--base-url``."""

URL = re.compile(r"[A-Za-z0-9._~:/\[\]@!&'()*+,;=%-]+")
"""What an address may be made of that is going to stand in Python, JSON, TOML and Markdown."""

ENDPOINT = re.compile(r"/images/(?:generations|edits|variations)/?$")
"""The end of a request's path, which belongs to no base URL."""

TAKEN = frozenset({"Bearer", "Blob", "Call", "HttpProvider", "HttpRequest", "HttpResponse", "Image", "ImageResult",
                   "Mapping", "ProviderCapabilities", "SchemaError"})  # fmt: skip
"""What a class may not be called: a template imports it."""


@frozen
class Names:
    """What a new provider's things are called."""

    provider: str

    @property
    def distribution(self) -> str:
        """``limner-acme``."""
        return f"limner-{normalized(self.provider)}"

    @property
    def package(self) -> str:
        """``limner_acme``."""
        return self.distribution.replace("-", "_")

    @property
    def identifier(self) -> str:
        """``acme``, as a part of names in Python."""
        return self.package.removeprefix("limner_")

    @property
    def cls(self) -> str:
        """``Acme``."""
        name = "".join(part.capitalize() for part in self.identifier.split("_"))
        free = name.isidentifier() and not iskeyword(name) and name not in TAKEN
        return name if free else f"Api{name}"

    @property
    def key_variable(self) -> str:
        """``ACME_API_KEY``; no variable of a shell starts with a digit."""
        return f"{'LIMNER_' * self.identifier[0].isdigit()}{self.identifier.upper()}_API_KEY"


def write(name: str, *, kind: str, base_url: str | None, into: str | None) -> Exit:
    """Write the package, and say what to do next.

    Args:
        name: The provider's name.
        kind: The folder of its templates.
        base_url: Where its API's paths start; ``None`` for an example, where the kind has one.
        into: The package's folder; ``None`` for the distribution's name in the current one.

    Raises:
        BadInputError: the name, the address or the folder will not do; nothing was written.
    """
    names = _names(name)
    address = _address(base_url, kind, names)
    folder = Path(into or names.distribution)
    _check_folder(folder)
    files = dict(rendered(names, kind, address))
    try:
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise _wrong(f"{error.filename or folder} cannot be written: {error.strerror}.", "into") from None
    say(
        f"{folder}: {counted(len(files), 'file')}, which make the provider {names.provider} of {address}",
        *(f"  {path}" for path in sorted(files)),
        "",
        "See that it conforms:",
        f"  cd {folder}" if " " not in str(folder) else f'  cd "{folder}"',
        '  python -m pip install -e ".[test]"',
        "  python -m pytest",
        "",
        f"Then write down what the API's page says: src/{names.package}/capabilities.py",
    )
    return Exit.DONE


def _names(name: str) -> Names:
    if not NAME.fullmatch(name):
        raise _wrong(
            f"{name[:80]!r} is not a provider's name: up to 64 of a-z, 0-9, '.', '_' and '-', no sign at either end.",
            "name",
        )
    names = Names(name)
    for entry in registry.installed():
        if entry.group == registry.GROUP and normalized(entry.name) == normalized(name):
            raise _wrong(f"There is a provider {entry.name} already, installed by {entry.distribution}.", "name")
    if any(metadata.distributions(name=names.distribution)):
        raise _wrong(f"There is a package {names.distribution} already, and it is installed.", "name")
    return names


def _address(base_url: str | None, kind: str, names: Names) -> str:
    """The base URL without a slash at its end.

    Raises:
        BadInputError: no key should be sent there, or it is no address.
    """
    example = TEMPLATES / kind / DEFAULT_URL
    if base_url is None and example.is_file():
        return _fill(example, {"host": normalized(names.provider)}).strip()
    if base_url is None:
        raise _wrong(f"--{kind} needs --base-url: where the API's paths start, such as https://api.acme.example/v1.")
    try:
        parts = urlsplit(base_url)
        fits = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port)
    except ValueError:  # a port or an IPv6 address that is none
        fits, parts = None, urlsplit("")
    if parts.username is not None or parts.query or parts.fragment:
        raise _wrong("--base-url must have no user, query or fragment: those may hold a key, and it goes into a file.")
    if not fits or not URL.fullmatch(base_url):
        raise _wrong("--base-url must be an https address, such as https://api.acme.example/v1.")
    if found := ENDPOINT.search(parts.path):
        raise _wrong(f"--base-url is where the API's paths start: leave out {found[0]}.")
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise _wrong(f"--base-url must begin with https: whoever is on the way to {parts.hostname} could read the key.")
    return base_url.rstrip("/")


def _check_folder(folder: Path) -> None:
    """Raise unless the folder is empty or not there."""
    try:
        used = any(folder.iterdir())
    except FileNotFoundError:
        return
    except OSError as error:  # a file, or a folder that is not ours
        raise _wrong(f"{folder} is no folder to write to: {error.strerror}.", "into") from None
    if used:
        raise _wrong(f"{folder} exists and is not empty: --into names another folder.", "into")


# Templates


def rendered(names: Names, kind: str, base_url: str) -> Iterator[tuple[str, str]]:
    """The files of a package: the path of each, and its text."""
    today = dt.datetime.now(dt.UTC).date()
    values = {
        "name": names.provider,
        "distribution": names.distribution,
        "package": names.package,
        "cls": names.cls,
        "key_variable": names.key_variable,
        "base_url": base_url,
        "model": f"{normalized(names.provider)}-1",
        "today": today.isoformat(),
        "year": str(today.year),
        "contract": repr(API_VERSION),
        "limner": _compatible(metadata.version("limner")),
    }
    templates = [(root, template) for root in (TEMPLATES / EVERY, TEMPLATES / kind) for template in root.rglob("*.in")]
    for root, template in sorted(templates, key=lambda one: (one[1].name.startswith("README"), one)):
        path = template.relative_to(root).as_posix().removesuffix(".in")
        path = path.replace("dot-", ".").replace("PACKAGE", names.package).replace("PROVIDER", names.identifier)
        text = _fill(template, values)
        if path.endswith("/capabilities.py"):  # the README's table, which comes last, is made from the declaration
            values["table"] = _table(text, values["model"])
        yield path, text


def _fill(template: Path, values: Mapping[str, str]) -> str:
    return Template(template.read_text(encoding="utf-8")).substitute(values)


def _table(capabilities: str, model: str) -> str:
    """What a module of capabilities declares of a model."""
    module: dict[str, Any] = {"__name__": "capabilities"}
    exec(capabilities, module)  # noqa: S102 - our own template, filled with what was checked
    offer = module["CAPABILITIES"]
    return markdown.model({one: offer.find(model, one) for one in offer.operations()}).strip()


def _compatible(version: str) -> str:
    """The versions that the contract of this one holds for: ``>=0.1,<0.2``."""
    major, minor = map(int, version.split(".")[:2])
    return f">={major}.{minor},<{major + 1 if major else f'{major}.{minor + 1}'}"


def _wrong(sentence: str, param: str = "base_url") -> BadInputError:
    return BadInputError(sentence, param=param)
