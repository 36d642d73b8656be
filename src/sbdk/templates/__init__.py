"""Projects that `sbdk init` copies, each whole and runnable. `__project__` in a file becomes the project's name.

The folders here are those that come with sbdk. An installed package may add more: a folder each, `package:folder`,
under the entry-point group `sbdk.templates`.
"""

from __future__ import annotations

SHIPPED = ("saas", "retail", "bookstore", "blank")
"""The first one is the default."""
GROUP = "sbdk.templates"
