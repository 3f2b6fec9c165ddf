"""The evidence chain: what was received, done and issued in a case, in files that nobody rewrites."""
