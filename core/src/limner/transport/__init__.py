"""How bytes travel: retries as a pure decision, HTTP, response bodies and event streams as they arrive, downloads."""
