"""What RockAPI's page declares: ``generate`` with dall-e-3 and dall-e-2, ``edit`` and ``vary`` announced for dall-e-2.

The page contradicts itself and leaves much open. It is read like this:

- The introduction says that three methods exist, the sections on edits and variations say "Coming Soon" and show full
  examples. Both are declared as the examples have them, and as announced: refused unless they are allowed.
- No length of a prompt, no default of ``n``, ``size`` or ``response_format``, no ``style`` and no ``user`` is stated.
  Nothing is declared where nothing is said; ``quality`` has its default, standard.
- No size is stated for dall-e-2; all its examples use 1024x1024. That one is declared, and others warn.
- ``quality`` is to be set with dall-e-3. Everything else is standard anyway, so dall-e-2 does not take it.
- "Base64 data, using the response_format parameter": the word for it, ``b64_json``, is that of the SDK that all
  examples use. That edits and variations take it too, and ten images, is read from the sentences that name no method.
- The mask of an edit is shown and nowhere required: it may be left out. "Less than 4MB" is read as 4,000,000 bytes.
- The advice against rewriting the prompt is not a parameter: :class:`~limner_rockapi.RockAPIOptions` puts it there.
- The Node.js and TypeScript samples name no base URL, so they talk to OpenAI, and the second names no model; its way
  to read an error is that of an old SDK. None of them says anything about RockAPI.

Prompts and images are filtered; what is flagged is answered with an error, whose shape is not stated.
"""

from __future__ import annotations

from limner.capabilities import (
    Advises,
    AllOf,
    Boolean,
    Lifecycle,
    ModelCapabilities,
    Parameter,
    ProviderCapabilities,
    Sizes,
    Source,
    Square,
    Text,
)
from limner.dialects import openai_models as families

SOURCE = Source("RockAPI: Image Generation (https://api.rockapi.ru/openai/v1)", "2026-11-20")
COMING_SOON = Lifecycle("announced", note='"Coming Soon" on the page')

SIZE = Parameter(
    Sizes(exact="1024x1024"), open=True, note="The page states no sizes for dall-e-2; its examples use this one."
)

DALL_E_3 = families.DALL_E_3.but(
    parameters={
        "prompt": Text(),
        "options.verbatim_prompt": Parameter(
            Boolean(), default=False, note="Puts the page's advice against rewriting before the prompt."
        ),
    },
    without=("style", "user"),
    rules=(
        Advises(
            "options.verbatim_prompt", "the prompt is sent with the page's advice against rewriting before it", (True,)
        ),
    ),
    defaults={"quality": "standard"},
    source=SOURCE,
)
DALL_E_2 = families.DALL_E_2.but(parameters={"prompt": Text(), "size": SIZE}, without="user", source=SOURCE)
EDIT = families.DALL_E_2_EDIT.but(
    parameters={"prompt": Text(), "size": SIZE, "mask": AllOf(families.MASK, Square())},
    without="user",
    lifecycle=COMING_SOON,
    source=SOURCE,
)
VARY = families.DALL_E_2_VARY.but(parameters={"size": SIZE}, without="user", lifecycle=COMING_SOON, source=SOURCE)

CAPABILITIES = ProviderCapabilities(
    models=(
        ModelCapabilities("dall-e-3", lifecycle=families.DALL_E_ELSEWHERE, operations={"generate": DALL_E_3}),
        ModelCapabilities(
            "dall-e-2",
            lifecycle=families.DALL_E_ELSEWHERE,
            operations={"generate": DALL_E_2, "edit": EDIT, "vary": VARY},
        ),
    ),
    unknown={"generate": families.OPEN.but(without=(*families.GPT_ONLY, "style", "user"), source=SOURCE)},
    source=SOURCE,
)
