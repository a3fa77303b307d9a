"""What the command line shows people and hands to machines; numbers are rounded nowhere else."""
