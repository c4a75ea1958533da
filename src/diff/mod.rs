//! What was announced against what the files say now: the changes people should hear about.
