"""What the Flex Template launcher runs: the command `wirecopy run`, which submits the job and does not wait for it."""

import sys

from pipeline.cli import main

if __name__ == "__main__":
    sys.exit(main())
