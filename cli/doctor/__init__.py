"""`casebinder doctor`: what the share offers and what this machine lacks."""
