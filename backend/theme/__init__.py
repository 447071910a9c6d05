"""The design system: Tailwind sources, component tags, sample data of the style guide."""
