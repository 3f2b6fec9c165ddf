"""`casebinder` alone: a numbered menu for an officer who is no programmer."""
