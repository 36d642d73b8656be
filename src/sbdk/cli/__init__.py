"""The command line: thin commands that say what the rooms below answer."""
