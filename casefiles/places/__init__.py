"""Where people really drop things: what lies outside the evidence folders, and copies of cases."""
