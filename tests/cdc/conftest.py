"""The modules beside the tests, and how many examples hypothesis tries: few in CI, many in the fault campaigns."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
