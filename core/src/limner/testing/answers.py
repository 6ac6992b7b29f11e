"""What is done to recorded answers, to see what a provider makes of it: something is added, changed, or taken out."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from itertools import count, islice
from typing import TYPE_CHECKING, Any, TypeAlias

from limner.media import sniff
from limner.testing.stage import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from limner.testing.stage import Reply

Path: TypeAlias = tuple[str | int, ...]
INSTEAD: tuple[Any, ...] = (None, 5, "text", [], {})
"""What stands in the place of something else, one of each kind of JSON."""
_DATA = re.compile(rb"(?m)^(data: ?)(\{.*\})(\r?)$")
"""A line of a stream that is JSON."""


def pictures(value: Any) -> list[bytes]:  # noqa: ANN401 - JSON
    """The images that stand in JSON as base64."""
    return [data for leaf in walk(value) if isinstance(leaf, str) and (data := _picture(leaf)) is not None]


def _picture(text: str) -> bytes | None:
    try:
        data = b64decode(text.rpartition(",")[2], validate=True)
    except ValueError:
        return None
    return data if len(data) > _LEAST and sniff(data) is not None else None


_LEAST = 20
"""Bytes of an image."""


def dumped(value: Any) -> bytes:  # noqa: ANN401 - JSON
    """JSON as it is sent."""
    return json.dumps(value).encode()


def changed(value: Any, leaf: Callable[[str], Any]) -> Any:  # noqa: ANN401 - JSON
    """JSON with ``leaf`` applied to every image in base64."""
    if isinstance(value, dict):
        return {name: changed(one, leaf) for name, one in value.items()}
    if isinstance(value, list):
        return [changed(one, leaf) for one in value]
    return leaf(value) if isinstance(value, str) and _picture(value) is not None else value


def beside(value: Any, name: str, odd: Any, *, top: bool = True) -> Any:  # noqa: ANN401 - JSON
    """JSON with ``name`` at its top, and beside every image and every address of one."""
    if isinstance(value, list):
        return [beside(one, name, odd, top=False) for one in value]
    if not isinstance(value, dict):
        return value
    inner = {key: beside(one, name, odd, top=False) for key, one in value.items()}
    texts = [one for one in value.values() if isinstance(one, str)]
    holds = any(one.startswith("http") or _picture(one) is not None for one in texts)
    return {**inner, name: odd} if top or holds else inner


def with_one_more(value: Any) -> Any:  # noqa: ANN401 - JSON
    """JSON with one image more in every list of them."""
    if isinstance(value, dict):
        return {name: with_one_more(one) for name, one in value.items()}
    if not isinstance(value, list):
        return value
    inner = [with_one_more(one) for one in value]
    held = [one for one in value if pictures(one)]
    return [*inner, held[-1]] if held and inner == value else inner


def paths(value: Any, start: Path = ()) -> Iterator[Path]:  # noqa: ANN401 - JSON
    """Every place in JSON, from the outside to the inside."""
    for name, one in _items(value):
        yield (*start, name)
        yield from paths(one, (*start, name))


def _items(value: Any) -> Iterable[tuple[Any, Any]]:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def without(value: Any, path: Path) -> Any:  # noqa: ANN401 - JSON
    """JSON with nothing at that place; the same where there is nothing."""
    name, *rest = path
    if isinstance(value, dict) and not rest:
        return {key: one for key, one in value.items() if key != name}
    return _with(value, name, without(value[name], tuple(rest))) if rest and name in dict(_items(value)) else value


def _replaced(value: Any, path: Path, by: Any) -> Any:  # noqa: ANN401 - JSON
    name, *rest = path
    return _with(value, name, _replaced(value[name], tuple(rest), by) if rest else by)


def _with(value: Any, name: Any, one: Any) -> Any:  # noqa: ANN401 - JSON
    """An object or a list with something else at one of its places."""
    if isinstance(value, dict):
        return {**value, name: one}
    return [*value[:name], one, *value[name + 1 :]]


def mutilated(reply: Reply) -> Iterator[bytes]:
    """An answer with one thing in its JSON missing or of another kind, each in turn; of a stream, in each event."""
    if not reply.streams:
        yield from map(dumped, _mutilations(reply.json))
        return
    for found in _DATA.finditer(reply.body):
        for said in _mutilations(json.loads(found[2])):
            yield reply.body[: found.start(2)] + dumped(said) + reply.body[found.end(2) :]


def _mutilations(said: Any) -> Iterator[Any]:  # noqa: ANN401 - JSON
    for path in islice(paths(said), _PLACES):
        yield without(said, path)
        yield from (_replaced(said, path, one) for one in INSTEAD)


_PLACES = 100
"""Places in an answer that are looked at: of a list of many, the others are like the first."""


def shown_in(stream: bytes) -> list[bytes]:
    """The images that stand in the events of a stream."""
    return [one for found in _DATA.finditer(stream) for one in pictures(json.loads(found[2]))]


def heavier(reply: Reply) -> bytes:
    """An answer whose images are larger than everything else in it may be; the same one where there are none."""
    if not reply.streams:
        return dumped(changed(reply.json, _heavier)) if pictures(reply.json) else reply.body
    return _DATA.sub(lambda found: found[1] + dumped(changed(json.loads(found[2]), _heavier)) + found[3], reply.body)


def _heavier(text: str) -> str:
    head, comma, data = text.rpartition(",")
    return f"{head}{comma}{b64encode(b64decode(data) + bytes(_HEAVY)).decode()}"


_HEAVY = 4 * 2**20
"""Bytes behind an image, whose base64 is a third more: 4 MiB is what the JSON around images may have."""


def told_apart(stream: bytes) -> bytes:
    """A stream in which no two images are the same: recorded ones are often one blank picture."""
    number = count()

    def other(text: str) -> str:
        head, comma, data = text.rpartition(",")
        return f"{head}{comma}{b64encode(b64decode(data) + str(next(number)).encode()).decode()}"

    return _DATA.sub(lambda found: found[1] + dumped(changed(json.loads(found[2]), other)) + found[3], stream)
