"""Publishing: a source comes in, is read, checked, described and written as a version; datasets and their defects."""
