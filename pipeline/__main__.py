"""`python -m pipeline` is the command `wirecopy`."""

from pipeline.cli import entry

if __name__ == "__main__":
    entry()
