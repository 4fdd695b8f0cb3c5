"""Facts, buckets, windows, days: pure rules without a clock and without I/O."""
