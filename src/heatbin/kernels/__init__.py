"""Every compiled loop of heatbin: numba and numpy only, arrays and scalars in, the last argument written to."""
