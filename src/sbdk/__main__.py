"""`sbdk` and `python -m sbdk` are the same program."""

import sys

from sbdk.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
