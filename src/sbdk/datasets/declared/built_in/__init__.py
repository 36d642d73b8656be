"""The built-in generators. Importing this registers them, just as importing a file in plugins/ registers a user's."""

from sbdk.datasets.declared.built_in import choice, ids, keys, numbers, people, text, times

__all__ = ["choice", "ids", "keys", "numbers", "people", "text", "times"]
