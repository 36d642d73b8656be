"""One file per subject; `rows()` yields what it measured."""
