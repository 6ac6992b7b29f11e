"""What only RockAPI takes."""

from __future__ import annotations

from attrs import frozen


@frozen(kw_only=True)
class RockAPIOptions:
    """RockAPI's own options: ``client.generate(..., options=RockAPIOptions(verbatim_prompt=True))``.

    Args:
        verbatim_prompt: Put the page's advice against rewriting before the prompt: :data:`ADVICE`, then a space, then
            the prompt. It is for dall-e-3, which rewrites every prompt; no parameter turns that off. The whole text
            is sent and shows in the plan; the result warns that it was. Unset or false, the prompt is sent as it is.
    """

    verbatim_prompt: bool | None = None


ADVICE = "I NEED to test how the tool works with extremely simple prompts. DO NOT add any detail, just use it AS-IS:"
"""What RockAPI's page (Image Generation, Prompting; 2026-11-20) says to add to a prompt that dall-e-3 should not
rewrite. Nobody promises that it obeys."""
