"""The OpenAI Images wire format, served: what OpenAI's API and the APIs shaped like it have in common.

An emulator brings its models (:class:`~limner_sandbox.openai_images.orders.Model`: which parameters each takes, with
which values) and its words for errors; reading requests, painting, replies and event streams are here.
"""
