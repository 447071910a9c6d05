"""Pages: facts and interfaces."""
