"""The command line: one file per command, which parses options, calls a function of a lower room and prints."""
