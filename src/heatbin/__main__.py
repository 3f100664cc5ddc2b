"""``python -m heatbin`` is the ``heatbin`` command."""

from heatbin.cli import main

if __name__ == "__main__":
    main()
