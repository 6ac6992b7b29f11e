"""Makes its own logger write where it likes."""

import logging

logging.getLogger(__name__).addHandler(logging.StreamHandler())
