"""A lab of real FRRouting routers in namespaces of this machine. Standard library and Debian's packages alone."""
