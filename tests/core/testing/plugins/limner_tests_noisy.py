"""A plugin that says hello to whoever imports it."""

print("Welcome to noisy 1.0!")  # noqa: T201 - that is what is wrong
