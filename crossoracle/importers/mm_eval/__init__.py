"""The recognizer records of the Meaningful Moments release: what frozen recognizers said under conditions."""
