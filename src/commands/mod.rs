//! Where the rooms are joined: the only room that reads the clock and prints.
