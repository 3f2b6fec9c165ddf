"""Every touch of a file: the system calls that write, publishing, and opening plain files only."""
