"""Show commands: which a customer allows besides the list, and what devices answered."""
