"""The account: logging in, the second factor, the password, and one's own page."""
