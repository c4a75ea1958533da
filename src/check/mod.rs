//! Named rules over a loaded site; each finds problems and changes nothing.
