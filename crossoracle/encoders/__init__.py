"""Pictures into numbers: real features of frames, and small linear classifiers of them, frozen in files."""
