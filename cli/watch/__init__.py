"""`casebinder watch`: rounds of scans, signals, and what it says."""
