"""The steps of the project's continuous integration, to run by hand too."""
