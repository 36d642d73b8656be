"""Projects that `sbdk init` copies, each whole and runnable. `__project__` in a file becomes the project's name."""
