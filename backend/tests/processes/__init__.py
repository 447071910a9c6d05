"""The product as its real processes: started, killed and looked at from outside."""
