"""Live manifest -> Health: one table of rules, small functions."""
