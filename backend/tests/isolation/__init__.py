"""Nobody sees another customer: every route is called with real foreign ids."""
