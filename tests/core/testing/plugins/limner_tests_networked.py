"""A plugin that brings an HTTP client of its own."""

import httpx  # noqa: F401 - that is what is wrong
