"""`sbdk` and `python -m sbdk` are the same program."""

import sys


def main() -> int:
    """Be the process; Ctrl-C while the program is being imported ends it as Ctrl-C at any other time does."""
    try:
        from sbdk.cli.main import main as program

        return program()
    except KeyboardInterrupt:
        sys.stderr.write("error: interrupted\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
