"""What devices are: how each platform is asked, and what of the answers can be believed."""
