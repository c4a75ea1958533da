//! Incident files to a [`Site`](crate::model::site::Site) and problems; reads only.
