"""What Roboflow takes beside a prompt, an image and the words of OpenAI."""

from __future__ import annotations

from attrs import frozen


@frozen(kw_only=True)
class RoboflowOptions:
    """Roboflow's own options: ``limner.generate(..., options=RoboflowOptions(project_url="fall-leaves"))``.

    What is ``None`` is not sent.

    Args:
        project_url: The project to which the generated image is added, by its id. A side effect that lasts.
        force_caption_regenerate: Has an image described anew, even where Roboflow remembers a description. Only for
            images that it keeps itself: those that are given as a :class:`limner.ProviderImage`.
        unmodified_prompt: Leaves out the words that Roboflow adds to a prompt to make the image photorealistic.
    """

    project_url: str | None = None
    force_caption_regenerate: bool | None = None
    unmodified_prompt: bool | None = None
