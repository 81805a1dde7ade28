"""The page: screens rendered on the server, every action a form, all by what the API calls."""
