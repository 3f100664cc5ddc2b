"""NumPy's and matplotlib's own calls, with their own rules: only faster, and on data larger than memory."""
