"""Has a logger, as modules have, and threads to come: nobody hears of it."""

import concurrent.futures
import logging

logging.getLogger(__name__).addHandler(logging.NullHandler())
POOL = concurrent.futures.ThreadPoolExecutor
