"""Do the oracles agree? Score tables in, estimates with video-clustered intervals out."""
