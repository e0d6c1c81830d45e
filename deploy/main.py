"""What the Flex Template launcher runs: `wirecopy run` on Dataflow, which hands the job over and leaves."""

import sys

from pipeline.cli import main

if __name__ == "__main__":
    given = sys.argv[1:]
    if not any(argument.split("=")[0] == "--runner" for argument in given):
        given = ["--runner=DataflowRunner", *given]
    sys.exit(main(["run", "--no_wait", *given]))
