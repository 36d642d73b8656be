"""What the pages show, read from the published file and from `.sbdk/`; nothing is written."""
