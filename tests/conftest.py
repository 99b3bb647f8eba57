"""Settings for every test that needs no browser."""

from hypothesis import settings

# A property holds or it does not; how long an example takes on a busy machine says nothing.
# Derandomized, so that a run on one machine can be repeated on another.
settings.register_profile("wakeful", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("wakeful")
