"""What the website needs beyond the theme: one module for each part of a page."""
