"""What holds for all tests."""

from hypothesis import settings

# Machines are busy at times: how long an example takes is no property of the code.
settings.register_profile("commonweal", deadline=None)
settings.load_profile("commonweal")
