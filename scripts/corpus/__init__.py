"""Binds files that other programs made, and compares every bound page with another reader's text of its original.

`make corpus` fetches the source packages named in `sources.txt` (nothing of them is committed), takes the PDF, Word,
image, text and mail files among their tests, makes one case of them through the command line, and writes
`docs/corpus-outcomes.md`.
"""
