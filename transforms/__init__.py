"""What happens to an article on its way: pure functions by concern, and their thin Beam shells."""
