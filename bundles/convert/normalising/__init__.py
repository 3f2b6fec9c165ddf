"""The parts of `bundles.convert.normalise`: each takes one difference out of a PDF that somebody else made."""
