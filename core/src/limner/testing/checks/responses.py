"""What a response means. The recordings are played through the whole core, as they are and with something amiss."""

from __future__ import annotations

import json
import re
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import limner
from limner.errors import (
    AuthError,
    BadRequestError,
    ContentPolicyError,
    LimnerError,
    ModelUnavailableError,
    NotFoundError,
    NotPermittedError,
    PluginError,
    ProviderError,
    QuotaError,
    RateLimitError,
    ResponseError,
    ServerError,
)
from limner.media import sniff
from limner.reading import find_error
from limner.testing.answers import (
    beside,
    changed,
    dumped,
    heavier,
    mutilated,
    paths,
    pictures,
    shown_in,
    told_apart,
    with_one_more,
    without,
)
from limner.testing.asking import short
from limner.testing.checks import check
from limner.testing.stage import UnrecordedError, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from limner.testing.stage import Reply, Scene
    from limner.testing.subject import Subject, Tape

LIMNER = Path(limner.__file__).parent
JSON_TYPE = {"content-type": "application/json"}
ERROR = {"error": {"message": "The server had an accident", "type": "server_error", "code": "limner_accident"}}
HTML = b"<!doctype html><html><head><title>Please log in</title></head><body></body></html>"
STATUSES: Mapping[int, tuple[type[LimnerError], ...]] = {
    400: (BadRequestError,),
    401: (AuthError,),
    403: (NotPermittedError, AuthError, ContentPolicyError, QuotaError),
    404: (NotFoundError, ModelUnavailableError),
    429: (RateLimitError, QuotaError),
    500: (ServerError,),
    502: (ServerError,),
    503: (ServerError, RateLimitError),
}
"""What an answer without a word means."""
METADATA: Mapping[str, tuple[Any, ...]] = {
    "created": (None, "yesterday", -1, 1e300, [], {"at": 5}),
    "usage": (None, "free", 5, [], {"total_tokens": "many", "input_tokens": None}, {"x": {"y": [1]}}),
    "revised_prompt": (None, "", 5, ["a"], {"text": "a"}),
    "seed": (None, "seven", {}, 1e300),
    "size": (None, 5, "huge", [1, 2]),
    "quality": (None, 5, {}),
    "background": (None, True, []),
    "output_format": (None, 5, {}),
    "model": (None, 5, []),
}
"""What stands beside images, and what of it was seen or may come."""
JUNK = (
    b"null", b"true", b"5", b'"text"', b"[]", b"[[]]", b"{}", b'{"data": null}', b'{"data": 5}', b'{"data": "text"}',
    b'{"data": [null]}', b'{"data": [[]]}', b'{"data": [5, "x", {}]}', b'{"data": {"b64_json": 5}}',
    b'{"data": [{"b64_json": {}, "url": []}]}', b'{"data": [{"b64_json": "", "url": ""}]}', b'{"images": {"0": 1}}',
    b'{"data": [{"url": "not a url"}]}', b'{"data": [{"b64_json": "bm8gcGljdHVyZQ=="}]}', b'{"error": []}',
    b'{"error": {"message": {"text": 5}, "code": [], "type": {}, "param": 1e9}}', b'{"usage": [1e400]}',
    b'{"status": "\\ud800", "id": -1, "data": [{"status": {}}]}',
)  # fmt: skip
"""JSON that no page describes."""


def _said(scene: Scene) -> str:
    outcome = scene.outcome
    if not isinstance(outcome, LimnerError):
        return f"{scene.images} images"
    return f"{type(outcome).__name__}: {outcome}{_where(outcome)}"


def _where(error: LimnerError) -> str:
    """The line of the provider's own at which it broke, in brackets."""
    frames = traceback.extract_tb(error.__cause__.__traceback__) if error.__cause__ is not None else []
    strange = [(Path(one.filename), one.lineno) for one in frames if not Path(one.filename).is_relative_to(LIMNER)]
    own = [(path.name, line) for path, line in strange if path.is_relative_to(strange[0][0].parent)]
    return " ({}, line {})".format(*own[-1]) if own else ""


def _answered(subject: Subject) -> Iterator[Tape]:
    """One successful recording of each operation and kind of answer."""
    return (tape for tape in subject.successes if tape.replies)


def _in_json(subject: Subject) -> Iterator[tuple[Tape, Any]]:
    return ((tape, tape.json) for tape in _answered(subject) if tape.json is not None)


@check(401, "Every recorded answer is understood.")
def answers_are_understood(subject: Subject) -> Iterator[str]:
    """An image that came and is not seen was paid for in vain."""
    for tape, scene in subject.scenes:
        if isinstance(scene.outcome, (PluginError, UnrecordedError)):
            yield f"{tape.name}: {scene.outcome}"
        elif tape.replies and isinstance(scene.outcome, ResponseError) and _has_picture(tape.last):
            yield f"{tape.name} holds an image, and comes to {_said(scene)}"
        elif scene.succeeded() and tape.asked is not None and tape.asked.found.operation.images_per_call > 1:
            more = (
                subject.play(tape, tape.with_last(body=dumped(with_one_more(tape.json))))
                if pictures(tape.json)
                else None
            )
            if more is not None and more.images <= scene.images:
                yield f"{tape.name} with one image more comes to {_said(more)}"


def _has_picture(reply: Reply) -> bool:
    try:
        return bool(pictures(json.loads(reply.body)))
    except ValueError:
        return sniff(reply.body) is not None


@check(402, "A recorded refusal comes to an error that says what the server said.")
def refusals_are_told(subject: Subject) -> Iterator[str]:
    """Whoever reads the error has nothing else to go by."""
    for tape, scene in subject.scenes:
        if not tape.replies or tape.last.status < _REFUSED:
            continue
        error = scene.outcome
        if not isinstance(error, ProviderError):
            yield f"{tape.name} was refused with {tape.last.status}, and comes to {_said(scene)}"
            continue
        if error.status != tape.last.status:
            yield f"{tape.name} was refused with {tape.last.status}, and the error says {error.status}"
        said = _sentences(tape.json)
        if said and not any(one in error.message for one in said):
            yield f"{tape.name}: the server said {short(said[0])}, and the error {short(error.message)}"


_REFUSED = 400


def _sentences(said: Any) -> list[str]:  # noqa: ANN401 - JSON
    """What a refusal may be told by: the message where envelopes have it, and every text of several words."""
    known = find_error(said)
    texts = (leaf.strip() for leaf in walk(said) if isinstance(leaf, str))
    words = [text for text in texts if " " in text and not text.startswith("(")]  # in brackets stands a request's id
    return [*([known.message] if known is not None and known.message else []), *words]


@check(403, "An answer without images is an error.")
def nothing_is_no_success(subject: Subject) -> Iterator[str]:
    """An empty result looks like success to whoever does not count."""
    for tape in _answered(subject):
        bodies = [dumped(changed(tape.json, lambda _: ""))] if tape.json is not None else []
        for body in (*bodies, b"{}", b"[]", b'{"data": []}'):
            scene = subject.play(tape, tape.with_last(body=body, headers=JSON_TYPE))
            if scene.succeeded() and not (body in bodies and _mentions_url(body)):
                yield f"{tape.name} with {short(body)} in place of its images comes to {_said(scene)}"


def _mentions_url(body: bytes) -> bool:
    """Whether images may still be found by an address."""
    return b"http" in body


@check(404, "An error is an error, also where the status says 200.")
def errors_in_success_are_seen(subject: Subject) -> Iterator[str]:
    """Relays answer so."""
    for tape in _answered(subject):
        scene = subject.play(tape, tape.with_last(body=dumped(ERROR), headers=JSON_TYPE))
        if not isinstance(scene.outcome, ProviderError):
            yield f"{tape.name} with an error in a 200 comes to {_said(scene)}"
        elif ERROR["error"]["message"] not in str(scene.outcome):
            yield f"{tape.name}: the error in a 200 does not say what the server said, but {_said(scene)}"


@check(405, "What is no image and no JSON is an error.")
def noise_is_an_error(subject: Subject) -> Iterator[str]:
    """Log-in pages, cut answers and empty ones come with a 200 too."""
    for tape in _answered(subject):
        for place, reply in enumerate(tape.told):
            cut = reply.body[: len(reply.body) // 2]
            for what, body in {"HTML": HTML, "nothing": b"", "half an answer": cut, "text": b"OK"}.items():
                scene = subject.play(tape, tape.with_one(place, body=body))
                ignored = reply is not tape.last or (
                    what == "half an answer" and scene.images
                )  # or it was whole by then
                if isinstance(scene.outcome, PluginError) or (scene.succeeded() and not ignored):
                    yield f"{tape.name} with {what} in place of {_which(tape, place)} comes to {_said(scene)}"


def _which(tape: Tape, place: int) -> str:
    return "its answer" if len(tape.told) == 1 else f"answer {place + 1}"


@check(406, "A status without a word means what HTTP says.")
def statuses_are_understood(subject: Subject) -> Iterator[str]:
    """What may be tried again, and whether it was paid, hangs on the kind of an error."""
    for tape in _answered(subject):
        for status, kinds in STATUSES.items():
            scene = subject.play(tape, tape.with_last(status=status, body=b"", headers={}))
            if not isinstance(scene.outcome, kinds):
                names = " or ".join(kind.__name__ for kind in kinds)
                yield f"{tape.name} refused with {status} comes to {_said(scene)}, not to {names}"


@check(407, "Odd or missing words beside an image do not lose it.")
def metadata_loses_nothing(subject: Subject) -> Iterator[str]:
    """The image is what was paid for."""
    for tape, said in _in_json(subject):
        whole = subject.play(tape).images
        for name, oddities in METADATA.items():
            for odd in oddities:
                scene = subject.play(tape, tape.with_last(body=dumped(beside(said, name, odd))))
                if not scene.succeeded() or scene.images != whole:
                    yield f"{tape.name} with {name}={short(odd)} comes to {_said(scene)}"


@check(408, "Whatever JSON comes, nothing breaks.")
def junk_breaks_nothing(subject: Subject) -> Iterator[str]:
    """A KeyError tells nobody what happened to the money."""
    for tape in _answered(subject):
        for place, reply in enumerate(tape.told):
            for body in JUNK:
                scene = subject.play(tape, tape.with_one(place, body=body, headers=JSON_TYPE))
                if isinstance(scene.outcome, PluginError) or (scene.succeeded() and reply is tape.last):
                    yield f"{tape.name} with {short(body)} in place of {_which(tape, place)} comes to {_said(scene)}"
            for body in mutilated(reply):
                scene = subject.play(tape, tape.with_one(place, body=body))
                if isinstance(scene.outcome, PluginError):
                    yield f"{tape.name} with {short(body)} in place of {_which(tape, place)} comes to {_said(scene)}"


@check(409, "What the server did not say stays unsaid.")
def nothing_is_invented(subject: Subject) -> Iterator[str]:
    """Zero tokens and a made-up time are lies; ``None`` is not."""
    for tape, _ in _in_json(subject):
        scene = subject.play(tape, _bare(subject, tape))
        for name in ("revised_prompt", "seed"):
            for invented in (getattr(image, name) for image in scene.outcome.images):
                if invented is not None:
                    yield f"{tape.name} with nothing but its images has the {name} {short(invented)}"
        for name in ("usage", "created"):
            if (invented := getattr(scene.outcome, name)) is not None:
                yield f"{tape.name} with nothing but its images has the {name} {short(invented)}"


def _bare(subject: Subject, tape: Tape) -> tuple[Reply, ...]:
    """The answers with everything taken out without which the images come all the same."""
    kept, whole = list(tape.told), subject.play(tape).images

    def spares(place: int, **changes: Any) -> None:  # noqa: ANN401 - fields of a reply
        tried = [*kept[:place], kept[place].but(**changes), *kept[place + 1 :]]
        scene = subject.play(tape, (*tried, *tape.downloads))
        if scene.succeeded() and scene.images == whole:
            kept[:] = tried

    for place, reply in enumerate(tape.told):
        spares(place, headers=JSON_TYPE)
        for path in paths(reply.json):
            if (lesser := without(kept[place].json, path)) != kept[place].json:
                spares(place, body=dumped(lesser))
    return (*kept, *tape.downloads)


@check(410, "What the server said is kept, without its images.")
def words_are_kept(subject: Subject) -> Iterator[str]:
    """What no field of ours has a place for is looked up there."""
    for tape, said in _in_json(subject):
        scene = subject.play(tape)
        raw: Any = getattr(scene.outcome, "raw", ())
        if not raw:
            yield f"{tape.name}: raw is empty"
        if pictures(json.loads(json.dumps(raw))):
            yield f"{tape.name}: raw holds image data"
        usage = said.get("usage") if isinstance(said, dict) else None
        if isinstance(usage, dict) and usage and getattr(scene.outcome, "usage", None) is None:
            yield f"{tape.name} says {short(usage)}, and usage is None"


@check(411, "The same answer means the same each time.")
def normalizing_is_pure(subject: Subject) -> Iterator[str]:
    """What is kept between answers mixes them up."""
    for tape in _answered(subject):
        first, second = subject.play(tape).outcome, subject.play(tape).outcome
        if first != second:
            yield f"{tape.name} comes to {first!r}, then to {second!r}"


@check(412, "Base64 is the same picture in any dress.")
def base64_in_any_dress(subject: Subject) -> Iterator[str]:
    """Relays break its lines, drop its padding, and put ``data:`` before it."""
    dresses: Mapping[str, Callable[[str], str]] = {
        "a data: prefix": lambda text: f"data:image/png;base64,{text.rpartition(',')[2]}",
        "line breaks": lambda text: text if "," in text else re.sub("(.{76})", "\\1\r\n", text),
        "the alphabet of URLs": lambda text: text if "," in text else text.replace("+", "-").replace("/", "_"),
        "no padding": lambda text: text.rstrip("="),
    }
    for tape, said in _in_json(subject):
        plain = _hashes(subject.play(tape))
        for what, dress in dresses.items():
            scene = subject.play(tape, tape.with_last(body=dumped(changed(said, dress))))
            if pictures(said) and _hashes(scene) != plain:
                yield f"{tape.name} with {what} comes to {_said(scene)}"


def _hashes(scene: Scene) -> list[str | None]:
    return [image.data.sha256 if image.data is not None else image.url for image in scene.outcome.images]


@check(413, "A stream that is cut loses no frame, and is no success before an image is done.")
def cut_streams_are_told(subject: Subject) -> Iterator[str]:
    """A frame is no picture; and it is all there is when the connection breaks."""
    for tape in _answered(subject):
        events = re.findall(rb".*?(?:\r?\n){2}", told_apart(tape.last.body), re.DOTALL) if tape.streams else ()
        for count in range(len(events)):
            cut = b"".join(events[:count])
            scene, shown = subject.play(tape, tape.with_last(body=cut)), len(shown_in(cut))
            if isinstance(scene.outcome, PluginError) or (scene.succeeded() and not _brought(scene)):
                yield f"{tape.name}, cut after {count} events, comes to {_said(scene)}"
            elif not scene.succeeded() and scene.images < shown:
                yield f"{tape.name}, cut after {count} events, brought {shown} images, and its error has {scene.images}"


def _brought(scene: Scene) -> bool:
    """Whether any of its images is more than a frame that was shown."""
    frames = {frame.image.data.sha256 for frame in scene.frames if frame.image.data is not None}
    return any(image.data is None or image.data.sha256 not in frames for image in scene.outcome.images)


@check(414, "A large image arrives.")
def large_images_arrive(subject: Subject) -> Iterator[str]:
    """What is not named in ``HttpRequest.blobs`` counts as JSON, of which 4 MiB are read: recorded images are small."""
    for tape in _answered(subject):
        body = heavier(tape.last)
        if body == tape.last.body:
            continue
        scene = subject.play(tape, tape.with_last(body=body))
        if not scene.succeeded() or scene.images != subject.play(tape).images:
            yield f"{tape.name} with images of over 4 MiB comes to {_said(scene)}"
