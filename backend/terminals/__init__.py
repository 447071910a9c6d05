"""Terminal sessions on devices: who has one, what it showed, and the processes that hold them."""
