"""A parameter is spelled once: functions take their signature, annotations and documentation from a request class."""

from __future__ import annotations

import inspect

import pytest

from limner.requests import GenerateRequest
from limner.signatures import ELSEWHERE, function_takes, takes


class Painter:
    @takes(GenerateRequest)
    def paint(self, request: GenerateRequest) -> GenerateRequest:
        """Paint it.

        Raises:
            BadInputError: it cannot be painted.
        """
        return request

    @takes(GenerateRequest)
    async def apaint(self, request: GenerateRequest) -> GenerateRequest:
        """Paint it later."""
        return request


@function_takes(GenerateRequest)
def paint(request: GenerateRequest) -> GenerateRequest:
    """Paint it."""
    return request


def test_a_method_is_called_with_the_parameters_of_the_request() -> None:
    assert Painter().paint("a cat", n=2) == GenerateRequest("a cat", n=2)


def test_a_function_is_called_with_the_parameters_of_the_request() -> None:
    assert paint("a cat", n=2) == GenerateRequest("a cat", n=2)


def test_the_signature_holds_every_parameter_the_parameters_before_the_call_options() -> None:
    names = list(inspect.signature(Painter.paint).parameters)
    parameters = [item.name for item in GenerateRequest.parameters()]
    options = [item.name for item in GenerateRequest.call_options()]
    assert names == ["self", "prompt", *[name for name in parameters if name != "prompt"], *options]


def test_annotations_and_documentation_come_along() -> None:
    assert {"prompt", "n", "timeout", "return"} <= Painter.paint.__annotations__.keys()
    doc = inspect.getdoc(Painter.paint) or ""
    assert doc.startswith("Paint it.\n\nArgs:\n    prompt: What to paint, in words.")
    assert doc.endswith("Raises:\n    BadInputError: it cannot be painted.")


def test_an_async_method_stays_a_coroutine_function() -> None:
    assert inspect.iscoroutinefunction(Painter.apaint)


def test_a_misspelt_parameter_is_a_type_error_with_a_did_you_mean() -> None:
    with pytest.raises(TypeError, match=r"paint\(\) takes no parameter 'promt'\. Did you mean 'prompt'\?"):
        Painter().paint(promt="a cat")  # type: ignore[call-arg]


def test_a_stream_is_asked_for_by_a_method() -> None:
    told = r"paint\(\) takes no parameter 'stream': use stream_generate\(\) or stream_edit\(\) of a client\.$"
    with pytest.raises(TypeError, match=told):
        paint("a cat", stream=True)  # type: ignore[call-arg]


def test_a_parameter_like_no_other_lists_what_there_is() -> None:
    with pytest.raises(TypeError, match=r"takes no parameter 'zzzz'; it takes allow, aspect_ratio, background,"):
        paint("a cat", zzzz=1)  # type: ignore[call-arg]


def test_what_is_missing_or_too_much_is_told_of_the_function_that_was_called() -> None:
    with pytest.raises(TypeError, match=r"^paint\(\): missing a required argument: 'prompt'; only prompt goes without"):
        paint()  # type: ignore[call-arg]
    with pytest.raises(
        TypeError, match=r"^paint\(\): too many positional arguments; only prompt goes without its name"
    ):
        Painter().paint("a cat", "acme/brush")  # type: ignore[call-arg]


def test_a_type_error_from_within_is_left_as_it_is() -> None:
    class Odd(GenerateRequest):
        def __init__(self, prompt: str) -> None:
            raise TypeError(f"{prompt} is odd")

    @function_takes(Odd)
    def paint_oddly(request: Odd) -> None: ...

    with pytest.raises(TypeError, match=r"^a cat is odd$"):
        paint_oddly("a cat")


@pytest.mark.parametrize("word", sorted(ELSEWHERE))
def test_the_words_of_other_libraries_are_answered(word: str) -> None:
    with pytest.raises(TypeError) as caught:
        paint("a cat", **{word: "x"})  # type: ignore[arg-type]
    assert ELSEWHERE[word] in str(caught.value)
