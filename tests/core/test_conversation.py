"""One planned call: broken providers are named, what was paid for is kept, and observers are told."""

from __future__ import annotations

import pickle
from base64 import b64encode
from typing import Any

import pytest

import limner
from limner.errors import (
    AuthError,
    BadImageError,
    BadRequestError,
    ContentPolicyError,
    PluginError,
    QuotaError,
    ServerError,
)
from limner.events import CallFinished, CallRetried, CallStarted, ImageReceived
from limner.media import Image
from limner.provider import Blocking, Embed, HttpRequest, Job, Part, Partial, Signed, Wait, send
from limner.results import ImageResult


@pytest.fixture
def good(server: Any, png: Any) -> Any:
    """An answer with a picture in it."""
    return server.reply(json={"data": [{"b64_json": b64encode(png()).decode()}]}, headers={"X-Request-Id": "req-good"})


# A provider that breaks is named


class Oops(Exception):  # noqa: N818 - a provider's own, as it likes
    pass


def breaks(*_: Any, **__: Any) -> Any:
    raise Oops("in its own way")


def raises(error: Exception) -> Any:
    def broken(*_: Any) -> Any:
        raise error

    return broken


def no_generator(_self: Any, call: Any) -> Any:
    return [call]


def yields(step: Any) -> Any:
    def exchange(_self: Any, _call: Any) -> Any:
        yield step

    return exchange


def makes(step: Any) -> Any:
    def exchange(_self: Any, _call: Any) -> Any:
        yield step()

    return exchange


def returns(value: Any) -> Any:
    def exchange(_self: Any, _call: Any) -> Any:
        yield from ()
        return value

    return exchange


BEFORE_ANYTHING_IS_SENT: dict[str, tuple[dict[str, Any], str]] = {
    "capabilities raises": ({"capabilities": breaks}, "broke while it declared its capabilities: Oops: in its own way"),
    "capabilities returns nothing": ({"capabilities": lambda _: None}, "declared NoneType where ProviderCapabilities"),
    "exchange raises": ({"exchange": breaks}, "broke while it began a call: Oops: in its own way"),
    "exchange is no generator": ({"exchange": no_generator}, "broke while it handled a call: AttributeError"),
    "exchange yields a non-step": ({"exchange": yields("POST")}, "yielded str, which is no step"),
    "exchange returns nothing": ({"exchange": returns(None)}, "returned NoneType where an ImageResult was due"),
    "exchange returns no images": ({"exchange": returns(ImageResult(images=("a cat",)))}, r"whose images\[0\] is str"),
    "exchange returns a result of other types": (
        {"exchange": returns(ImageResult(images=(Image(url="x"),), warnings=(1,)))},
        r"whose warnings\[0\] is int",
    ),
    "exchange shows a frame of text": ({"exchange": yields(Partial("a cat"))}, "showed a frame whose image is str"),
    "map_request raises": ({"map_request": breaks}, "broke while it handled a call: Oops"),
    "map_request returns a list": ({"map_request": lambda *_: []}, "yielded list, which is no step"),
    "a body that is no JSON": ({"exchange": yields(HttpRequest("POST", "/", json={"x": {1}}))}, "set is not JSON"),
    "a body that is not a number": ({"exchange": yields(HttpRequest("POST", "/", json=float("nan")))}, "ValueError"),
    "a header that is no text": ({"exchange": yields(HttpRequest("GET", "/", headers={"N": 5}))}, "header N is int"),
    "an address of another's": ({"exchange": yields(HttpRequest("GET", "https://thief.example/"))}, "thief.example"),
    "no address": ({"exchange": makes(lambda: HttpRequest("GET", None))}, "HttpRequest.url takes str, not NoneType"),  # type: ignore[arg-type]
    "a job of a number": ({"exchange": makes(lambda: Job(7))}, "handled a call: TypeError: Job.id takes str, not int"),  # type: ignore[arg-type]
    "an error whose pictures are none": (
        {"map_request": raises(ServerError("x", images=("a cat",)))},
        r"images\[0\] is str",
    ),  # type: ignore[arg-type]
    "an error of other types": ({"map_request": raises(ServerError("x", retry_after="soon"))}, "retry_after is str"),  # type: ignore[arg-type]
    "a wait of no number": ({"exchange": yields(Wait("soon"))}, "broke while it waited: ValueError"),  # type: ignore[arg-type]
    "a blocking step that raises": ({"exchange": yields(Blocking(breaks))}, "ran a blocking step: Oops"),
    "a signature that raises": ({"auth": Signed(("A",), breaks)}, "broke while it signed a request: Oops"),
    "a signature of nothing": ({"auth": Signed(("A",), lambda *_: None)}, "broke while it signed a request: TypeError"),  # type: ignore[arg-type,return-value]
}


@pytest.mark.parametrize(("broken", "message"), BEFORE_ANYTHING_IS_SENT.values(), ids=BEFORE_ANYTHING_IS_SENT)
def test_a_provider_that_breaks_is_named(server: Any, plain: Any, paint: Any, broken: Any, message: str) -> None:
    provider = type("Broken", (plain,), broken)()
    keys = {"keys": {"plain": {"A": "secret-a"}}} if "auth" in broken else {}
    with pytest.raises(PluginError, match=f"^plain.*{message}") as caught:
        paint(provider, client=keys)
    assert (caught.value.provider, caught.value.maybe_billed, server.posts) == ("plain", False, 0)
    assert "secret-a" not in repr(caught.value.__context__)


AFTER_THE_ANSWER: dict[str, tuple[dict[str, Any], str]] = {
    "classify raises": ({"classify": breaks}, "broke while it classified a response: Oops"),
    "classify returns a status of text": (
        {"classify": lambda *_: ServerError("x", status="500")},  # type: ignore[arg-type]
        "made a ServerError whose status is str",
    ),
    "classify raises a status of text": (
        {"classify": raises(ServerError("x", status="500"))},  # type: ignore[arg-type]
        "made a ServerError whose status is str",
    ),
    "classify returns a phase of its own": (
        {"classify": lambda *_: ServerError("x", phase="over")},  # type: ignore[arg-type]
        "whose phase is none of not_sent, rejected, unknown, final",
    ),
    "classify returns text": ({"classify": lambda *_: "bad"}, "classified a response as str"),
    "normalize raises": ({"normalize": breaks}, "broke while it handled a call: Oops"),
    "normalize returns a picture": ({"normalize": lambda *_: Image(url="x")}, "returned Image where an ImageResult"),
    "normalize returns usage of text": (
        {"normalize": lambda *_: ImageResult(images=(Image(url="x"),), usage="5")},  # type: ignore[arg-type]
        "returned an ImageResult whose usage is str",
    ),
    "normalize returns a generator": ({"normalize": lambda *_: (one for one in "x")}, "returned generator where an"),
}


@pytest.mark.parametrize(("broken", "message"), AFTER_THE_ANSWER.values(), ids=AFTER_THE_ANSWER)
def test_a_provider_that_breaks_over_an_answer_may_have_been_billed(  # noqa: PLR0913, PLR0917 - a table
    server: Any, plain: Any, paint: Any, good: Any, broken: Any, message: str
) -> None:
    server.script(good)
    with pytest.raises(PluginError, match=f"^plain.*{message}") as caught:
        paint(type("Broken", (plain,), broken)())
    assert (caught.value.maybe_billed, caught.value.request_id, server.posts) == (True, "req-good", 1)


def test_pictures_beside_fields_of_another_type_are_on_the_error(
    server: Any, plain: Any, png: Any, paint: Any, good: Any
) -> None:
    class Odd(plain):  # type: ignore[misc]
        def normalize(self, response: Any, call: Any) -> ImageResult:
            return super().normalize(response, call).but(warnings=(1,))  # type: ignore[no-any-return]

    server.script(good)
    with pytest.raises(PluginError, match=r"whose warnings\[0\] is int") as caught:
        paint(Odd())
    assert [image.read() for image in caught.value.images] == [png()]


def test_a_classification_that_is_raised_counts_as_returned(server: Any, plain: Any, paint: Any, good: Any) -> None:
    def classify(*_: Any) -> Any:
        raise QuotaError("No more.")

    server.script(good)
    with pytest.raises(QuotaError, match=r"No more\.") as caught:
        paint(type("Eager", (plain,), {"classify": classify})())
    assert (caught.value.phase, caught.value.maybe_billed, caught.value.status) == ("final", False, 200)


def test_a_provider_raises_our_errors_as_they_are(plain: Any, paint: Any) -> None:
    def fn() -> Any:
        raise ContentPolicyError("Not that.")

    with pytest.raises(ContentPolicyError, match=r"Not that\.") as caught:
        paint(type("Local", (plain,), {"exchange": yields(Blocking(fn))})())
    assert caught.value.provider == "plain"


def test_a_failed_step_is_raised_inside_the_exchange(server: Any, plain: Any, paint: Any, good: Any) -> None:
    class Careful(plain):  # type: ignore[misc]
        def exchange(self, call: Any) -> Any:
            try:
                yield from send(HttpRequest("GET", "/favourite"))
            except limner.NotFoundError:
                return (yield from super().exchange(call))

    server.script(server.reply(status=404), good)
    assert len(paint(Careful())) == 1


def test_a_provider_that_answers_while_it_is_closed_hurts_nobody(plain: Any) -> None:
    class Clingy(plain):  # type: ignore[misc]
        def exchange(self, call: Any) -> Any:
            del call
            try:
                yield Blocking(interrupted)
            finally:
                yield Wait(1.0)

    class Interrupt(BaseException):
        pass

    def interrupted() -> None:
        raise Interrupt

    with limner.Client(providers=[Clingy()], keys={"plain": "key"}, environ={}) as client, pytest.raises(Interrupt):
        client.generate("a cat", provider="plain")


# A job stands on every later error


def test_a_job_stands_on_errors_and_travels_with_them(server: Any, plain: Any, paint: Any) -> None:
    class Slow(plain):  # type: ignore[misc]
        def exchange(self, call: Any) -> Any:
            del call
            yield Job("job-7", "queued")
            yield from send(HttpRequest("GET", "/jobs/7"))

    server.script(server.reply(status=404))
    with pytest.raises(limner.NotFoundError) as caught:
        paint(Slow())
    assert pickle.loads(pickle.dumps(caught.value)).job == Job("job-7", "queued")  # noqa: S301 - our own
    assert len(server.asked) == 1


def test_a_job_that_cannot_be_cancelled_hides_no_error(server: Any, plain: Any, paint: Any) -> None:
    class Odd(plain):  # type: ignore[misc]
        def exchange(self, call: Any) -> Any:
            del call
            yield Job("job-7", cancel=HttpRequest("DELETE", "https://thief.example/"))
            yield from send(HttpRequest("GET", "/jobs/7"))

    server.script(server.reply(status=404))
    with pytest.raises(limner.NotFoundError):
        paint(Odd())
    assert len(server.asked) == 1


def test_a_job_that_is_done_is_not_cancelled(server: Any, plain: Any, paint: Any) -> None:
    """Its picture cannot be fetched just now; the server still has it."""

    class Done(plain):  # type: ignore[misc]
        def exchange(self, call: Any) -> Any:
            del call
            yield Job("job-7", cancel=HttpRequest("DELETE", "/jobs/7"))
            return ImageResult(images=(Image(url=f"{server.url}/gone.png"),))

    with pytest.raises(limner.NotFoundError) as caught:
        paint(Done())
    assert caught.value.images[0].url == f"{server.url}/gone.png"
    assert [asked.method for asked in server.asked] == ["GET"]


# Nothing that was paid for is lost


def test_a_picture_beside_broken_metadata_is_not_lost(server: Any, plain: Any, png: Any, paint: Any) -> None:
    item = b'{"b64_json": "%s", "revised_prompt": 7, "seed": {}}' % b64encode(png())
    metadata = b'"created": "noon", "usage": [1], "nan": NaN, "note": "\xff\xfe", "big": 1%s' % (b"0" * 400)
    server.script(server.reply(b'{"data": [%s], %s}' % (item, metadata), headers={"Content-Type": "application/json"}))
    assert paint(plain()).image.read() == png()


def test_pictures_that_were_whole_when_the_answer_broke_off_are_on_the_error(
    server: Any, plain: Any, png: Any, paint: Any
) -> None:
    item = b'{"b64_json": "%s"}' % b64encode(png(3, 3))
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n"
    server.script([head, b'{"data": [' + item + b', {"b64_json": "iVBORw', "cut"])
    with pytest.raises(limner.ProtocolError) as caught:
        paint(plain(), n=2)
    assert [image.read() for image in caught.value.images] == [png(3, 3)]
    assert caught.value.maybe_billed


@pytest.mark.usefixtures("at_once")
def test_pictures_of_an_earlier_attempt_are_on_the_error_of_the_last(
    server: Any, plain: Any, png: Any, paint: Any
) -> None:
    item = b'{"data": [{"b64_json": "%s"}, ' % b64encode(png(3, 3))
    broken = server.reply(item, headers={"Content-Type": "application/json"})
    server.script(broken, server.reply(status=400))
    with pytest.raises(BadRequestError) as caught:
        paint(plain(), retry="at_least_once")
    assert [image.read() for image in caught.value.images] == [png(3, 3)]


def test_a_bad_picture_beside_a_good_one_is_a_warning(server: Any, plain: Any, png: Any, paint: Any) -> None:
    items = [{"b64_json": b64encode(data).decode()} for data in (b"nothing to see", png())]
    server.script(server.reply(json={"data": items}))
    result = paint(plain(), n=2)
    assert [image.read() for image in result] == [png()]
    assert result.image.index == 0
    assert {warning.code for warning in result.warnings} == {"bad_image", "count_differs"}


def test_a_bad_picture_alone_is_an_error_that_carries_it(server: Any, plain: Any, paint: Any) -> None:
    server.script(server.reply(json={"data": [{"b64_json": b64encode(b"nothing to see").decode()}]}))
    with pytest.raises(BadImageError) as caught:
        paint(plain())
    assert caught.value.images[0].read() == b"nothing to see"
    assert caught.value.maybe_billed
    assert "bytes" in str(caught.value.raw) or "Blob" in str(caught.value.raw)


# What is known stands on the error; what must not be known does not


def test_a_refused_key_is_told_by_its_source_and_where_it_went(server: Any, plain: Any, paint: Any) -> None:
    server.script(server.reply(json={"error": {"message": "Incorrect key: key-of-a-test"}}, status=401))
    with pytest.raises(AuthError) as caught:
        paint(plain())
    assert caught.value.message == "Incorrect key: ***"
    assert caught.value.__notes__ == ["The key came from the keys= argument; it was sent to 127.0.0.1."]


def test_embeds_and_parts_of_a_failed_call_are_not_on_its_error(server: Any, plain: Any, paint: Any) -> None:
    blob = limner.Blob(b"GIF89a, and so on")
    for body in ({"json": {"a": Embed(blob)}}, {"parts": [Part("a", blob)]}):
        server.script(server.reply(status=400))
        with pytest.raises(BadRequestError) as caught:
            paint(type("Fed", (plain,), {"exchange": yields(HttpRequest("POST", "/", **body))})())
        assert "GIF89a" not in repr(vars(caught.value))


# Observers


@pytest.mark.usefixtures("at_once")
def test_observers_hear_of_a_call_in_order(server: Any, plain: Any, png: Any, paint: Any, good: Any) -> None:
    told: list[Any] = []
    server.script(server.reply(status=503), good)
    paint(plain(), client={"observers": [told.append]})
    assert [type(event) for event in told] == [CallStarted, CallRetried, ImageReceived, CallFinished]
    assert len({event.call_id for event in told}) == 1
    retried, received, finished = told[1:]
    assert (retried.phase, retried.kind, retried.attempt, retried.wait) == ("rejected", "server", 1, 0.0)
    assert (received.size, received.media_type) == (len(png()), "image/png")
    assert (finished.kind, finished.status, finished.images, finished.maybe_billed) == (None, 200, 1, False)


def test_observers_hear_how_a_call_failed(server: Any, plain: Any, paint: Any) -> None:
    told: list[Any] = []
    server.script(["cut"])
    with pytest.raises(limner.ProtocolError):
        paint(plain(), client={"observers": [told.append]})
    assert [type(event) for event in told] == [CallStarted, CallFinished]
    assert (told[-1].kind, told[-1].maybe_billed, told[-1].images) == ("protocol", True, 0)
