//! Counts: what a run did, in exact integers. A prediction and a measurement are the same type.
