"""What the share offers and what it lacks, for `doctor`; and what kind of mount it is."""
