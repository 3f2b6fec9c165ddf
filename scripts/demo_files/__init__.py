"""Makes the fictional caseload in `cli/demo/files`, once; what it made is committed and shipped.

Run again only to change the story:

    .venv/bin/python -m scripts.demo_files --hand HANDWRITING.ttf

The handwriting was set in Debian's `fonts-breip`; any TrueType hand will do. Needs the development dependencies
and the Carlito, DejaVu and Liberation fonts that `make setup` installs.
"""
