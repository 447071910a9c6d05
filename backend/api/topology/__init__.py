"""Links between devices, and their neighbours."""
