"""`sbdk start`: builds a project again whenever its files have changed, just as far as the change reaches."""

from sbdk.watch.watch import Watch, WatchState

__all__ = ["Watch", "WatchState"]
