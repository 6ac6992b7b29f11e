"""What a prompt asks for, as far as this painter can tell: an hour, a place, a season and things to put there."""

from __future__ import annotations

import hashlib
import re
from random import Random
from typing import TYPE_CHECKING

from attrs import frozen

from limner_sandbox.painter.color import Color, rgb

if TYPE_CHECKING:
    from collections.abc import Mapping

HOURS: Mapping[str, str] = {
    "dawn": "dawn sunrise morning daybreak rosy pastel breakfast",
    "day": "day noon midday sunny summer bright afternoon daylight spring",
    "dusk": "dusk sunset evening twilight sundown autumn fire",
    "night": "night midnight moon moonlit moonlight star stars starry dark galaxy space aurora neon",
    "storm": "storm stormy rain rainy thunder gloomy fog foggy overcast",
}
PLACES: Mapping[str, str] = {
    "sea": "sea ocean coast shore beach lighthouse boat sail sailboat ship harbour harbor island wave waves whale fish",
    "mountains": "mountain mountains alps peak peaks lake glacier fjord summit eagle castle",
    "forest": "forest wood woods pine pines fir trees jungle deer fox bear owl",
    "hills": "hill hills meadow field fields farm valley garden flower flowers cottage house village countryside",
    "desert": "desert dune dunes sand camel cactus canyon pyramid sahara mars",
    "city": "city town skyline street tower towers skyscraper building cyberpunk robot car neon urban downtown",
}
SEASONS: Mapping[str, str] = {
    "spring": "spring blossom blossoms cherry bloom tulip",
    "summer": "summer green lush",
    "autumn": "autumn fall october leaves harvest pumpkin",
    "winter": "winter snow snowy ice icy frozen christmas arctic",
}
SUBJECTS: Mapping[str, str] = {
    "lighthouse": "lighthouse beacon",
    "boat": "boat boats sail sailboat sailing ship ships yacht regatta",
    "cat": "cat cats kitten kitty siamese feline",
    "house": "house cottage cabin hut home farm barn",
    "balloon": "balloon balloons airship",
    "birds": "bird birds gull gulls seagull flock eagle crane",
    "tree": "tree oak blossom bonsai",
    "planet": "planet saturn galaxy space cosmic alien",
}
TINTS: Mapping[str, str] = {
    "f4efe8": "white ivory cream", "2c292e": "black ebony", "b5483f": "red crimson scarlet", "e08a3c": "orange ginger",
    "e3b94f": "yellow gold golden", "4f8f5b": "green emerald", "3f6fae": "blue azure", "7a57a6": "purple violet",
    "dd8aa5": "pink", "8b8f98": "grey gray silver", "7b5a42": "brown tabby",
}  # fmt: skip
"""What a named color looks like on fur, cloth and walls."""
HOMES: Mapping[str, tuple[str, ...]] = {
    "cat": ("hills", "sea", "mountains"),
    "balloon": ("hills", "mountains"),
    "tree": ("hills",),
    "house": ("hills", "sea"),
    "birds": ("sea", "mountains"),
    "planet": ("desert", "mountains"),
}
"""Where a subject is at home when the prompt names no place."""
WILDS = ("sea", "mountains", "hills", "forest", "sea", "mountains", "desert")
EMBLEMS = frozenset({"logo", "sticker", "icon", "emblem", "badge", "stamp"})
"""Words for things that stand on nothing: with ``background=auto`` they are painted on a transparent ground."""


@frozen(kw_only=True)
class Theme:
    """A prompt as this painter reads it."""

    seed: str
    """Decides whatever the words leave open."""
    hour: str
    place: str
    season: str
    subjects: tuple[str, ...]
    tint: Color | None
    """A color that was named."""
    siamese: bool


def read(prompt: str, variation: int = 0) -> Theme:
    """The theme of a prompt.

    Args:
        prompt: Any text in any language; words this painter does not know only choose by their hash.
        variation: Counts the pictures of one request, from 0.

    Returns:
        The same theme for the same arguments, always.
    """
    digest = hashlib.sha256(f"{variation}\0{prompt}".encode("utf-8", "surrogatepass")).hexdigest()
    rng = Random(digest)  # noqa: S311 - a picture, not a secret
    words = set(re.findall(r"[a-z]+", prompt.lower()))
    subjects = tuple(subject for subject, names in SUBJECTS.items() if words & set(names.split()))
    place = _told(words, PLACES) or rng.choice(HOMES.get(subjects[0] if subjects else "", WILDS))
    return Theme(
        seed=digest,
        hour=_told(words, HOURS)
        or rng.choice(
            ("dusk", "night", "dawn") if place == "city" else ("dawn", "day", "dusk", "night")[: 3 if subjects else 4]
        ),
        place=place,
        season=_told(words, SEASONS) or rng.choice(("summer", "summer", "spring", "autumn")),
        tint=rgb(tint) if (tint := _told(words, TINTS)) else None,
        siamese="siamese" in words,
        subjects=subjects,
    )


def asks_for_emblem(prompt: str) -> bool:
    """Whether the prompt names something that is usually cut out."""
    words = set(re.findall(r"[a-z]+", prompt.lower()))
    return "transparent" in words or bool(words & EMBLEMS)


def pointed_at(prompt: str) -> frozenset[str]:
    """The subjects that a prompt speaks of as if they were there: "the same cat", and not "a cat"."""
    spoken = " ".join(re.findall(r"[a-z]+", prompt.lower()))
    return frozenset(subject for subject, pattern in _THERE.items() if pattern.search(spoken))


_POINTING = r"\b(?:the|this|that|these|those)(?: (?!(?:a|an|and|at|by|in|of|on|to|with) )[a-z]+){0,3}?"
_THERE = {subject: re.compile(rf"{_POINTING} (?:{'|'.join(names.split())})\b") for subject, names in SUBJECTS.items()}
"""Each subject behind a word that points at it, with at most three others between them."""


def named(prompt: str, names: Mapping[str, str]) -> str | None:
    """What a prompt says in so many words, of :data:`HOURS`, :data:`PLACES` or :data:`SEASONS`; often nothing."""
    return _told(set(re.findall(r"[a-z]+", prompt.lower())), names)


def _told(words: set[str], names: Mapping[str, str]) -> str | None:
    """The entry most of whose words were said; the first of equals."""
    hits = {entry: len(words & set(listed.split())) for entry, listed in names.items()}
    best = max(hits, key=lambda entry: hits[entry])
    return best if hits[best] else None
