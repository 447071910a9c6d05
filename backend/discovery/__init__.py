"""What devices say of themselves: facts and interfaces."""
