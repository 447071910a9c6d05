"""Login by token."""
