//! A site to a tree of files, in memory: the same input gives the same bytes.
