"""`sbdk start`: builds a project again whenever its files have changed, just as far as the change reaches."""

from sbdk.pipeline.watching.state import WatchState
from sbdk.pipeline.watching.watch import Watch

__all__ = ["Watch", "WatchState"]
