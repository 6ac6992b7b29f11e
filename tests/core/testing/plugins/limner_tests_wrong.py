"""For every check of the conformance suite a provider that is wrong in that one thing, and right in all others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve, field, frozen
from limner_tests_reference import CAPABILITIES, COMMON, EDIT, GENERATE, VARY, Reference

from limner.capabilities import (
    Forbids,
    Lifecycle,
    ModelCapabilities,
    OneOf,
    Parameter,
    Source,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


import limner_tests_wrong_answers as answers
import limner_tests_wrong_asking as asking
import limner_tests_wrong_recordings as recordings

BRUSH, CHALK, QUILL = CAPABILITIES.models


@frozen
class Wrong:
    """What is wrong, and what follows from it by necessity."""

    provider: Any = field(factory=Reference)
    implied: frozenset[int] = field(default=frozenset(), converter=frozenset)
    """Other checks that cannot hold then."""
    recordings: Callable[[Path], None] = lambda _: None
    """What is done to the recordings."""
    module: str = "limner_tests_reference"
    """What its entry point imports."""
    installed: bool = True
    entry: Any = None
    """What its entry point leads to; ``None``: to itself."""
    status: str = "ok"


WRONG: Mapping[int, Wrong] = {
    101: Wrong(asking.HostsInAList()),
    102: Wrong(installed=False),
    103: Wrong(asking.Changeling(), implied={607, 601}),
    104: Wrong(module="limner_tests_noisy"),
    105: Wrong(asking.StarHost()),
    106: Wrong(asking.NamelessKey()),
    107: Wrong(asking.OfAnyTime()),
    201: Wrong(asking.Fickle(), implied={102, 103}),
    202: Wrong(asking.Declaring(evolve(CAPABILITIES, source=Source(" ", "2026-11-01")))),
    203: Wrong(asking.with_model(ModelCapabilities("film", operations={"animate": GENERATE.but(default=False)}))),
    204: Wrong(asking.with_generate(asking.PLAIN.but(parameters={"promt": Parameter(OneOf("x"))}))),
    205: Wrong(asking.with_generate(asking.PLAIN.but(parameters={"size": Parameter(asking.Liar(("16x16", "32x16")))}))),
    206: Wrong(asking.with_generate(asking.PLAIN.but(defaults={"size": "huge"}))),
    207: Wrong(asking.with_generate(asking.PLAIN.but(parameters={"user": Parameter(OneOf(("a", "b")), wire="size")}))),
    208: Wrong(
        asking.with_model(
            ModelCapabilities(
                "wax", operations={"vary": VARY.but(without=("image",), open_parameters=True, encodings=VARY.encodings)}
            )
        )
    ),
    209: Wrong(asking.with_model(evolve(QUILL, id="feather", lifecycle=Lifecycle("retired")))),
    210: Wrong(asking.with_generate(asking.PLAIN.but(images_per_call=5))),
    211: Wrong(
        asking.with_model(
            ModelCapabilities(
                "wax", operations={"edit": EDIT.but(encodings=(evolve(EDIT.encodings[0], without=("mask",)),))}
            )
        ),
        implied={215},
    ),
    212: Wrong(asking.with_generate(asking.PLAIN.but(delivers=("bytes", "post")))),
    213: Wrong(asking.with_generate(asking.PLAIN.but(parameters={"size": COMMON["size"].but(note=b"pixels")}))),
    214: Wrong(
        asking.with_generate(
            asking.PLAIN.but(
                parameters={"style": Parameter(OneOf("grand"), required=True)},
                rules=(Forbids("prompt", None, ("style",)),),
            )
        )
    ),
    215: Wrong(asking.with_generate(asking.PLAIN.but(rules=(Forbids("prompt", None, ("seed",)),)))),
    301: Wrong(asking.Picky()),
    302: Wrong(asking.Toneless()),
    303: Wrong(asking.Stringy()),
    304: Wrong(asking.Eager()),
    305: Wrong(asking.Stubborn()),
    306: Wrong(asking.Tidy()),
    307: Wrong(asking.Closed()),
    308: Wrong(asking.ForChalk(asking.abroad)),
    309: Wrong(asking.ForChalk(asking.with_its_own_key)),
    310: Wrong(asking.ForChalk(asking.with_two_bodies)),
    311: Wrong(asking.ForChalk(asking.other_file)),
    312: Wrong(asking.ForChalk(asking.untyped)),
    313: Wrong(asking.Counting(), implied={504}),
    314: Wrong(asking.ForChalk(asking.without_a_stream)),
    315: Wrong(asking.Unquoting()),
    401: Wrong(answers.Fragile(), recordings=recordings.edited("painting", recordings.said(oddity=1), copy="zz-odd")),
    402: Wrong(answers.Taciturn()),
    403: Wrong(answers.Placeholder(), implied={408}),
    404: Wrong(answers.Trusting()),
    405: Wrong(answers.Pretender(), implied={408}),
    406: Wrong(answers.Hasty()),
    407: Wrong(answers.Literal()),
    408: Wrong(answers.Trustful()),
    409: Wrong(answers.Inventive()),
    410: Wrong(answers.Forgetful()),
    411: Wrong(answers.Numbering()),
    412: Wrong(answers.SelfDecoding(), implied={414}),
    413: Wrong(answers.LastFrame()),
    414: Wrong(answers.WellDressed()),
    501: Wrong(answers.Insistent()),
    502: Wrong(answers.Soothing()),
    503: Wrong(answers.Clinging()),
    504: Wrong(answers.Counted()),
    505: Wrong(answers.Generous()),
    506: Wrong(answers.Secretive()),
    507: Wrong(answers.Talkative()),
    601: Wrong(recordings=lambda folder: (folder / "edit.json").unlink()),
    602: Wrong(recordings=recordings.edited("painting", recordings.without_origin, copy="zz-unlabelled")),
    603: Wrong(recordings=recordings.edited("painting", recordings.said(note="blah " * 20_000), copy="zz-long")),
    604: Wrong(recordings=recordings.edited("painting", lambda page: page, indent=4)),
    605: Wrong(recordings=recordings.edited("painting", recordings.with_header)),
    606: Wrong(recordings=recordings.edited("painting", recordings.said(note="sk-proj-0123456789abcdef"))),
    607: Wrong(recordings=recordings.edited("painting", recordings.elsewhere, copy="zz-elsewhere")),
    608: Wrong(recordings=recordings.edited("painting", recordings.said(note="http://127.0.0.1:8080/"))),
    609: Wrong(recordings=recordings.edited("painting", recordings.with_large_image)),
}
"""By the number of the check."""


FAXED = EDIT.but(encodings=(evolve(EDIT.encodings[0], inputs=("bytes", "fax")),))
MORE: tuple[tuple[int, Wrong], ...] = (
    (102, Wrong(status="blocked")),
    (102, Wrong(entry=asking.Changeling())),
    (103, Wrong(asking.Unpicklable())),
    (104, Wrong(module="limner_tests_missing")),
    (104, Wrong(module="limner_tests_networked")),
    (104, Wrong(module="limner_tests_handling")),
    (105, Wrong(asking.Homeless())),
    (105, Wrong(asking.Stranded())),
    (105, Wrong(asking.InTheOpen())),
    (201, Wrong(asking.Mute())),
    (201, Wrong(asking.Declaring(evolve(CAPABILITIES, models=(), unknown=None)))),
    (
        202,
        Wrong(
            asking.with_model(
                evolve(QUILL, id="feather", source=Source("https://docs.reference.example", "2999-01-01"))
            )
        ),
    ),
    (205, Wrong(asking.with_generate(asking.PLAIN.but(parameters={"size": Parameter(asking.Boaster("16x16"))})))),
    (209, Wrong(asking.with_model(evolve(QUILL, id="feather", lifecycle=Lifecycle("retired", successor="pen"))))),
    (210, Wrong(asking.with_generate(asking.PLAIN.but(without=("n",))))),
    (211, Wrong(asking.with_model(ModelCapabilities("wax", operations={"edit": FAXED})))),
    (301, Wrong(asking.Speechless())),
    (302, Wrong(asking.Styleless())),
    (303, Wrong(asking.ForChalk(asking.without_size))),
    (303, Wrong(asking.ForChalk(asking.in_capitals))),
    (308, Wrong(answers.Misdirecting())),
    (310, Wrong(asking.ForChalk(asking.with_an_object))),
    (311, Wrong(asking.Blind())),
    (315, Wrong(asking.Resolving())),
    (401, Wrong(answers.Monocular())),
    (401, Wrong(answers.Sightless())),
    (402, Wrong(answers.Forgiving())),
    (402, Wrong(answers.Renumbering())),
    (404, Wrong(answers.Vague())),
    (409, Wrong(answers.Poet())),
    (410, Wrong(answers.Hoarder())),
    (410, Wrong(answers.Uncounting())),
    (413, Wrong(answers.Unseeing())),
    (504, Wrong(asking.Rewinding())),
    (502, Wrong(answers.Tireless())),
    (506, Wrong(answers.Impatient())),
    (506, Wrong(answers.Anonymous())),
    (506, Wrong(answers.Hurried())),
    (506, Wrong(answers.Belated())),
    (507, Wrong(asking.Slow())),
    (507, Wrong(asking.Sleepy())),
    (507, Wrong(answers.Dozing())),
    (507, Wrong(answers.Pondering())),
    (601, Wrong(recordings=lambda folder: (folder / "stream.json").unlink())),
    (607, Wrong(recordings=recordings.edited("painting", recordings.by_another_method, copy="zz-patched"))),
    (602, Wrong(recordings=recordings.edited("painting", recordings.empty, copy="zz-empty"))),
)
"""Other faults that the same checks find; what else they make fail is not looked at."""
