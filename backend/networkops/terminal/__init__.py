"""An interactive shell on a device, for people: the SSH part, what of its output reaches a screen, what is kept."""
