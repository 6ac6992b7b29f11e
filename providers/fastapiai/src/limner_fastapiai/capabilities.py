"""What fastapi.ai's page declares: one operation, ``generate``, with dall-e-2 and dall-e-3.

The page contradicts itself, and is read like this:

- Its example asks dall-e-3 for one image, and its sample response holds two. "For dall-e-3, only n=1 is supported" is
  the rule; what comes beyond it is kept, with the warning ``count_differs``.
- ``quality`` and ``style`` "default to" standard and vivid, and are "only supported for dall-e-3", while the default
  model is dall-e-2. So dall-e-2 does not take them, and the defaults are dall-e-3's.
- ``b64_json`` is called "base64-encoded JSON": it is base64 of the image's bytes.
- The image object is shown bare, the response wraps it in ``created`` and ``data``: both are read.
- ``n``, ``response_format``, ``size`` and ``style`` may be null and the other four not, without a rule. What is not
  set is not sent, so nothing needs a null.

A newer copy of the page at another address lists GPT image models. They pass as models that this page does not list:
with a warning, and with this page's parameters. No limit of rates, no header and no error is stated.
"""

from __future__ import annotations

from limner.capabilities import ModelCapabilities, ProviderCapabilities, ServerDefault, Source
from limner.dialects import openai_models as families

SOURCE = Source("fastapi.ai: Create image (POST https://api.fastapi.ai/v1/images/generations)", "2026-11-20")
DEFAULTS = {"n": 1, "size": "1024x1024", "delivery": "url"}

DALL_E_2 = families.DALL_E_2.but(
    defaults=DEFAULTS,
    default=ServerDefault("OpenAI retired its dall-e-2 on 2026-05-12: better name a model.", SOURCE),
    source=SOURCE,
)
DALL_E_3 = families.DALL_E_3.but(defaults={**DEFAULTS, "quality": "standard", "style": "vivid"}, source=SOURCE)

CAPABILITIES = ProviderCapabilities(
    models=(
        ModelCapabilities("dall-e-3", lifecycle=families.DALL_E_ELSEWHERE, operations={"generate": DALL_E_3}),
        ModelCapabilities("dall-e-2", lifecycle=families.DALL_E_ELSEWHERE, operations={"generate": DALL_E_2}),
    ),
    unknown={"generate": families.OPEN.but(without=families.GPT_ONLY, source=SOURCE)},
    source=SOURCE,
)
