"""The commands that move data: ``python -m pipelines.sync`` and its siblings."""

import os
import sys

if sys.platform == "linux":
    # arrow looks at this when it is loaded: mimalloc, its own choice, keeps some 60 MB of freed pages for good
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "jemalloc")
